//! The kiosk as a browser without JavaScript sees it.

mod demonstration;
mod feedback;
mod keeping_input;
mod taps;

use std::collections::BTreeMap;
use std::fs;
use std::sync::mpsc;
use std::time::Duration;

use axum::http::header;
use danvan_event::CatalogueFile;
use serde_json::json;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

use crate::recorder::FoldError;
use crate::testbed::{Answer, Bed, id, survey};

/// The value of a hidden field.
fn hidden(page: &Answer, name: &str) -> String {
    let field = format!(r#"name="{name}" value=""#);
    let (_, rest) = page.text.split_once(&field).unwrap_or_else(|| panic!("no {name}: {}", page.text));
    rest.split('"').next().unwrap().to_owned()
}

async fn tap(bed: &Bed, rating: u8) -> String {
    let start = bed.get("/").await;
    assert_eq!(start.status, 200, "{}", start.text);
    let id = hidden(&start, "id");
    let tapped = bed.submit("/kiosk/rating", &format!("id={id}&rating={rating}")).await;
    assert_eq!((tapped.status, tapped.location()), (303, format!("/kiosk/commitments/{id}")), "{}", tapped.text);
    id
}

#[tokio::test]
async fn five_buttons_in_vietnamese_with_english_beside_need_no_script() {
    let bed = Bed::new().await;
    let page = bed.get("/").await;
    for text in [
        "Rất hài lòng",
        "Hài lòng",
        "Bình thường",
        "Không hài lòng",
        "Rất không hài lòng",
        "Very satisfied",
        r#"lang="vi""#,
    ] {
        assert!(page.text.contains(text), "{text}");
    }
    assert_eq!(page.text.matches(r#"name="rating""#).count(), 5);
    assert!(!page.text.contains("http://") && !page.text.contains("https://"), "nothing comes from elsewhere");
    assert!(page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().contains("default-src 'self'"));
    assert_eq!(page.headers[header::REFRESH], "45; url=/");
}

#[tokio::test]
async fn a_tap_and_its_commitments_are_one_event() {
    let bed = Bed::new().await;
    let id = tap(&bed, 5).await;
    let page = bed.get(&format!("/kiosk/commitments/{id}")).await;
    assert!(page.text.contains("5 biết") && page.text.contains("3 không") && page.text.contains("4 thực hiện"));
    let sent = bed
        .submit("/kiosk/answer", &format!("id={id}&c_biet=kept&c_khong=broken&c_thuc_hien=unsure&c_nonsense=kept"))
        .await;
    assert_eq!((sent.status, sent.location()), (303, format!("/kiosk/thanks/{id}")), "{}", sent.text);
    let thanks = bed.get(&sent.location()).await;
    assert!(thanks.text.contains("Xin cảm ơn") && thanks.text.contains("Mã phiếu"), "{}", thanks.text);
    assert!(thanks.text.contains("không ai sửa, xoá được mà không bị phát hiện") && !thanks.text.contains("trả lời"));
    let entries = bed.entries();
    assert_eq!(entries.len(), 2);
    let expected = r#""data":{"channel":"kiosk","commitments":[{"code":"biet","kept":true},{"code":"khong","kept":false}],"rating":5}"#;
    assert!(entries[1].contains(expected), "{}", entries[1]);
    let again = bed.submit("/kiosk/answer", &format!("id={id}&c_biet=kept")).await;
    assert_eq!((again.status, again.location()), (303, format!("/kiosk/thanks/{id}")));
    assert_eq!(bed.entries().len(), 2);
}

#[tokio::test]
async fn the_units_own_promises_are_asked_about() {
    let bed = Bed::new().await;
    let mut catalogue = survey(1, 5);
    catalogue["type"] = "vn.danvan.pledge.catalog_published.v1".into();
    catalogue["data"] = json!({ "catalog": "mau", "version": "1", "groups": [
        { "code": "biet", "label": "5 biết", "count": 1, "items": [{ "code": "B1", "text": "Biết nghe dân nói" }] },
        { "code": "khong", "label": "3 không", "count": 3 },
    ] });
    let published = bed.post(&catalogue).await;
    assert_eq!(published.status, 201, "{}", published.text);
    let id = tap(&bed, 4).await;
    let page = bed.get(&format!("/kiosk/commitments/{id}")).await;
    for option in ["Giữ lời", "Chưa giữ lời", "Không rõ"] {
        assert_eq!(page.text.matches(&format!("<span>{option} <")).count(), 2, "{option}");
    }
    assert!(!page.text.contains(" checked"), "nobody answers for the citizen");
    assert!(page.text.contains("Biết nghe dân nói") && page.text.contains(r#"name="c_B1""#), "{}", page.text);
    assert!(page.text.contains(r#"name="c_khong""#) && !page.text.contains("thuc_hien"));
    assert!(!page.text.contains("Nguồn:") && !page.text.contains("promises-status"), "nothing was said of the texts");
}

#[tokio::test]
async fn a_citizen_sees_that_a_catalogue_is_a_sample_and_where_each_pledge_is_attested() {
    let bed = Bed::new().await;
    let mut catalogue = survey(1, 5);
    catalogue["type"] = "vn.danvan.pledge.catalog_published.v1".into();
    let sample = CatalogueFile::thanhhoa_2024().published(&BTreeMap::new(), "0".repeat(64));
    catalogue["data"] = json!(sample);
    assert_eq!(bed.post(&catalogue).await.status, 201);
    let answer = tap(&bed, 4).await;
    let page = bed.get(&format!("/kiosk/commitments/{answer}")).await.text;
    let badge =
        "nội dung mẫu – cần đơn vị xác nhận <span lang=\"en\" class=\"en\">sample content, to be confirmed by the unit";
    assert_eq!(page.matches(badge).count(), 1, "{page}");
    let said = |vi: &str, en: &str| {
        page.matches(&format!("Nguồn: {vi} <span lang=\"en\" class=\"en\">Source: {en}</span>")).count()
    };
    assert_eq!(said("có văn bản của địa phương khác", "in a document of another place"), 8, "{page}");
    assert_eq!(said("chưa kiểm chứng", "not verified"), 4, "{page}");
    let (_, first) = page.split_once("<legend>Không cửa quyền").expect("K1");
    let (legend, _) = first.split_once("</legend>").expect("its end");
    assert!(legend.contains("chưa kiểm chứng"), "{legend}");

    catalogue["id"] = id(2).into();
    catalogue["data"]["status"] = "confirmed".into();
    catalogue["data"]["version"] = "2".into();
    catalogue["data"]["groups"][1]["items"][0]["attestation"] = "attested".into();
    assert_eq!(bed.post(&catalogue).await.status, 201);
    let page = bed.get(&format!("/kiosk/commitments/{answer}")).await.text;
    assert!(page.contains("đơn vị đã xác nhận") && !page.contains("nội dung mẫu"), "{page}");
    assert!(page.contains("Nguồn: có văn bản của địa phương <span"), "{page}");
}

#[tokio::test]
async fn a_button_pressed_twice_is_one_answer() {
    let bed = Bed::new().await;
    let id = tap(&bed, 5).await;
    bed.submit("/kiosk/rating", &format!("id={id}&rating=2")).await;
    bed.submit("/kiosk/answer", &format!("id={id}")).await;
    let late = bed.submit("/kiosk/rating", &format!("id={id}&rating=1")).await;
    assert_eq!(late.status, 409);
    let entries = bed.entries();
    assert_eq!(entries.len(), 2);
    assert!(entries[1].contains(r#""data":{"channel":"kiosk","rating":2}"#), "{}", entries[1]);
}

#[tokio::test]
async fn a_citizen_who_walks_away_is_heard() {
    let bed = Bed::new().await;
    let id = tap(&bed, 1).await;
    let (pending, intake) = (&bed.node.face.pending, &bed.node.face.intake);
    pending.flush(intake, false).await;
    assert_eq!(bed.entries().len(), 1, "there is still time");
    pending.flush(intake, true).await;
    assert_eq!(bed.entries().len(), 2);
    let late = bed.submit("/kiosk/answer", &format!("id={id}&c_biet=kept")).await;
    assert_eq!((late.status, late.location()), (303, format!("/kiosk/thanks/{id}")));
    assert_eq!(fs::read_dir(bed.dir.path().join("pending")).unwrap().count(), 0);
}

#[tokio::test]
async fn a_tap_survives_a_crash() {
    let bed = Bed::new().await;
    let id = tap(&bed, 5).await;
    let bed = bed.restarted().await;
    assert_eq!(bed.get(&format!("/kiosk/commitments/{id}")).await.status, 200);
    bed.node.face.pending.flush(&bed.node.face.intake, true).await;
    assert_eq!(bed.entries().len(), 2);
    let bed = bed.restarted().await;
    bed.node.face.pending.flush(&bed.node.face.intake, true).await;
    assert_eq!(bed.entries().len(), 2, "once");
}

#[tokio::test]
async fn a_visit_is_rated_once_and_a_tap_outside_the_scale_is_refused() {
    let bed = Bed::new().await;
    let start = bed.get("/?v=ticket-0001").await;
    assert_eq!(hidden(&start, "visit"), "ticket-0001");
    let id = hidden(&start, "id");
    bed.submit("/kiosk/rating", &format!("id={id}&rating=5&visit=ticket-0001")).await;
    bed.submit("/kiosk/answer", &format!("id={id}")).await;
    let second = bed.submit("/kiosk/rating", "rating=1&visit=ticket-0001").await;
    assert_eq!(second.status, 422);
    assert!(second.text.contains("Lượt giao dịch này đã được đánh giá"), "{}", second.text);
    assert_eq!(bed.submit("/kiosk/rating", "rating=9").await.status, 422);
    assert_eq!(bed.entries().len(), 2);
}

#[tokio::test]
async fn the_book_of_what_was_sent_speaks_plainly() {
    let bed = Bed::new().await;
    let page = bed.get("/status").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Đã lưu 1 mục"), "{}", page.text);
}

#[tokio::test]
async fn a_node_that_starts_says_so_to_the_citizen_too() {
    let bed = Bed::starting().await;
    let says_so = |answer: Answer| {
        assert_eq!(answer.status, 503, "{}", answer.text);
        assert!(answer.text.contains("đang khởi động"), "{}", answer.text);
        answer
    };
    says_so(bed.submit("/kiosk/rating", "rating=5").await);
    says_so(bed.submit("/kiosk/answer", &format!("id={}", id(1))).await);
    says_so(bed.get("/kiosk/feedback").await);
    says_so(bed.get(&format!("/kiosk/commitments/{}", id(1))).await);
    let start = says_so(bed.get("/").await);
    assert_eq!(start.headers[header::REFRESH], "5; url=/", "the page looks again by itself");
}

#[tokio::test]
async fn no_page_waits_for_the_fold_of_a_node_that_starts() {
    let bed = Bed::starting().await;
    let (answered, wait) = mpsc::channel();
    let (folding, begun) = oneshot::channel();
    let intake = bed.node.face.intake.clone();
    let fold = spawn_blocking(move || {
        let mut waiting = Some(folding);
        intake.recorder.catch_up(&mut |_, _, _| {
            waiting.take().map(|folding| folding.send(()));
            wait.recv_timeout(Duration::from_secs(10)).expect("the pages are answered first");
            Ok::<_, FoldError>(())
        })
    });
    begun.await.unwrap();
    for path in ["/", "/kiosk/feedback", "/status"] {
        bed.get(path).await;
    }
    answered.send(()).unwrap();
    fold.await.unwrap().unwrap();
}
