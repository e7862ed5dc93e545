//! A node with a simulated clock: nothing in it is real, and every page says so.

use super::{hidden, tap};
use crate::testbed::Bed;

const MARK: &str = r#""synthetic":true"#;
const NOTICES: [&str; 2] = ["Dữ liệu mô phỏng", "Synthetic data"];

async fn send_feedback(bed: &Bed) -> String {
    let id = hidden(&bed.get("/kiosk/feedback").await, "id");
    let sent = bed.submit("/kiosk/feedback", &format!("id={id}&kind=praise&text=T%E1%BB%91t")).await;
    assert_eq!(sent.status, 303, "{}", sent.text);
    id
}

#[tokio::test]
async fn what_is_entered_at_a_simulated_node_is_marked() {
    let bed = Bed::demo().await;
    let answered = tap(&bed, 5).await;
    bed.submit("/kiosk/answer", &format!("id={answered}&c_biet=kept")).await;
    send_feedback(&bed).await;
    tap(&bed, 1).await;
    let bed = bed.restarted().await;
    bed.node.face.pending.flush(&bed.node.face.intake, true).await;
    let entries = bed.entries();
    assert_eq!(entries.len(), 4);
    for entry in &entries[1..] {
        assert!(entry.contains(MARK), "{entry}");
    }
}

#[tokio::test]
async fn what_is_entered_at_a_real_node_is_not_marked() {
    let bed = Bed::new().await;
    tap(&bed, 5).await;
    send_feedback(&bed).await;
    bed.node.face.pending.flush(&bed.node.face.intake, true).await;
    let entries = bed.entries();
    assert_eq!(entries.len(), 3);
    assert!(!entries.iter().any(|entry| entry.contains("synthetic")), "{entries:?}");
}

#[tokio::test]
async fn every_page_of_a_simulated_node_says_so_and_no_page_of_a_real_one() {
    for (bed, synthetic) in [(Bed::demo().await, true), (Bed::new().await, false)] {
        let pending = tap(&bed, 4).await;
        let sent = send_feedback(&bed).await;
        let mut pages = Vec::new();
        for path in ["/", "/kiosk/feedback", "/status"] {
            pages.push((path.to_owned(), bed.get(path).await));
        }
        for path in [format!("/kiosk/commitments/{pending}"), format!("/kiosk/thanks/{sent}")] {
            let page = bed.get(&path).await;
            pages.push((path, page));
        }
        pages.push(("a notice".to_owned(), bed.submit("/kiosk/rating", "rating=9").await));
        pages.push(("an error".to_owned(), bed.submit("/kiosk/feedback", "kind=praise").await));
        for (path, page) in pages {
            for notice in NOTICES {
                assert_eq!(page.text.contains(notice), synthetic, "{path}: {}", page.text);
            }
        }
    }
}

#[tokio::test]
async fn a_unit_that_is_no_commune_is_not_called_one() {
    let bed = Bed::demo().await;
    let page = bed.get("/kiosk/feedback").await.text;
    let thanks = bed.get(&format!("/kiosk/thanks/{}", send_feedback(&bed).await)).await.text;
    assert!(page.contains("Thị trấn Ngọc Lặc") && page.contains("cán bộ tiếp nhận của thị trấn"), "{page}");
    assert!(page.contains("đồng ý để thị trấn lưu") && thanks.contains("trong máy của thị trấn"), "{thanks}");
    for text in [page, thanks] {
        assert!(!text.contains(" xã ") && !text.contains("commune"), "{text}");
    }
}
