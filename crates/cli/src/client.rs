//! A client of the HTTP of nodes and aggregators.

use std::time::Duration;

use reqwest::{Method, RequestBuilder, StatusCode, header};
use serde_json::Value;

use crate::exit::{Exit, Failure};

/// Longer than a node may hold a body of facts while its disk is slow.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long to wait when a busy server does not say.
const PAUSE: Duration = Duration::from_millis(200);

/// Talks to one server.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
    /// Whether public text that looks personal is meant.
    public_text_confirmed: bool,
}

/// Why there is no answer to work with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ClientError {
    /// Nobody answered: try again later.
    #[error("{url}: {reason}")]
    Unreachable { url: String, reason: String },
    /// The server has too much to do: try again after the pause.
    #[error("{url}: busy")]
    Busy { url: String, pause: Duration },
    /// The server refuses: change the request.
    #[error("{url}: {status} {problem}")]
    Refused { url: String, status: u16, problem: String },
}

impl Client {
    /// A client of the server at `base`, with a bearer token where one is needed.
    pub(crate) fn new(base: &str, token: Option<String>) -> Result<Self, Failure> {
        // The servers are machines of one's own, mostly this one: a proxy of the environment does not know them.
        let http = reqwest::Client::builder()
            .timeout(PATIENCE)
            .no_proxy()
            .build()
            .map_err(|error| Failure::failed("không tạo được kết nối HTTP", "cannot make an HTTP client", error))?;
        Ok(Self { http, base: base.trim_end_matches('/').to_owned(), token, public_text_confirmed: false })
    }

    /// The same client for forms whose public text somebody has looked at.
    pub(crate) fn confirming_public_text(self, public_text_confirmed: bool) -> Self {
        Self { public_text_confirmed, ..self }
    }

    /// The address of this server.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// The document at `path`.
    pub(crate) async fn get(&self, path: &str) -> Result<Value, ClientError> {
        self.parse(path, &self.bytes(path).await?)
    }

    /// The bytes at `path`, as they are.
    pub(crate) async fn bytes(&self, path: &str) -> Result<Vec<u8>, ClientError> {
        self.send(self.request(Method::GET, path), path).await
    }

    /// The answer to a document.
    pub(crate) async fn post(&self, path: &str, document: &Value) -> Result<Value, ClientError> {
        let body = self.send(self.request(Method::POST, path).json(document), path).await?;
        self.parse(path, &body)
    }

    /// The answer to a file of this media type.
    pub(crate) async fn post_file(&self, path: &str, file: Vec<u8>, media: &str) -> Result<Value, ClientError> {
        let request = self.request(Method::POST, path).header(header::CONTENT_TYPE, media).body(file);
        let body = self.send(request, path).await?;
        self.parse(path, &body)
    }

    /// One answer per line of an NDJSON body.
    pub(crate) async fn post_lines(&self, path: &str, lines: &[String]) -> Result<Vec<Value>, ClientError> {
        let mut body = lines.join("\n");
        body.push('\n');
        let mut request =
            self.request(Method::POST, path).header(header::CONTENT_TYPE, "application/x-ndjson").body(body);
        if self.public_text_confirmed {
            request = request.header("Danvan-Confirm", "looks-personal");
        }
        let answer = self.send(request, path).await?;
        let mut answers = Vec::with_capacity(lines.len());
        for line in answer.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            answers.push(self.parse(path, line)?);
        }
        Ok(answers)
    }

    /// Whether the server says at `path` that it is well.
    pub(crate) async fn is_well(&self, path: &str) -> bool {
        self.send(self.request(Method::GET, path), path).await.is_ok()
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    async fn send(&self, request: RequestBuilder, path: &str) -> Result<Vec<u8>, ClientError> {
        let url = || format!("{}{path}", self.base);
        let unreachable = |error: reqwest::Error| ClientError::Unreachable { url: url(), reason: innermost(&error) };
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let pause = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let body = response.bytes().await.map_err(unreachable)?.to_vec();
        if status.is_success() {
            return Ok(body);
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            return Err(ClientError::Busy { url: url(), pause: pause.map_or(PAUSE, Duration::from_secs) });
        }
        Err(ClientError::Refused { url: url(), status: status.as_u16(), problem: problem_text(&body) })
    }

    fn parse(&self, path: &str, body: &[u8]) -> Result<Value, ClientError> {
        serde_json::from_slice(body).map_err(|error| ClientError::Unreachable {
            url: format!("{}{path}", self.base),
            reason: format!("the answer is no JSON: {error}"),
        })
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        match &error {
            ClientError::Unreachable { .. } => Self::unreachable("không kết nối được", "cannot reach", error),
            ClientError::Busy { .. } => Self::unreachable("máy chủ đang bận", "the server is busy", error),
            ClientError::Refused { .. } => {
                Self::new(Exit::Failed, format!("máy chủ từ chối: {error}"), format!("the server refuses: {error}"))
            }
        }
    }
}

/// What a problem document (RFC 9457) of ours says, in one line, Vietnamese first.
pub(crate) fn problem_text(body: &[u8]) -> String {
    match serde_json::from_slice::<Value>(body) {
        Ok(document) => problem_line(&document),
        Err(_) => String::from_utf8_lossy(body).trim().to_owned(),
    }
}

/// The same for a problem that is already parsed.
pub(crate) fn problem_line(document: &Value) -> String {
    let texts = ["title", "detail", "title_en", "detail_en"].iter().filter_map(|key| document[key].as_str());
    let mut said: Vec<String> = texts.map(str::to_owned).collect();
    for error in document["errors"].as_array().into_iter().flatten() {
        let text = |key: &str| error[key].as_str().unwrap_or_default().to_owned();
        said.push(format!("{}: {} | {}", text("field"), text("vi"), text("en")));
    }
    if said.is_empty() { document.to_string() } else { said.join("; ") }
}

fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_told_in_both_languages_with_its_fields() {
        let document = br#"{"title":"Sai","title_en":"Bad","errors":[{"field":"/data/rating","vi":"a","en":"b"}]}"#;
        assert_eq!(problem_text(document), "Sai; Bad; /data/rating: a | b");
        assert_eq!(problem_text(b"gone\n"), "gone");
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_unreachable() {
        let client = Client::new("http://127.0.0.1:1/", None).unwrap();
        let error = client.get("/api/v1/status").await.unwrap_err();
        assert!(matches!(error, ClientError::Unreachable { .. }), "{error}");
        assert_eq!(Failure::from(error).exit(), Exit::Incomplete);
    }
}
