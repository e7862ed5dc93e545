//! Citizens say how satisfied they are.

use danvan_event::CatalogueFile;
use serde_json::{Value, json};

use crate::behaviour::Conduct;
use crate::diary::Diary;
use crate::words::SERVICES;

/// The day from which the commitments hang on the wall and are asked about.
pub(crate) const COMMITMENTS_FROM_DAY: i64 = 110;

/// How citizens answer: every second one at the kiosk; of the others every third by QR code and by Zalo, every sixth on paper and when
/// called.
const CHANNELS: [&str; 12] =
    ["kiosk", "kiosk", "kiosk", "kiosk", "kiosk", "kiosk", "qr", "qr", "zalo", "zalo", "paper", "phone"];

/// Notes `count` answers, spread over the working days of the year.
pub(crate) fn ask(diary: &mut Diary, conduct: &Conduct, count: usize) {
    for _ in 0..count {
        let day = diary.year.busy_day(&mut diary.dice);
        let day = diary.year.working_day(day);
        let at = diary.year.office_ms(day, &mut diary.dice);
        let data = answer(diary, conduct, day);
        diary.note(at, "survey.answered.v1", data);
    }
}

fn answer(diary: &mut Diary, conduct: &Conduct, day: i64) -> Value {
    let channel = *diary.dice.pick(&CHANNELS);
    let satisfied = diary.dice.chance(conduct.satisfied);
    let rating = if satisfied { *diary.dice.pick(&[5, 5, 5, 4, 4]) } else { *diary.dice.pick(&[3, 3, 3, 2, 1]) };
    let mut data = json!({
        "channel": channel,
        "rating": rating,
        "service": *diary.dice.pick(&SERVICES),
        "visit_token": visit_token(diary),
    });
    if channel == "kiosk" && diary.dice.chance(1_500) {
        data["assisted"] = json!(true);
    }
    if day >= COMMITMENTS_FROM_DAY && diary.dice.chance(4_500) {
        data["commitments"] = rated_commitments(diary, conduct);
    }
    data
}

fn rated_commitments(diary: &mut Diary, conduct: &Conduct) -> Value {
    let pledges = CatalogueFile::thanhhoa_2024().groups.iter().flat_map(|group| &group.items);
    let mut codes: Vec<&str> = pledges.map(|pledge| pledge.code.as_str()).collect();
    diary.dice.shuffle(&mut codes);
    let count = usize::try_from(diary.dice.between(1, 4)).unwrap_or(1);
    codes.truncate(count);
    codes.sort_unstable();
    codes.iter().map(|code| json!({"code": code, "kept": diary.dice.chance(conduct.kept)})).collect()
}

fn visit_token(diary: &mut Diary) -> String {
    let bytes = diary.dice.ten_bytes();
    format!("{:020x}", bytes.iter().fold(0_u128, |number, byte| number << 8 | u128::from(*byte)))
}
