//! Feedback in the citizen's own words.

use axum::http::header;

use super::hidden;
use crate::testbed::Bed;

#[tokio::test]
async fn feedback_keeps_its_words_out_of_the_log() {
    let bed = Bed::new().await;
    let page = bed.get("/kiosk/feedback").await;
    assert!(page.text.contains("Chỉ cán bộ tiếp nhận của xã đọc được"), "{}", page.text);
    assert!(!page.text.contains(r#"name="consent" value="yes" checked"#));
    let id = hidden(&page, "id");
    let body = format!("id={id}&kind=complaint&text=B%E1%BB%A5i+qu%C3%A1&contact=0912345678");
    let refused = bed.submit("/kiosk/feedback", &body).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("Bụi quá") && refused.text.contains("0912345678"), "the words are still there");
    assert_eq!(bed.entries().len(), 1);
    let sent = bed.submit("/kiosk/feedback", &format!("{body}&consent=yes")).await;
    assert_eq!((sent.status, sent.location()), (303, format!("/kiosk/thanks/{id}")), "{}", sent.text);
    assert_eq!(bed.submit("/kiosk/feedback", &format!("{body}&consent=yes")).await.status, 303);
    let entries = bed.entries();
    assert_eq!(entries.len(), 2);
    assert!(
        entries[1].contains("_sd") && !entries[1].contains("Bụi") && !entries[1].contains("0912"),
        "{}",
        entries[1]
    );
    let data: serde_json::Value = serde_json::from_str::<serde_json::Value>(&entries[1]).unwrap()["data"].take();
    assert_eq!(data["consent"], serde_json::json!({ "evidence": "ticked", "purposes": ["contact_me"] }));
    assert_eq!(data["legal_ground"], "state_task");
    let thanks = bed.get(&sent.location()).await.text;
    assert!(thanks.contains("15 ngày") && thanks.contains("quyền yêu cầu xoá"), "{thanks}");
}

#[tokio::test]
async fn a_tick_without_a_name_is_no_consent_to_anything() {
    let bed = Bed::new().await;
    let sent = bed.submit("/kiosk/feedback", "kind=complaint&text=B%E1%BB%A5i&consent=yes&name=+").await;
    assert_eq!(sent.status, 303, "{}", sent.text);
    assert!(bed.entries()[1].contains(r#""legal_ground":"state_task""#) && !bed.entries()[1].contains("consent"));
}

#[tokio::test]
async fn praise_is_promised_no_answer() {
    let bed = Bed::new().await;
    let sent = bed.submit("/kiosk/feedback", "kind=praise&text=C%E1%BA%A3m+%C6%A1n").await;
    assert_eq!(sent.status, 303, "{}", sent.text);
    let thanks = bed.get(&sent.location()).await.text;
    assert!(thanks.contains("quyền yêu cầu xoá") && !thanks.contains("ngày"), "{thanks}");
}

#[tokio::test]
async fn words_do_not_stay_on_the_screen_for_the_next_citizen() {
    let bed = Bed::new().await;
    let page = bed.get("/kiosk/feedback").await;
    let wrong = bed.submit("/kiosk/feedback", "kind=complaint&text=B%E1%BB%A5i&contact=0912345678").await;
    assert_eq!(wrong.status, 422);
    for page in [page, wrong] {
        assert_eq!(page.headers[header::REFRESH], "300; url=/");
        assert_eq!(page.headers[header::CACHE_CONTROL], "no-store");
        assert!(page.text.contains(r#"class="soon soon-280"#), "it is said before: {}", page.text);
    }
}

#[tokio::test]
async fn what_is_wrong_is_said_at_its_field() {
    let bed = Bed::new().await;
    let long = format!("kind=praise&text={}", "a".repeat(4001));
    for (body, field) in
        [("kind=praise&text=x&name=A", "consent"), (long.as_str(), "text"), ("kind=rumour&text=x", "kind")]
    {
        let page = bed.submit("/kiosk/feedback", body).await;
        assert_eq!(page.status, 422, "{field}");
        for said in [
            format!(r#" aria-invalid="true" aria-describedby="{field}-wrong">"#),
            format!(r#"<span class="problem" id="{field}-wrong">"#),
            format!(r##"<a href="#{field}">"##),
            format!(r#" id="{field}""#),
        ] {
            assert_eq!(page.text.matches(&said).count(), 1, "{said}: {}", page.text);
        }
    }
}

#[tokio::test]
async fn words_sent_while_the_node_starts_are_given_back() {
    let bed = Bed::starting().await;
    let answer = bed.submit("/kiosk/feedback", "kind=complaint&text=M%E1%BA%A5t+%C4%91i%E1%BB%87n").await;
    assert_eq!(answer.status, 503);
    assert!(answer.text.contains("Mất điện</textarea>") && answer.text.contains("đang khởi động"), "{}", answer.text);
}
