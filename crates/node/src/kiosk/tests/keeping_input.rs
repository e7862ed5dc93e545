//! More time and another text size: nothing that was ticked or typed is lost, and nothing of it leaves the page.

use axum::http::header;

use super::{hidden, tap};
use crate::testbed::{Answer, Bed};

/// Every control of the header that would post the page's form instead of leaving the page.
fn controls_of(page: &Answer, form: &str, action: &str) -> usize {
    page.text.matches(&format!(r#" form="{form}" formaction="{action}" formnovalidate>"#)).count()
}

#[tokio::test]
async fn ticks_survive_more_time_and_a_larger_text() {
    let bed = Bed::new().await;
    let id = tap(&bed, 5).await;
    let path = format!("/kiosk/commitments/{id}");
    let page = bed.get(&path).await;
    assert_eq!(page.headers[header::REFRESH], "120; url=/");
    assert_eq!(controls_of(&page, "answers", &path), 4, "{}", page.text);
    let again = bed.submit(&path, &format!("id={id}&c_biet=kept&c_khong=broken&size=large")).await;
    assert_eq!((again.status, &again.headers[header::REFRESH]), (200, &"120; url=/".parse().unwrap()));
    for ticked in [r#"name="c_biet" value="kept" checked"#, r#"name="c_khong" value="broken" checked"#] {
        assert!(again.text.contains(ticked), "{ticked}: {}", again.text);
    }
    assert_eq!(again.text.matches(" checked").count(), 2);
    assert!(again.text.contains(r#"data-size="large""#) && again.text.contains(r#"value="large" aria-label="A+ "#));
    assert!(again.headers[header::SET_COOKIE].to_str().unwrap().starts_with("danvan_size=large;"));
    assert_eq!(bed.entries().len(), 1, "nothing is sent by that");
}

#[tokio::test]
async fn asking_for_more_time_keeps_the_rating_back() {
    let bed = Bed::new().await;
    let id = tap(&bed, 5).await;
    bed.submit(&format!("/kiosk/commitments/{id}"), "c_biet=kept").await;
    bed.node.face.pending.flush(&bed.node.face.intake, false).await;
    bed.submit("/kiosk/answer", &format!("id={id}&c_biet=kept")).await;
    assert!(bed.entries()[1].contains(r#""code":"biet","kept":true"#));
}

#[tokio::test]
async fn typed_words_survive_and_go_nowhere_else() {
    let bed = Bed::new().await;
    let page = bed.get("/kiosk/feedback").await;
    assert_eq!(controls_of(&page, "feedback", "/kiosk/feedback/again"), 4, "{}", page.text);
    let id = hidden(&page, "id");
    let typed = format!("id={id}&kind=complaint&text=B%E1%BB%A5i&name=An&contact=0912345678&consent=yes");
    let again = bed.submit("/kiosk/feedback/again", &format!("{typed}&contrast=high")).await;
    assert_eq!(again.status, 200);
    for kept in ["Bụi</textarea>", r#"value="An""#, r#"value="0912345678""#, r#"value="yes" checked"#] {
        assert!(again.text.contains(kept), "{kept}: {}", again.text);
    }
    assert!(again.text.contains(r#"value="complaint" checked"#) && again.text.contains(r#"data-contrast="high""#));
    assert_eq!(hidden(&again, "id"), id, "still one form");
    assert_eq!(again.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(again.headers[header::REFRESH], "300; url=/");
    let headers: Vec<_> = again.headers.values().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    assert!(!headers.iter().any(|value| value.contains("An") || value.contains("0912")), "{headers:?}");
    assert_eq!(bed.entries().len(), 1);
    assert_eq!(std::fs::read_dir(bed.dir.path().join("vault")).unwrap().count(), 0);
}

#[tokio::test]
async fn enter_in_a_text_field_sends_and_does_not_change_the_text_size() {
    let bed = Bed::new().await;
    let page = bed.get("/kiosk/feedback").await.text;
    let first = page.find(r#"form="feedback""#).unwrap();
    let button = &page[page[..first].rfind('<').unwrap()..];
    assert!(button.starts_with(r#"<button class="hidden-text" form="feedback" tabindex="-1""#), "{button}");
}

#[tokio::test]
async fn a_larger_text_keeps_the_ticket_of_a_visit() {
    let bed = Bed::new().await;
    let start = bed.get("/?v=ticket-0001").await;
    assert_eq!(hidden(&start, "back"), "/?v=ticket-0001");
    assert!(start.text.contains(r#"href="/" aria-current="page""#));
    assert_eq!(hidden(&bed.get("/?v=%22%3E").await, "back"), "/");
}
