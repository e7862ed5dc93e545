//! What wrong requests get: programs a problem document that names the field, people a page; both in two languages.

use super::*;

/// The problem document that a request gets, its shape checked.
async fn problem(site: &Site, request: Request<Body>, status: StatusCode) -> Value {
    let said = format!("{} {}", request.method(), request.uri());
    let response = site.app().oneshot(request).await.expect("an answer");
    assert_eq!(response.status(), status, "{said}");
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json", "{said}");
    let body = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
    let problem: Value = serde_json::from_slice(&body).expect("JSON");
    for member in ["title", "title_en"] {
        assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{said}: {problem}");
    }
    problem
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).expect("a request")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_answers_nothing_but_problem_documents_to_what_is_wrong() {
    let site = Site::new();
    let missing = ["/api", "/api/v1/nowhere", "/api/v2/rankings", "/api/v1/units/gso2024-99999", "/api/v1/units/xyz"];
    for path in missing {
        problem(&site, get(path), StatusCode::NOT_FOUND).await;
    }
    let named = [
        ("/api/v1/rankings?period=soon", "/period"),
        ("/api/v1/units/gso2024-15097?period=1999", "/period"),
        ("/api/v1/units/gso2024-15097/entries/abc", "/index"),
        ("/api/v1/units/gso2024-15097/entries/99999999999999999999", "/index"),
        ("/api/v1/units/%FF", "/unit"),
        ("/api/v1/rankings/published/first", "/index"),
    ];
    for (path, field) in named {
        let problem = problem(&site, get(path), StatusCode::UNPROCESSABLE_ENTITY).await;
        let error = &problem["errors"][0];
        assert_eq!(error["field"], field, "{path}: {problem}");
        assert!(error["vi"].is_string() && error["vi"] != error["en"], "{path}: {problem}");
    }
    let post = Request::post("/api/v1/rankings").body(Body::empty()).expect("a request");
    problem(&site, post, StatusCode::METHOD_NOT_ALLOWED).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_or_odd_parameter_is_no_mistake() {
    let site = Site::new();
    for path in ["/api/v1/rankings?period=2023&period=2024&x=%FF", "/?q=a&q=b&%FF=1&period=", "/live?seen=a&seen=b"] {
        let response = site.app().oneshot(get(path)).await.expect("an answer");
        assert_eq!(response.status(), StatusCode::OK, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_wrong_with_an_operators_body_is_named() {
    let site = Site::new();
    let token = std::fs::read_to_string(site.trial.path().join("operator.token")).expect("a token");
    let post = |body: String| {
        let request = Request::post("/api/v1/admin/units");
        let request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.trim()));
        request.body(Body::from(body)).expect("a request")
    };
    let fields = async |body: &str, status| {
        let problem = problem(&site, post(body.to_owned()), status).await;
        let errors = problem["errors"].as_array().expect("errors").iter();
        errors.map(|error| error["field"].as_str().expect("a field").to_owned()).collect::<Vec<_>>()
    };
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    assert_eq!(fields(r#"{"unit":7,"un/it":"x"}"#, unprocessable).await, ["/unit", "/vkey", "/un~1it"]);
    assert_eq!(fields(r#"{"unit":"Lộc Thịnh","vkey":"x"}"#, unprocessable).await, ["/unit"]);
    assert_eq!(fields("[]", unprocessable).await, [""]);
    assert_eq!(fields(&"x".repeat(65 * 1024), StatusCode::PAYLOAD_TOO_LARGE).await, [""]);
    let anonymous = Request::post("/api/v1/admin/units").body(Body::from("x".repeat(65 * 1024)));
    problem(&site, anonymous.expect("a request"), StatusCode::UNAUTHORIZED).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_get_a_page_that_names_what_is_wrong() {
    let site = Site::new();
    let wrong = [
        ("/?period=x", "period"),
        ("/?published=abc", "published"),
        ("/units/gso2024-15097?period=13", "period"),
        ("/units/gso2024-15097/entries/abc", "index"),
        ("/units/%FF", "unit"),
    ];
    for (path, field) in wrong {
        let (status, html) = site.get(path).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(
            html.contains("<html lang=\"vi\"") && html.contains(&format!("<code>{field}</code>")),
            "{path}: {html}"
        );
        assert!(html.contains("lang=\"en\""), "{path}");
    }
    let missing = ["/?published=4000", "/units/xyz", "/nowhere", "/apis"];
    for path in missing {
        let (status, html) = site.get(path).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        assert!(html.contains("Không tìm thấy trang này"), "{path}");
    }
    let post = Request::post("/fleet").body(Body::empty()).expect("a request");
    let response = site.app().oneshot(post).await.expect("an answer");
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert!(response.headers()[header::ALLOW].to_str().expect("text").contains("GET"));
    assert!(response.headers()[header::CONTENT_TYPE].to_str().expect("text").starts_with("text/html"));
}
