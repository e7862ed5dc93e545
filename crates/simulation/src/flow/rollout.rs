//! Staff, roll-out, catalogue, pledges, outreach.

use std::collections::BTreeMap;

use danvan_event::{CatalogueFile, PledgeCatalogPublished};
use serde_json::{Value, json};

use crate::behaviour::Conduct;
use crate::calendar::MINUTE_MS;
use crate::diary::Diary;
use crate::words::Offices;

/// Guidance, registration, and as many of plan, resolution, board and launch as the unit reaches.
pub(crate) fn roll_out(diary: &mut Diary, conduct: &Conduct) {
    let offices = Offices::of(diary.year.number());
    let days = ascending_days(diary, [(8, 16), (17, 30), (31, 42), (43, 52), (53, 62), (66, 92)]);
    let note = |diary: &mut Diary, day: i64, event_type: &str, data: Value| {
        let at = diary.year.office_ms(day, &mut diary.dice);
        diary.note(at, event_type, data);
    };
    let date = |diary: &Diary, day: i64| diary.year.date(day);
    let [guided, registered, planned, resolved, board, launched] = days;
    let guided_on = date(diary, guided);
    note(diary, guided, "model.guidance_issued.v1", json!({"issuer": offices.guidance, "date": guided_on}));
    note(
        diary,
        registered,
        "model.registered.v1",
        json!({
            "model_id": "chinh-quyen-than-thien",
            "title": "Chính quyền thân thiện, vì Nhân dân phục vụ",
            "field": "he_thong_chinh_tri",
            "pilot": false,
        }),
    );
    let planned_on = date(diary, planned);
    let resolved_on = date(diary, resolved);
    let board_on = date(diary, board);
    let launched_on = date(diary, launched);
    let stages = [
        (planned, "model.coordination_plan_adopted.v1", json!({"parties": offices.planners, "date": planned_on})),
        (resolved, "model.leadership_resolution_adopted.v1", json!({"issuer": "Đảng uỷ", "date": resolved_on})),
        (board, "model.steering_board_established.v1", json!({"date": board_on})),
        (launched, "model.launch_conference_held.v1", json!({"date": launched_on, "session": "morning"})),
    ];
    for (day, event_type, data) in stages.into_iter().take(conduct.stages) {
        note(diary, day, event_type, data);
    }
}

/// The staff, the sample catalogue, and the pledges of those officials who sign, from the end of March on.
pub(crate) fn pledge(diary: &mut Diary, conduct: &Conduct, officials: u64) {
    let declared_day = diary.year.working_day(3);
    let declared = diary.year.office_ms(declared_day, &mut diary.dice);
    let keys: Vec<String> = (1..=officials).map(|number| format!("cb{number:02}")).collect();
    let as_of = diary.year.date(declared_day);
    diary.note(declared, "unit.staff_declared.v1", json!({"as_of": as_of, "headcount": officials, "staff_keys": keys}));
    let published_day = diary.year.working_day(93);
    let published = diary.year.office_ms(published_day, &mut diary.dice);
    let sample = CatalogueFile::thanhhoa_2024();
    diary.note(published, "pledge.catalog_published.v1", catalogue(sample));
    let year = diary.year.number().to_string();
    for key in &keys {
        if !diary.dice.chance(conduct.pledged) {
            continue;
        }
        let later = 1 + diary.dice.below(12);
        let day = diary.year.working_day(published_day + i64::try_from(later).unwrap_or(1));
        let at = diary.year.office_ms(day, &mut diary.dice);
        diary.note(
            at,
            "pledge.signed.v1",
            json!({
                "catalog": sample.catalog,
                "version": sample.version,
                "collective": false,
                "staff_key": key,
                "period": year,
            }),
        );
    }
}

/// One or two activities in each quarter in which the unit bothers.
pub(crate) fn reach_out(diary: &mut Diary, conduct: &Conduct) {
    for quarter in 0..4_u32 {
        if u64::from(quarter) >= conduct.outreach_quarters {
            continue;
        }
        for _ in 0..=diary.dice.below(2) {
            let first = diary.year.month_start(quarter * 3 + 1);
            let within = i64::try_from(diary.dice.below(80)).unwrap_or(0);
            let day = diary.year.working_day(first + within);
            let at = diary.year.office_ms(day, &mut diary.dice) + MINUTE_MS;
            let channel = *diary.dice.pick(&["loudspeaker", "meeting", "poster", "social_media"]);
            let reach = diary.dice.between(40, 900);
            let date = diary.year.date(day);
            diary.note(at, "model.outreach_conducted.v1", json!({"channel": channel, "date": date, "reach": reach}));
        }
    }
}

/// The unit publishes the texts of the sample and says that they are one. It cites no file: no aggregator of an imagined year
/// has published it.
fn catalogue(sample: &CatalogueFile) -> Value {
    let published = sample.published(&BTreeMap::new(), String::new());
    json!(PledgeCatalogPublished { attachment_sha256: None, ..published })
}

fn ascending_days<const COUNT: usize>(diary: &mut Diary, windows: [(u64, u64); COUNT]) -> [i64; COUNT] {
    windows.map(|(from, to)| {
        let day = i64::try_from(diary.dice.between(from, to)).unwrap_or(0);
        diary.year.working_day(day)
    })
}
