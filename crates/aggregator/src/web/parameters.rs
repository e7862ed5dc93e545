//! What a request says in its address: read so that whatever is wrong is named, in both languages.

use std::collections::BTreeMap;
use std::convert::Infallible;

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use danvan_projection::Period;
use danvan_tlog::Index;
use serde::de::DeserializeOwned;

use super::problems::{self, Refusal};

/// What stands after the `?`. Of a name that is repeated, the last value counts; unknown names are passed over.
#[derive(Debug, Default)]
pub(crate) struct Parameters(BTreeMap<String, String>);

impl<S: Sync> FromRequestParts<S> for Parameters {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Query::try_from_uri(&parts.uri).map_or_else(|_| Self::default(), |Query(named)| Self(named)))
    }
}

impl Parameters {
    /// The value without the white space around it; an empty one counts as absent.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// The period asked for.
    pub(crate) fn period(&self) -> Result<Option<Period>, Refusal> {
        self.text("period").map(|text| text.parse().map_err(|_| problems::bad_period())).transpose()
    }

    /// Whether the page was asked to stand still.
    pub(crate) fn stands_still(&self) -> bool {
        self.text("live") == Some("off")
    }
}

/// An index of a log out of an address.
pub(crate) fn index(field: &str, text: &str) -> Result<Index, Refusal> {
    text.parse().ok().and_then(Index::new).ok_or_else(|| {
        problems::bad_field(field, "index", "Vị trí của mục là một số nguyên không âm.", "An index is a whole number.")
    })
}

/// The parts of the path that a route names, as text.
pub(crate) struct Segments<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Segments<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let read = Path::from_request_parts(parts, state).await;
        read.map(|Path(named)| Self(named)).map_err(|rejection| unreadable(&rejection))
    }
}

fn unreadable(rejection: &PathRejection) -> Refusal {
    use axum::extract::path::ErrorKind;
    let field = match rejection {
        PathRejection::FailedToDeserializePathParams(failed) => match failed.kind() {
            ErrorKind::InvalidUtf8InPathParam { key } => format!("/{key}"),
            _ => String::new(),
        },
        _ => String::new(),
    };
    problems::bad_field(&field, "utf-8", "Địa chỉ không phải là văn bản UTF-8.", "The address is not UTF-8 text.")
}
