//! A reader of a page: what they asked for, and what they see when there is no such page.

use std::convert::Infallible;
use std::fmt::Display;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use danvan_ui::{Pair, Preferences, page_with_status};

use super::problems::Refusal;
use super::view::{FieldProblem, ProblemPage};
use super::{Face, shell};

/// Who asks for a page. A handler hands in how the page is made; the reader sees it, or a page that says why not.
pub(crate) struct Reader {
    face: Arc<Face>,
    preferences: Preferences,
    path: String,
}

/// Why a page is not shown.
#[derive(Debug)]
pub(crate) enum NoPage {
    /// There is no such thing.
    Missing,
    /// The address is wrong in a way that can be named.
    Refused(Refusal),
    /// The data could not be read.
    Broken(String),
}

impl NoPage {
    pub(crate) fn broken(error: &dyn Display) -> Self {
        Self::Broken(error.to_string())
    }
}

impl From<Refusal> for NoPage {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl FromRequestParts<Arc<Face>> for Reader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, face: &Arc<Face>) -> Result<Self, Infallible> {
        let preferences = Preferences::from_headers(&parts.headers);
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Ok(Self { face: Arc::clone(face), preferences, path })
    }
}

impl Reader {
    /// Makes the page off the asynchronous threads: reads of the ledger and rankings may take a while.
    pub(crate) async fn shown(
        self,
        make: impl FnOnce(&Face, Preferences) -> Result<Response, NoPage> + Send + 'static,
    ) -> Response {
        let (face, preferences) = (Arc::clone(&self.face), self.preferences);
        match tokio::task::spawn_blocking(move || make(&face, preferences)).await {
            Ok(Ok(page)) => page,
            Ok(Err(why)) => self.problem(&why),
            Err(error) => self.problem(&NoPage::broken(&error)),
        }
    }

    /// The page that says why the one asked for is not shown.
    pub(crate) fn problem(&self, why: &NoPage) -> Response {
        let (status, title, detail, fields) = match why {
            NoPage::Missing => (
                StatusCode::NOT_FOUND,
                Pair::new("Không tìm thấy trang này", "There is no such page"),
                Some(Pair::new(
                    "Địa chỉ có thể đã gõ nhầm, hoặc đơn vị, mục này chưa có trong dữ liệu.",
                    "The address may be mistyped, or the unit or entry is not in the data yet.",
                )),
                Vec::new(),
            ),
            NoPage::Refused(refusal) => {
                let problem = refusal.problem();
                let fields = problem.field_errors().iter().map(|error| FieldProblem {
                    field: error.field.trim_start_matches('/').to_owned(),
                    text: Pair::new(error.vi.clone(), error.en.clone()),
                });
                let fields: Vec<FieldProblem> = fields.collect();
                let title = if fields.is_empty() {
                    let title = problem.title();
                    Pair::new(title.vi, title.en)
                } else {
                    Pair::new("Địa chỉ trang chưa đúng", "The address of the page is not right")
                };
                (problem.status(), title, None, fields)
            }
            NoPage::Broken(error) => {
                tracing::error!(error, path = self.path, "a page could not be made");
                let detail = Pair::new(
                    "Xin thử lại sau ít phút. Nếu vẫn lỗi, báo người vận hành máy chủ.",
                    "Please try again in a few minutes, and tell the operator if it stays so.",
                );
                let title = Pair::new("Chưa đọc được dữ liệu", "The data could not be read");
                (StatusCode::INTERNAL_SERVER_ERROR, title, Some(detail), Vec::new())
            }
        };
        let frame = shell::frame(&self.face, &title.vi, &self.path, self.preferences, None);
        page_with_status(status, &ProblemPage { frame, title, detail, fields })
    }
}
