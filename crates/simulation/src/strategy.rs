//! What a unit does to look better than it is.

use danvan_event::{CatalogueFile, EventId, Timestamp};
use serde_json::{Value, json};

use crate::calendar::{DAY_MS, HOUR_MS, MINUTE_MS};
use crate::diary::{Diary, Draft, Note};
use crate::flow::COMMITMENTS_FROM_DAY;

/// How a unit treats its own records. The twin of an honest unit records the same facts except for what its strategy hides,
/// adds or bends, so that two rankings show what the strategy earned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strategy {
    /// Records what happened, when it happened.
    Honest,
    /// Does not write down the cases that end late or come back, as far as it is the office that writes them down: what
    /// citizens enter at the kiosk, by QR code or Zalo stands in the log before anybody can judge it.
    SuppressesComplaints,
    /// Gives itself the best rating at its kiosk, many times in one sitting, once a month.
    StuffsBallots,
    /// Gives itself one answer a working day at its kiosk: the best rating, every commitment kept, and no hour that is crowded.
    DripsBallots,
    /// Fills in one questionnaire on paper a working day, with the same words.
    ForgesPapers,
    /// Makes up a complaint a week at its kiosk, resolves it three days later and publishes the result.
    MakesUpCases,
    /// Dates late answers back to before they fell due.
    BackDates,
    /// Puts off the due date of every case that a citizen entered, as soon as it has come in: once, to twice the first term.
    PutsOff,
    /// Suppresses complaints, stuffs ballots in one sitting and dates back, all at once.
    Games,
}

/// Who writes a case down in these channels is the office.
const BY_THE_OFFICE: [&str; 4] = ["box", "reception", "hotline", "onestop"];
/// The days allowed where a form names none; the default of `feedback.received`.
const DUE_DAYS: i64 = 15;
/// What a made-up complaint says.
const MADE_UP: &str = "Đèn ở lối vào trụ sở bị hỏng.";
/// So many days before the end of the year a made-up case has had time to settle.
const DAYS_OF_A_CASE: i64 = 25;
/// Ratings given in one sitting.
const RATINGS_PER_SITTING: usize = 40;
/// Commitments that one false answer rates.
const COMMITMENTS_PER_ANSWER: usize = 4;

/// How a case ended.
struct Case {
    subject: String,
    received_ms: i64,
    due_ms: i64,
    recorded_by_the_office: bool,
}

impl Strategy {
    /// Every strategy.
    pub const ALL: [Strategy; 9] = [
        Strategy::Honest,
        Strategy::SuppressesComplaints,
        Strategy::StuffsBallots,
        Strategy::DripsBallots,
        Strategy::ForgesPapers,
        Strategy::MakesUpCases,
        Strategy::BackDates,
        Strategy::PutsOff,
        Strategy::Games,
    ];

    /// Its name at the command line and in data.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Strategy::Honest => "honest",
            Strategy::SuppressesComplaints => "suppresses_complaints",
            Strategy::StuffsBallots => "stuffs_ballots",
            Strategy::DripsBallots => "drips_ballots",
            Strategy::ForgesPapers => "forges_papers",
            Strategy::MakesUpCases => "makes_up_cases",
            Strategy::BackDates => "back_dates",
            Strategy::PutsOff => "puts_off",
            Strategy::Games => "games",
        }
    }

    /// Hides, adds and bends.
    pub(crate) fn apply(self, diary: &mut Diary) {
        if matches!(self, Strategy::SuppressesComplaints | Strategy::Games) {
            suppress(diary);
        }
        if matches!(self, Strategy::BackDates | Strategy::Games) {
            back_date(diary);
        }
        if matches!(self, Strategy::StuffsBallots | Strategy::Games) {
            stuff(diary);
        }
        match self {
            Strategy::DripsBallots => answer_daily(diary, "kiosk"),
            Strategy::ForgesPapers => answer_daily(diary, "paper"),
            Strategy::MakesUpCases => make_up(diary),
            Strategy::PutsOff => put_off(diary),
            _ => {}
        }
    }
}

fn suppress(diary: &mut Diary) {
    let unwelcome: Vec<String> = cases(diary)
        .into_iter()
        .filter(|case| case.recorded_by_the_office && ended_badly(diary, case))
        .map(|case| case.subject)
        .collect();
    diary.keep(|draft| !unwelcome.iter().any(|subject| belongs_to(draft, subject)));
}

fn back_date(diary: &mut Diary) {
    for case in cases(diary) {
        for draft in diary.drafts_mut() {
            if is_step(draft, &case.subject, "feedback.responded.v1") && draft.at_ms > case.due_ms {
                draft.claim(case.due_ms - 2 * HOUR_MS);
            }
        }
    }
}

fn stuff(diary: &mut Diary) {
    for month in 1..=12 {
        let last_day = diary.year.month_start(month + 1) - 4;
        let mut at = diary.year.midnight_ms(diary.year.working_day(last_day)) + 17 * HOUR_MS + 30 * MINUTE_MS;
        for _ in 0..RATINGS_PER_SITTING {
            at += i64::try_from(diary.dice.between(6_000, 20_000)).unwrap_or(6_000);
            let Some(id) = diary.fresh_id(at) else { continue };
            let data = json!({"channel": "kiosk", "rating": 5, "visit_token": token(id)});
            diary.put_as(at, id, &Note { event_type: "survey.answered.v1", subject: None, data });
        }
    }
}

/// One false answer a working day.
fn answer_daily(diary: &mut Diary, channel: &str) {
    let kept: Vec<Value> = CatalogueFile::thanhhoa_2024()
        .groups
        .iter()
        .flat_map(|group| &group.items)
        .take(COMMITMENTS_PER_ANSWER)
        .map(|item| json!({"code": item.code, "kept": true}))
        .collect();
    let year = diary.year;
    for day in (0..year.days()).filter(|day| year.working_day(*day) == *day) {
        let at = year.office_ms(day, &mut diary.dice);
        let Some(id) = diary.fresh_id(at) else { continue };
        let mut data = json!({"channel": channel, "rating": 5, "visit_token": token(id)});
        if day >= COMMITMENTS_FROM_DAY {
            data["commitments"] = json!(kept);
        }
        diary.put_as(at, id, &Note { event_type: "survey.answered.v1", subject: None, data });
    }
}

/// One false complaint a week that ends as well as any can. The last weeks of the year are left free, so that all of it lies in the year.
fn make_up(diary: &mut Diary) {
    let year = diary.year;
    for day in (0..year.days() - DAYS_OF_A_CASE).step_by(7) {
        let at = year.office_ms(year.working_day(day), &mut diary.dice);
        let Some(id) = diary.fresh_id(at) else { continue };
        let data = json!({"channel": "kiosk", "kind": "complaint", "text": MADE_UP, "due_days": DUE_DAYS});
        diary.put_as(at, id, &Note { event_type: "feedback.received.v1", subject: None, data });
        let case = format!("feedback/{id}");
        let answered = year.office_ms(year.working_day(day + 3), &mut diary.dice);
        let mut step = |at, event_type, data| diary.put(at, &Note { event_type, subject: Some(&case), data });
        step(answered, "feedback.responded.v1", json!({"outcome": "resolved", "reply": "Đã giải quyết xong."}));
        step(answered + HOUR_MS, "feedback.result_published.v1", json!({}));
    }
}

fn put_off(diary: &mut Diary) {
    for case in cases(diary).into_iter().filter(|case| !case.recorded_by_the_office) {
        let (at, days) = (case.received_ms + MINUTE_MS, 2 * case.due_days());
        let data = json!({"post": "Văn phòng", "due_days": days});
        diary.put(at, &Note { event_type: "feedback.assigned.v1", subject: Some(&case.subject), data });
    }
}

/// A token that looks like one of a visit: nothing in it tells that there was none.
fn token(id: EventId) -> String {
    id.to_string().replace('-', "").chars().rev().take(20).collect()
}

fn cases(diary: &Diary) -> Vec<Case> {
    let received = diary.drafts().iter().filter(|draft| is_type(draft, "feedback.received.v1"));
    received
        .filter(|draft| draft.form["data"]["kind"] != "praise")
        .map(|draft| {
            let days = draft.form["data"]["due_days"].as_i64().unwrap_or(DUE_DAYS);
            Case {
                subject: format!("feedback/{}", draft.form["id"].as_str().unwrap_or_default()),
                received_ms: draft.at_ms,
                due_ms: draft.at_ms + days * DAY_MS,
                recorded_by_the_office: BY_THE_OFFICE.iter().any(|channel| draft.form["data"]["channel"] == *channel),
            }
        })
        .collect()
}

fn ended_badly(diary: &Diary, case: &Case) -> bool {
    let answered = diary.drafts().iter().find(|draft| is_step(draft, &case.subject, "feedback.responded.v1"));
    let reopened = diary.drafts().iter().any(|draft| is_step(draft, &case.subject, "feedback.reopened.v1"));
    reopened || answered.is_none_or(|answer| answer.at_ms > case.due_ms)
}

fn belongs_to(draft: &Draft, subject: &str) -> bool {
    draft.form["subject"] == subject
        || draft.form["data"]["feedback"] == subject
        || draft.form["id"].as_str().is_some_and(|id| subject.strip_prefix("feedback/") == Some(id))
}

fn is_step(draft: &Draft, subject: &str, event_type: &str) -> bool {
    draft.form["subject"] == subject && is_type(draft, event_type)
}

fn is_type(draft: &Draft, event_type: &str) -> bool {
    draft.form["type"].as_str().and_then(|name| name.strip_prefix("vn.danvan.")) == Some(event_type)
}

impl Case {
    fn due_days(&self) -> i64 {
        (self.due_ms - self.received_ms) / DAY_MS
    }
}

impl Draft {
    /// Says that it happened at another moment than it did; the moment of recording stays.
    fn claim(&mut self, at_ms: i64) {
        let Ok(time) = Timestamp::from_millis(at_ms) else { return };
        self.at_ms = at_ms;
        self.form["time"] = Value::from(time.to_string());
    }
}
