//! What the address of the ranking page says: everything that is shown can be bookmarked, shared and printed.

use danvan_projection::Period;
use danvan_tlog::Index;

use super::parameters::{self, Parameters};
use super::problems::Refusal;

/// What a reader asks the ranking page for.
#[derive(Clone)]
pub(crate) struct RankingQuery {
    pub(crate) period: Period,
    /// Part of a unit's name.
    pub(crate) search: String,
    /// Follows what comes in; false for a page that stands still.
    pub(crate) live: bool,
    /// A publication, for a page that shows exactly what was published.
    pub(crate) published: Option<Index>,
}

impl RankingQuery {
    /// Reads the parameters; `first` is the period of an address that names none.
    pub(crate) fn of(parameters: &Parameters, first: Period) -> Result<Self, Refusal> {
        let published = parameters.text("published").map(|text| parameters::index("/published", text));
        Ok(Self {
            period: parameters.period()?.unwrap_or(first),
            search: parameters.text("q").unwrap_or_default().to_owned(),
            live: !parameters.stands_still(),
            published: published.transpose()?,
        })
    }

    /// The same view, following what comes in or standing still.
    pub(crate) fn with_live(&self, live: bool) -> Self {
        Self { live, ..self.clone() }
    }

    /// The canonical path of what is shown, so that it can be bookmarked, shared and refreshed.
    pub(crate) fn path(&self, first: Period) -> String {
        let mut parts = Vec::new();
        if self.period != first || self.published.is_some() {
            parts.push(format!("period={}", self.period));
        }
        if let Some(index) = self.published {
            parts.push(format!("published={index}"));
        }
        if !self.search.is_empty() {
            parts.push(format!("q={}", encoded(&self.search)));
        }
        if !self.live {
            parts.push("live=off".to_owned());
        }
        if parts.is_empty() { "/".to_owned() } else { format!("/?{}", parts.join("&")) }
    }
}

/// Percent-encoding of a query value (RFC 3986): everything but letters, digits and `-._~`.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(&hex::encode_upper([byte]));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_names_only_what_differs_from_the_first_view() {
        let year: Period = "2024".parse().expect("a period");
        let first = RankingQuery::of(&Parameters::default(), year).expect("a query");
        assert_eq!(first.path(year), "/");
        assert_eq!(first.with_live(false).path(year), "/?live=off");
        assert_eq!(first.with_live(false).with_live(true).path(year), "/");
        let quarter = "2024-Q1".parse().expect("a period");
        let found = RankingQuery { search: "Lộc &".to_owned(), period: quarter, ..first.clone() };
        assert_eq!(found.path(year), "/?period=2024-Q1&q=L%E1%BB%99c%20%26");
        let published = RankingQuery { published: Index::new(57), ..first };
        assert_eq!(published.path(year), "/?period=2024&published=57");
    }
}
