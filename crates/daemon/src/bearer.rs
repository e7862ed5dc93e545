//! Bearer tokens: taken from a request, compared without telling how much of a guess was right.

use axum::http::{HeaderMap, header};
use subtle::ConstantTimeEq;

/// A secret that a client shows in `Authorization: Bearer …`. `Debug` never shows it.
#[derive(Clone)]
pub struct BearerToken(Vec<u8>);

impl BearerToken {
    /// Fewest characters of a token: 128 bits in base64url or hex is at least 22.
    pub const MIN_CHARS: usize = 22;

    /// A token of at least [`Self::MIN_CHARS`] visible ASCII characters; `None` for anything weaker.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        (visible && text.len() >= Self::MIN_CHARS).then(|| Self(text.as_bytes().to_vec()))
    }

    /// Whether `presented` is this token. The time taken depends on the lengths only.
    #[must_use]
    pub fn matches(&self, presented: &str) -> bool {
        self.0.ct_eq(presented.as_bytes()).into()
    }
}

impl std::fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BearerToken(…)")
    }
}

/// The token of the request, if it carries exactly one `Authorization: Bearer` header (RFC 6750 §2.1; the scheme's case
/// does not matter).
#[must_use]
pub fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(values: &[&'static str]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for value in values {
            map.append(header::AUTHORIZATION, HeaderValue::from_static(value));
        }
        map
    }

    #[test]
    fn one_bearer_header_is_read_whatever_the_case_of_its_scheme() {
        assert_eq!(bearer_token(&headers(&["Bearer abc"])), Some("abc"));
        assert_eq!(bearer_token(&headers(&["bearer abc"])), Some("abc"));
        assert_eq!(bearer_token(&headers(&["Basic abc"])), None);
        assert_eq!(bearer_token(&headers(&["Bearer "])), None);
        assert_eq!(bearer_token(&headers(&["Bearer a", "Bearer b"])), None);
        assert_eq!(bearer_token(&headers(&[])), None);
    }

    #[test]
    fn a_token_matches_itself_only_and_hides_in_debug() {
        let token = BearerToken::new("0123456789abcdefghijkl").unwrap();
        assert!(token.matches("0123456789abcdefghijkl"));
        assert!(!token.matches("0123456789abcdefghijkm"));
        assert!(!token.matches("0123456789abcdefghij"));
        assert!(!format!("{token:?}").contains("0123"));
        assert!(BearerToken::new("short").is_none());
    }
}
