//! Citizens speak, the office answers: in time or late, for good or not.

use danvan_event::EventId;
use serde_json::{Value, json};

use crate::behaviour::Conduct;
use crate::calendar::{DAY_MS, HOUR_MS, MINUTE_MS};
use crate::diary::{Diary, Note};
use crate::words::{MATTERS, PRAISE, REOPEN_REASON, SECOND_REPLY};

/// The longest course of one case: received, answered, apology, published, reopened, answered again, confirmed.
const STEPS_MAX: usize = 7;

/// How citizens bring something up: twice as often themselves as through the office.
const CHANNELS: [&str; 12] =
    ["kiosk", "kiosk", "kiosk", "kiosk", "qr", "qr", "zalo", "zalo", "hotline", "box", "reception", "onestop"];

/// The step of one case that has been reached.
struct Course {
    subject: String,
    received_ms: i64,
    due_ms: i64,
}

/// Notes whole cases until the next one might exceed `budget` events.
pub(crate) fn hear_and_answer(diary: &mut Diary, conduct: &Conduct, budget: usize) {
    let limit = diary.len() + budget;
    while diary.len() + STEPS_MAX <= limit {
        let day = diary.year.busy_day(&mut diary.dice);
        let received = diary.year.waking_ms(day, &mut diary.dice);
        if diary.dice.chance(900) {
            praise(diary, received);
        } else {
            one_case(diary, conduct, received);
        }
    }
}

/// Letters of thanks, congratulation and condolence.
pub(crate) fn write_letters(diary: &mut Diary, count: usize) {
    for _ in 0..count {
        let day = i64::try_from(diary.dice.below(360)).unwrap_or(0);
        let day = diary.year.working_day(day);
        let at = diary.year.office_ms(day, &mut diary.dice);
        let kind = *diary.dice.pick(&["thank", "congratulation", "congratulation", "condolence"]);
        diary.note(at, "model.letter_sent.v1", json!({"kind": kind}));
    }
}

fn praise(diary: &mut Diary, at_ms: i64) {
    let text = *diary.dice.pick(&PRAISE);
    diary.note(at_ms, "feedback.received.v1", json!({"channel": "onestop", "kind": "praise", "text": text}));
}

fn one_case(diary: &mut Diary, conduct: &Conduct, received_ms: i64) {
    let (topic, text, reply) = *diary.dice.pick(&MATTERS);
    let kind = *diary.dice.pick(&["complaint", "complaint", "suggestion", "proposal"]);
    let channel = *diary.dice.pick(&CHANNELS);
    let due_days = *diary.dice.pick(&[15, 15, 15, 10, 7]);
    let mut data = json!({"channel": channel, "kind": kind, "topic": topic, "text": text});
    if due_days != 15 {
        data["due_days"] = json!(due_days);
    }
    let Some(id) = diary.note(received_ms, "feedback.received.v1", data) else { return };
    let course = Course::new(id, received_ms, due_days);
    let in_time = diary.dice.chance(conduct.on_time);
    let answered = if in_time { Some(answer_in_time(diary, conduct, &course)) } else { answer_late(diary, &course) };
    if !in_time && diary.dice.chance(conduct.apologises) {
        apologise(diary, &course);
    }
    if let Some(answered_ms) = answered {
        respond(diary, &course, answered_ms, reply);
        follow_up(diary, conduct, &course, answered_ms);
    }
}

/// A moment within the time allowed; the office does not always work to its own hours.
fn answer_in_time(diary: &mut Diary, conduct: &Conduct, course: &Course) -> i64 {
    let share = i64::try_from(diary.dice.between(conduct.age.0, conduct.age.1)).unwrap_or(5_000);
    let aimed = course.received_ms + (course.due_ms - course.received_ms) / 10_000 * share;
    let day = diary.year.working_day(diary.year.day_of(aimed));
    let in_hours = diary.year.office_ms(day, &mut diary.dice);
    let earliest = course.received_ms + 20 * MINUTE_MS;
    if in_hours <= course.due_ms { in_hours.max(earliest) } else { aimed.max(earliest) }
}

/// A moment after the time allowed, or never.
fn answer_late(diary: &mut Diary, course: &Course) -> Option<i64> {
    if diary.dice.chance(2_500) {
        return None;
    }
    let late_days = i64::try_from(diary.dice.between(1, 18)).unwrap_or(1);
    let day = diary.year.working_day(diary.year.day_of(course.due_ms) + late_days);
    Some(diary.year.office_ms(day, &mut diary.dice))
}

fn respond(diary: &mut Diary, course: &Course, at_ms: i64, reply: &str) {
    let outcome = *diary.dice.pick(&[
        "resolved",
        "resolved",
        "resolved",
        "resolved",
        "explained",
        "explained",
        "not_competent",
        "unfounded",
    ]);
    course.step(diary, at_ms, "feedback.responded.v1", json!({"outcome": outcome, "reply": reply}));
}

fn follow_up(diary: &mut Diary, conduct: &Conduct, course: &Course, answered_ms: i64) {
    if diary.dice.chance(conduct.published) {
        let after = days(diary, 1, 9);
        course.step(
            diary,
            answered_ms + after,
            "feedback.result_published.v1",
            json!({"place": "Bảng tin trụ sở UBND"}),
        );
    }
    if diary.dice.chance(conduct.lasting) {
        if diary.dice.chance(3_000) {
            let after = days(diary, 1, 6);
            let satisfied = diary.dice.chance(9_200);
            course.step(diary, answered_ms + after, "feedback.confirmed.v1", json!({"satisfied": satisfied}));
        }
        return;
    }
    let reopened = answered_ms + days(diary, 2, 13);
    if course.step(diary, reopened, "feedback.reopened.v1", json!({"reason": REOPEN_REASON})).is_some() {
        let again = reopened + days(diary, 3, 9);
        course.step(diary, again, "feedback.responded.v1", json!({"outcome": "resolved", "reply": SECOND_REPLY}));
    }
}

fn apologise(diary: &mut Diary, course: &Course) {
    let at = course.due_ms + days(diary, 1, 5);
    diary.note(at, "model.letter_sent.v1", json!({"kind": "apology", "feedback": course.subject}));
}

fn days(diary: &mut Diary, from: u64, to: u64) -> i64 {
    i64::try_from(diary.dice.between(from, to)).unwrap_or(1) * DAY_MS - HOUR_MS
}

impl Course {
    fn new(id: EventId, received_ms: i64, due_days: i64) -> Course {
        Course { subject: format!("feedback/{id}"), received_ms, due_ms: received_ms + due_days * DAY_MS }
    }

    fn step(&self, diary: &mut Diary, at_ms: i64, event_type: &str, data: Value) -> Option<EventId> {
        diary.put(at_ms, &Note { event_type, subject: Some(&self.subject), data })
    }
}
