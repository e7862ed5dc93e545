//! The real input of the project: what an article of March 2024 says happened in xã Lộc Thịnh, event by event beside the
//! sentence that it rests on, and nothing that the article does not say.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use danvan_event::{Canon, Entry, Event, Form, FormLimits, Salt, Session, Source, Timestamp};

/// A place in the data of an event, and the words of the article that it rests on. The article's spelling is kept, slips
/// included; `…` marks an omission.
struct Basis {
    event: &'static str,
    pointer: &'static str,
    says: &'static str,
    rests_on: &'static str,
}

const fn basis(event: &'static str, pointer: &'static str, says: &'static str, rests_on: &'static str) -> Basis {
    Basis { event, pointer, says, rests_on }
}

const GUEST: &str = "Ủy viên Ban Thường vụ, Trưởng ban Dân vận Huyện ủy, Chủ tịch Ủy ban MTTQ Việt Nam huyện";

#[rustfmt::skip]
const BASES: &[Basis] = &[
    basis("model.registered", "/title", "Chính quyền thân thiện vì Nhân dân phục vụ", "mô hình “Chính quyền thân thiện vì Nhân dân phục vụ”"),
    basis("model.registered", "/pilot", "true", "Việc xây dựng mô hình điểm … tại xã Lộc Thịnh"),
    basis("model.registered", "/term", "2020-2025", "Nghị quyết Đại hội Đảng bộ các cấp nhiệm kỳ 2020-2025"),
    basis("model.registered", "/objectives/0", "Tuyên truyền nâng cao nhận thức, trách nhiệm", "nhằm tuyên truyền nâng cao nhận thức, trách nhiệm của chính quyền cơ sở"),
    basis("model.registered", "/objectives/1", "Phong trào thi đua “Dân vận khéo”", "đẩy mạnh Phong trào thi đua “Dân vận khéo” trên các lĩnh vực kinh tế - xã hội, quốc phòng - an ninh"),
    basis("model.registered", "/objectives/2", "Nhân rộng những cách làm hay", "để nhân rộng những cách làm hay, hiệu quả về công tác dân vận chính quyền ở cơ sở"),
    basis("model.registered", "/objectives/3", "nhiệm vụ chính trị của địa phương", "góp phần thực hiện thắng lợi các nhiệm vụ chính trị của địa phương"),
    basis("model.registered", "/objectives/4", "Đánh giá đúng thực trạng", "nhằm đánh giá đúng thực trạng công tác dân vận"),
    basis("model.registered", "/objectives/5", "Rút ra những bài học kinh nghiệm", "rút ra những bài học kinh nghiệm, đề ra các giải pháp"),
    basis("model.guidance_issued", "/issuer", "Ban Dân vận Huyện ủy", "triển khai các bước … theo hướng dẫn của ban Dân vận Huyện ủy"),
    basis("model.coordination_plan_adopted", "/parties/0", "Khối Dân vận xã Lộc Thịnh", "trình bày kế hoạch phối của Khối dân vận và UBND xã"),
    basis("model.coordination_plan_adopted", "/parties/1", "UBND xã Lộc Thịnh", "trình bày kế hoạch phối của Khối dân vận và UBND xã"),
    basis("model.leadership_resolution_adopted", "", "{}", "Nghị quyết về lãnh đạo thực hiện mô hình"),
    basis("model.steering_board_established", "", "{}", "quyết định thành lập ban điều hành"),
    basis("model.launch_conference_held", "/date", "2024-03-08", "Chiều 8-3 … năm 2024"),
    basis("model.launch_conference_held", "/session", "afternoon", "Chiều 8-3"),
    basis("model.launch_conference_held", "/organisers/0", "Khối Dân vận xã Lộc Thịnh", "Khối Dân vận – UBND xã Lộc Thịnh đã tổ chức hội nghị ra mắt"),
    basis("model.launch_conference_held", "/organisers/1", "UBND xã Lộc Thịnh", "Khối Dân vận – UBND xã Lộc Thịnh đã tổ chức hội nghị ra mắt"),
    basis("model.launch_conference_held", "/guests/0/post", GUEST, "Ủy viên Ban Thường vụ, Trưởng ban Dân Vận Huyện ủy, Chủ tịch Ủy ban MTTQ Việt Nam huyện dự"),
    basis("model.directive_given", "/by_post", GUEST, "dự và phát biểu chỉ đạo"),
    basis("model.directive_given", "/items/0/text", "lãnh đạo, chỉ đạo Khối Dân vận phối hợp với UBND", "Đảng ủy Tiếp tục quan tâm lãnh đạo chỉ đạo khối dân vận phối hợp với UBND"),
    basis("model.directive_given", "/items/1/text", "Tăng cường công tác tuyên truyền", "Tăng cường công tác tuyên truyền, phát huy hiệu quả của cán bộ, công chức"),
    basis("model.directive_given", "/items/2/text", "đầu tư xây dựng cơ sở vật chất", "Địa phương quan tâm đầu tư xây dựng cơ sở vật chất"),
    basis("pledge.catalog_published", "/version", "2024", "nội dung “5 biết”. “3 không”, “4 thực hiện” năm 2024"),
    basis("pledge.catalog_published", "/groups/0/label", "5 biết", "“5 biết”"),
    basis("pledge.catalog_published", "/groups/0/count", "5", "“5 biết”"),
    basis("pledge.catalog_published", "/groups/1/label", "3 không", "“3 không”"),
    basis("pledge.catalog_published", "/groups/1/count", "3", "“3 không”"),
    basis("pledge.catalog_published", "/groups/2/label", "4 thực hiện", "“4 thực hiện”"),
    basis("pledge.catalog_published", "/groups/2/count", "4", "“4 thực hiện”"),
    basis("pledge.signed", "/collective", "true", "đại diện lãnh đạo xã Lộc Thịnh … ký cam kết quyết tâm thực hiện"),
    basis("pledge.signed", "/version", "2024", "“4 thực hiện” năm 2024"),
    basis("pledge.signed", "/period", "2024", "“4 thực hiện” năm 2024"),
];

/// Names that we gave, so that events can point at each other; the article has no such names.
const OUR_NAMES: &[(&str, &str)] = &[
    ("model.registered", "/model_id"),
    ("pledge.catalog_published", "/catalog"),
    ("pledge.catalog_published", "/groups/0/code"),
    ("pledge.catalog_published", "/groups/1/code"),
    ("pledge.catalog_published", "/groups/2/code"),
    ("pledge.signed", "/catalog"),
];

fn entries() -> Vec<Entry> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/examples/loc-thinh-2024.jsonl");
    let source: Source = "/u/gso2024-15097".parse().unwrap();
    let recordedtime: Timestamp = "2024-03-08T07:00:00.000Z".parse().unwrap();
    fs::read_to_string(path)
        .unwrap()
        .lines()
        .map(|line| {
            let form = Form::parse(line.as_bytes(), FormLimits::default()).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(form.source(), Some(&source));
            assert!(!form.synthetic() && !form.has_personal_fields());
            form.into_entry(&source, recordedtime, &mut || Salt::new([0; 16])).unwrap().0
        })
        .collect()
}

fn short(entry: &Entry) -> String {
    format!("{}.{}", entry.event_type().family(), entry.event_type().name())
}

fn leaves(path: &str, value: &Canon, into: &mut Vec<String>) {
    match value {
        Canon::Map(members) => {
            if members.is_empty() {
                into.push(path.to_owned());
            }
            for (name, member) in members {
                leaves(&format!("{path}/{name}"), member, into);
            }
        }
        Canon::List(items) => {
            items.iter().enumerate().for_each(|(at, item)| leaves(&format!("{path}/{at}"), item, into));
        }
        _ => into.push(path.to_owned()),
    }
}

#[test]
fn the_events_are_those_that_the_article_says_happened() {
    let names: Vec<String> = entries().iter().map(short).collect();
    assert_eq!(
        names,
        [
            "model.registered",
            "model.guidance_issued",
            "model.coordination_plan_adopted",
            "model.leadership_resolution_adopted",
            "model.steering_board_established",
            "model.launch_conference_held",
            "model.directive_given",
            "pledge.catalog_published",
            "pledge.signed",
        ]
    );
}

#[test]
fn every_word_of_every_event_rests_on_a_sentence() {
    for entry in entries() {
        let name = short(&entry);
        let mut found = Vec::new();
        leaves("", entry.data(), &mut found);
        for pointer in found {
            if OUR_NAMES.contains(&(name.as_str(), pointer.as_str())) {
                continue;
            }
            let basis = BASES
                .iter()
                .find(|basis| basis.event == name && basis.pointer == pointer)
                .unwrap_or_else(|| panic!("{name}{pointer} rests on nothing"));
            let value = entry.data().pointer(&pointer).unwrap();
            let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
            assert!(text.contains(basis.says), "{name}{pointer} says {text}, the article: {}", basis.rests_on);
        }
    }
}

#[test]
fn every_sentence_quoted_is_used() {
    let entries = entries();
    for Basis { event, pointer, rests_on, .. } in BASES {
        let entry = entries.iter().find(|entry| short(entry) == *event).unwrap_or_else(|| panic!("{event}"));
        assert!(entry.data().pointer(pointer).is_some(), "{event}{pointer}: {rests_on}");
    }
}

#[test]
fn what_the_article_does_not_give_is_absent() {
    for entry in entries() {
        let text = String::from_utf8_lossy(entry.bytes()).into_owned();
        assert!(!text.contains("doc_no") && !text.contains("staff_key"), "{text}");
        // The guest stands by post, never by name.
        assert!(!text.contains("Phạm"), "{text}");
        match entry.event() {
            Event::PledgeSigned(pledge) => assert_eq!(pledge.signers, None),
            Event::ModelRegistered(model) => assert_eq!(model.field, None),
            Event::GuidanceIssued(guidance) => assert_eq!(guidance.date, None),
            Event::CoordinationPlanAdopted(plan) => assert_eq!(plan.date, None),
            Event::LeadershipResolutionAdopted(resolution) => {
                assert_eq!((&resolution.date, &resolution.issuer), (&None, &None));
            }
            Event::SteeringBoardEstablished(board) => assert_eq!(board.date, None),
            Event::LaunchConferenceHeld(conference) => assert_eq!(conference.session, Some(Session::Afternoon)),
            Event::PledgeCatalogPublished(catalog) => {
                assert!(catalog.groups.iter().all(|group| group.items.is_empty()));
            }
            Event::DirectiveGiven(_) => {}
            other => panic!("the article does not say {other:?}"),
        }
    }
}

#[test]
fn the_ids_carry_the_day_and_are_distinct() {
    let entries = entries();
    let afternoon: Timestamp = "2024-03-08T07:00:00.000Z".parse().unwrap();
    for (at, entry) in entries.iter().enumerate() {
        assert_eq!(i64::try_from(entry.id().unix_millis()).unwrap(), afternoon.as_millis());
        assert_eq!(entry.time(), afternoon);
        assert!(entries[..at].iter().all(|earlier| earlier.id() < entry.id()));
    }
}
