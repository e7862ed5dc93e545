//! What a reader chose for the eyes: text size and contrast, kept in two cookies that say nothing else.

use std::convert::Infallible;

use axum::extract::{Form, FromRequestParts};
use axum::http::header::{COOKIE, LOCATION, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Response};

const SIZE_COOKIE: &str = "danvan_size";
const CONTRAST_COOKIE: &str = "danvan_contrast";
const YEAR_SECONDS: u32 = 31_536_000;

/// Size of the text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TextSize {
    /// `A-`
    Small,
    /// `A`
    #[default]
    Normal,
    /// `A+`
    Large,
}

impl TextSize {
    /// The word used in the form, the cookie and the style sheet.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Normal => "normal",
            Self::Large => "large",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        [Self::Small, Self::Normal, Self::Large].into_iter().find(|size| size.code() == code)
    }
}

/// Contrast of the page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Contrast {
    /// Calm colours that already meet WCAG AA.
    #[default]
    Normal,
    /// Black on white with heavy lines.
    High,
}

impl Contrast {
    /// The word used in the form, the cookie and the style sheet.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::High => "high",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        [Self::Normal, Self::High].into_iter().find(|contrast| contrast.code() == code)
    }
}

/// The reader's choices; an extractor that never fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Preferences {
    /// Size of the text.
    pub size: TextSize,
    /// Contrast.
    pub contrast: Contrast,
}

impl Preferences {
    /// Reads the choices from the cookies of a request; anything odd counts as unset.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let mut chosen = Self::default();
        let cookies = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
        for (name, value) in cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('=')) {
            match name {
                SIZE_COOKIE => chosen.size = TextSize::from_code(value).unwrap_or_default(),
                CONTRAST_COOKIE => chosen.contrast = Contrast::from_code(value).unwrap_or_default(),
                _ => {}
            }
        }
        chosen
    }

    /// What the contrast button switches to.
    #[must_use]
    pub const fn other_contrast(self) -> Contrast {
        match self.contrast {
            Contrast::Normal => Contrast::High,
            Contrast::High => Contrast::Normal,
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Preferences {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::from_headers(&parts.headers))
    }
}

/// What a press of a display control asks for. The controls post it alone, or among the fields of the page's own form.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DisplayChoice {
    size: Option<TextSize>,
    contrast: Option<Contrast>,
}

impl DisplayChoice {
    /// Finds the choice among the fields of a form, `size` and `contrast`; anything odd counts as no choice.
    #[must_use]
    pub fn from_fields(fields: &[(String, String)]) -> Self {
        let value_of = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        Self {
            size: value_of("size").and_then(TextSize::from_code),
            contrast: value_of("contrast").and_then(Contrast::from_code),
        }
    }

    /// The preferences after this choice.
    #[must_use]
    pub fn over(self, preferences: Preferences) -> Preferences {
        Preferences {
            size: self.size.unwrap_or(preferences.size),
            contrast: self.contrast.unwrap_or(preferences.contrast),
        }
    }

    /// Lets the browser keep the choice, in cookies that say nothing else.
    #[must_use]
    pub fn remember(self, response: Response) -> Response {
        let size = self.size.map(|size| (SIZE_COOKIE, size.code()));
        let contrast = self.contrast.map(|contrast| (CONTRAST_COOKIE, contrast.code()));
        let cookies = [size, contrast].into_iter().flatten().map(|(name, code)| {
            (SET_COOKIE, format!("{name}={code}; Path=/; Max-Age={YEAR_SECONDS}; SameSite=Lax; HttpOnly"))
        });
        (AppendHeaders(cookies), response).into_response()
    }
}

/// Keeps a choice and leads back to the page it was made on.
pub(crate) async fn store(Form(fields): Form<Vec<(String, String)>>) -> Response {
    let back = fields.iter().find(|(name, _)| name == "back").map_or("", |(_, back)| back.as_str());
    let back = safe_return_path(back).to_owned();
    DisplayChoice::from_fields(&fields).remember((StatusCode::SEE_OTHER, [(LOCATION, back)]).into_response())
}

/// The path when it stays on this server, else `/`: a form must not lead a reader to another host.
#[must_use]
pub fn safe_return_path(path: &str) -> &str {
    let local = path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if local { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_come_from_cookies_and_odd_ones_count_as_unset() {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, "a=b; danvan_size=large; danvan_contrast=neon".parse().expect("a header"));
        let chosen = Preferences::from_headers(&headers);
        assert_eq!(chosen, Preferences { size: TextSize::Large, contrast: Contrast::Normal });
    }

    #[test]
    fn a_form_never_leads_to_another_host() {
        for hostile in ["//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nSet-Cookie: x", ""] {
            assert_eq!(safe_return_path(hostile), "/", "{hostile:?}");
        }
        assert_eq!(safe_return_path("/units/gso2024-15097?x=1"), "/units/gso2024-15097?x=1");
    }

    #[test]
    fn a_choice_among_other_fields_leaves_the_other_preference_alone() {
        let fields = [("text", "large"), ("contrast", "high"), ("size", "huge")];
        let choice = DisplayChoice::from_fields(&fields.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let before = Preferences { size: TextSize::Small, contrast: Contrast::Normal };
        assert_eq!(choice.over(before), Preferences { size: TextSize::Small, contrast: Contrast::High });
    }

    #[tokio::test]
    async fn a_choice_is_kept_and_leads_back() {
        let fields = [("size", "large"), ("back", "/fleet")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let response = store(Form(fields.to_vec())).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert_eq!(response.headers()[LOCATION], "/fleet");
        assert!(response.headers()[SET_COOKIE].to_str().expect("ascii").starts_with("danvan_size=large;"));
    }
}
