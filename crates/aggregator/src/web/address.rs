//! What the address of the ranking page says: everything that is shown can be bookmarked, shared and printed.

use danvan_projection::Period;
use serde::Deserialize;

#[derive(Deserialize, Default)]
pub(crate) struct RankingQuery {
    pub(crate) period: Option<String>,
    #[serde(default)]
    pub(crate) q: String,
    /// `off` for a page that stands still.
    pub(crate) live: Option<String>,
    /// Index of a publication, for a page that shows exactly what was published.
    pub(crate) published: Option<u64>,
}

/// The canonical path of what is shown, so that it can be bookmarked, shared and refreshed.
pub(crate) fn path(query: &RankingQuery, period: &Period, first: Period) -> String {
    let mut parts = Vec::new();
    if *period != first || query.published.is_some() {
        parts.push(format!("period={period}"));
    }
    if let Some(index) = query.published {
        parts.push(format!("published={index}"));
    }
    if !query.q.trim().is_empty() {
        parts.push(format!("q={}", encoded(query.q.trim())));
    }
    if query.live.as_deref() == Some("off") {
        parts.push("live=off".to_owned());
    }
    if parts.is_empty() { "/".to_owned() } else { format!("/?{}", parts.join("&")) }
}

pub(crate) fn with(path: &str, parameter: &str) -> String {
    let joint = if path.contains('?') { '&' } else { '?' };
    format!("{path}{joint}{parameter}")
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
        let quarter = "2024-Q1".parse().expect("a period");
        assert_eq!(path(&RankingQuery::default(), &year, year), "/");
        let query = RankingQuery { q: "Lộc &".to_owned(), ..RankingQuery::default() };
        assert_eq!(path(&query, &quarter, year), "/?period=2024-Q1&q=L%E1%BB%99c%20%26");
        assert_eq!(with("/", "live=off"), "/?live=off");
        assert_eq!(with("/?q=x", "live=off"), "/?q=x&live=off");
    }
}
