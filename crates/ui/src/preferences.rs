//! What a reader chose for the eyes: text size and contrast, kept in two cookies that say nothing else.

use std::convert::Infallible;

use axum::extract::{Form, FromRequestParts};
use axum::http::header::{COOKIE, LOCATION, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Response};
use serde::Deserialize;

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

#[derive(Deserialize)]
pub(crate) struct Choice {
    size: Option<String>,
    contrast: Option<String>,
    #[serde(default)]
    back: String,
}

/// Keeps a choice and leads back to the page it was made on.
pub(crate) async fn store(Form(choice): Form<Choice>) -> Response {
    let size = choice.size.as_deref().and_then(TextSize::from_code).map(|size| (SIZE_COOKIE, size.code()));
    let contrast =
        choice.contrast.as_deref().and_then(Contrast::from_code).map(|contrast| (CONTRAST_COOKIE, contrast.code()));
    let cookies: Vec<_> = [size, contrast]
        .into_iter()
        .flatten()
        .map(|(name, code)| {
            (SET_COOKIE, format!("{name}={code}; Path=/; Max-Age={YEAR_SECONDS}; SameSite=Lax; HttpOnly"))
        })
        .collect();
    let back = safe_return_path(&choice.back).to_owned();
    (StatusCode::SEE_OTHER, [(LOCATION, back)], AppendHeaders(cookies)).into_response()
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

    #[tokio::test]
    async fn a_choice_is_kept_and_leads_back() {
        let choice = Choice { size: Some("large".into()), contrast: None, back: "/fleet".into() };
        let response = store(Form(choice)).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert_eq!(response.headers()[LOCATION], "/fleet");
        assert!(response.headers()[SET_COOKIE].to_str().expect("ascii").starts_with("danvan_size=large;"));
    }
}
