//! The real input of the project: what an article of March 2024 says happened in xã Lộc Thịnh, event by event beside the
//! sentence that it rests on, and nothing that the article does not say.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use danvan_event::{Canon, Entry, Event, Form, FormLimits, Salt, Session, Source, Timestamp};

/// The sentences of the article that the events rest on: its spelling, slips included, one to a line, `[…]` where words
/// are left out that say nothing for an event.
const QUOTES: &str = include_str!("../../../schemas/examples/loc-thinh-2024.quotes");

/// Slips of the article that the events do not repeat, in words that [`plain`] leaves, beside what is meant.
const SLIPS: &[(&str, &str)] = &[
    ("chính quyền sơ sở", "chính quyền cơ sở"),
    ("chỉ đạo trong thực hiện", "chỉ đạo thực hiện"),
    ("theo hướng dẫn theo hướng dẫn", "theo hướng dẫn"),
    ("thực hiệ hiệu quả", "thực hiện hiệu quả"),
];

/// A place in the data of an event, and the words of the article that it rests on.
struct Basis {
    event: &'static str,
    pointer: &'static str,
    says: Says,
    /// Words of the article in its spelling; `…` where some between them are left out.
    rests_on: &'static str,
}

/// How a value stands to the words that it rests on.
enum Says {
    /// It is these words, the whole of them, and no others.
    TheWords,
    /// It is this, which the words mean.
    Meant(&'static str),
}

const fn words(event: &'static str, pointer: &'static str, rests_on: &'static str) -> Basis {
    Basis { event, pointer, says: Says::TheWords, rests_on }
}

const fn meant(event: &'static str, pointer: &'static str, value: &'static str, rests_on: &'static str) -> Basis {
    Basis { event, pointer, says: Says::Meant(value), rests_on }
}

#[rustfmt::skip]
const BASES: &[Basis] = &[
    words("model.registered", "/title", "Chính quyền thân thiện vì Nhân dân phục vụ"),
    meant("model.registered", "/pilot", "true", "Việc xây dựng mô hình điểm … tại xã Lộc Thịnh"),
    meant("model.registered", "/term", "2020-2025", "Nghị quyết Đại hội Đảng bộ các cấp nhiệm kỳ 2020-2025"),
    words("model.registered", "/objectives/0", "tuyên truyền nâng cao nhận thức, trách nhiệm của chính quyền cơ sở và cán bộ, đảng viên, công chức trong thực hiện nhiệm vụ công tác dân vận"),
    words("model.registered", "/objectives/1", "đẩy mạnh Phong trào thi đua “Dân vận khéo” trên các lĩnh vực kinh tế - xã hội, quốc phòng - an ninh"),
    words("model.registered", "/objectives/2", "nhân rộng những cách làm hay, hiệu quả về công tác dân vận chính quyền ở cơ sở, tạo sức lan tỏa trong Nhân dân"),
    words("model.registered", "/objectives/3", "góp phần thực hiện thắng lợi các nhiệm vụ chính trị của địa phương và Nghị quyết Đại hội Đảng bộ các cấp nhiệm kỳ 2020-2025"),
    words("model.registered", "/objectives/4", "đánh giá đúng thực trạng công tác dân vận của chính quyền sơ sở"),
    words("model.registered", "/objectives/5", "rút ra những bài học kinh nghiệm, đề ra các giải pháp để lãnh đạo, chỉ đạo trong thực hiện tốt công tác dân vận chính quyền trong tình hình mới"),
    words("model.guidance_issued", "/issuer", "ban Dân vận Huyện ủy"),
    meant("model.coordination_plan_adopted", "/parties/0", "Khối Dân vận xã Lộc Thịnh", "lãnh đạo xã Lộc Thịnh đã trình bày kế hoạch phối của Khối dân vận và UBND xã"),
    meant("model.coordination_plan_adopted", "/parties/1", "UBND xã Lộc Thịnh", "lãnh đạo xã Lộc Thịnh đã trình bày kế hoạch phối của Khối dân vận và UBND xã"),
    meant("model.leadership_resolution_adopted", "", "{}", "Nghị quyết về lãnh đạo thực hiện mô hình"),
    meant("model.steering_board_established", "", "{}", "quyết định thành lập ban điều hành"),
    meant("model.launch_conference_held", "/date", "2024-03-08", "Chiều 8-3 … năm 2024"),
    meant("model.launch_conference_held", "/session", "afternoon", "Chiều 8-3"),
    meant("model.launch_conference_held", "/organisers/0", "Khối Dân vận xã Lộc Thịnh", "Khối Dân vận – UBND xã Lộc Thịnh đã tổ chức hội nghị ra mắt"),
    meant("model.launch_conference_held", "/organisers/1", "UBND xã Lộc Thịnh", "Khối Dân vận – UBND xã Lộc Thịnh đã tổ chức hội nghị ra mắt"),
    words("model.launch_conference_held", "/guests/0/post", "Ủy viên Ban Thường vụ, Trưởng ban Dân Vận Huyện ủy, Chủ tịch Ủy ban MTTQ Việt Nam huyện"),
    words("model.directive_given", "/by_post", "Ủy viên Ban Thường vụ, Trưởng ban Dân Vận Huyện ủy, Chủ tịch Ủy ban MTTQ Việt Nam huyện"),
    words("model.directive_given", "/items/0/text", "Đảng ủy Tiếp tục quan tâm lãnh đạo chỉ đạo khối dân vận phối hợp với UBND triển khai các bước theo hướng dẫn theo hướng dẫn của ban Dân vận Huyện ủy"),
    words("model.directive_given", "/items/1/text", "Tăng cường công tác tuyên truyền, phát huy hiệu quả của cán bộ, công chức trong thực hiện nhiệm vụ"),
    words("model.directive_given", "/items/2/text", "Địa phương quan tâm đầu tư xây dựng cơ sở vật chất để tạo điều kiện thực hiệ hiệu quả mô hình"),
    meant("pledge.catalog_published", "/version", "2024", "nội dung “5 biết”. “3 không”, “4 thực hiện” năm 2024"),
    words("pledge.catalog_published", "/groups/0/label", "“5 biết”"),
    meant("pledge.catalog_published", "/groups/0/count", "5", "“5 biết”"),
    words("pledge.catalog_published", "/groups/1/label", "“3 không”"),
    meant("pledge.catalog_published", "/groups/1/count", "3", "“3 không”"),
    words("pledge.catalog_published", "/groups/2/label", "“4 thực hiện”"),
    meant("pledge.catalog_published", "/groups/2/count", "4", "“4 thực hiện”"),
    meant("pledge.signed", "/collective", "true", "đại diện lãnh đạo xã Lộc Thịnh … ký cam kết quyết tâm thực hiện"),
    meant("pledge.signed", "/version", "2024", "“4 thực hiện” năm 2024"),
    meant("pledge.signed", "/period", "2024", "“4 thực hiện” năm 2024"),
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

/// Words as they are compared: lower case, punctuation as one space, slips put right.
fn plain(text: &str) -> String {
    let letters = text.to_lowercase();
    let words: Vec<&str> =
        letters.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    SLIPS.iter().fold(words.join(" "), |text, (slip, meant)| text.replace(slip, meant))
}

/// Where the words that an event rests on begin among the quotes; `None` when they do not stand there in this order.
fn found(rests_on: &str) -> Option<usize> {
    let mut places = rests_on.split('…').map(str::trim).scan(0, |from, fragment| {
        let at = QUOTES[*from..].find(fragment).map(|at| *from + at);
        *from = at.map_or(*from, |at| at + fragment.len());
        Some(at)
    });
    let first = places.next()??;
    places.all(|place| place.is_some()).then_some(first)
}

#[test]
fn every_value_of_every_event_rests_on_a_sentence() {
    for entry in entries() {
        let name = short(&entry);
        let mut pointers = Vec::new();
        leaves("", entry.data(), &mut pointers);
        for pointer in pointers {
            if OUR_NAMES.contains(&(name.as_str(), pointer.as_str())) {
                continue;
            }
            let basis = BASES
                .iter()
                .find(|basis| basis.event == name && basis.pointer == pointer)
                .unwrap_or_else(|| panic!("{name}{pointer} rests on nothing"));
            let value = entry.data().pointer(&pointer).unwrap();
            let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
            match basis.says {
                Says::TheWords => assert_eq!(plain(&text), plain(basis.rests_on), "{name}{pointer}"),
                Says::Meant(meant) => assert_eq!(text, meant, "{name}{pointer}, the article: {}", basis.rests_on),
            }
        }
    }
}

#[test]
fn every_word_that_an_event_rests_on_stands_in_the_article() {
    for Basis { event, pointer, rests_on, .. } in BASES {
        assert!(found(rests_on).is_some(), "{event}{pointer}: the article does not say {rests_on}");
    }
    assert_eq!(found("ký cam kết … Chiều 8-3"), None, "words out of order were found");
    assert_eq!(found("ngày 9-3"), None);
}

#[test]
fn every_sentence_quoted_is_used() {
    let entries = entries();
    for Basis { event, pointer, rests_on, .. } in BASES {
        let entry = entries.iter().find(|entry| short(entry) == *event).unwrap_or_else(|| panic!("{event}"));
        assert!(entry.data().pointer(pointer).is_some(), "{event}{pointer}: {rests_on}");
    }
    let begins: Vec<usize> = BASES.iter().filter_map(|basis| found(basis.rests_on)).collect();
    let mut from = 0;
    for sentence in QUOTES.lines() {
        let range = from..from + sentence.len();
        assert!(begins.iter().any(|at| range.contains(at)), "nothing rests on: {sentence}");
        from = range.end + 1;
    }
    for (slip, _) in SLIPS {
        assert!(QUOTES.contains(slip), "the article has no such slip: {slip}");
    }
}

#[test]
fn what_the_article_does_not_give_is_absent() {
    assert!(!QUOTES.contains("Phạm"), "no person is named, here neither");
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
