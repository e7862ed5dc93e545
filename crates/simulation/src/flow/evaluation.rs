//! Self-assessments at half-year and year's end, the board after each quarter.

use danvan_event::{Canon, EvaluatorKey, EventId, Verdict, sign_evaluation};
use serde_json::{Value, json};

use crate::behaviour::Conduct;
use crate::diary::{Diary, Note};
use crate::words::Offices;

/// The board comes in the first weeks after a quarter; after the last one, before the year is out.
const BOARD_DAYS: [(u32, i64); 4] = [(1, 98), (2, 190), (3, 282), (4, 358)];
/// The unit assesses itself a little before the board comes at half-year and at year's end.
const SELF_DAYS: [(&str, i64); 2] = [("Q2", 184), ("Q4", 351)];

pub(crate) fn evaluate(diary: &mut Diary, conduct: &Conduct, evaluator: Option<&EvaluatorKey>) {
    let year = diary.year.number();
    for (quarter, day) in SELF_DAYS {
        let at = office_ms(diary, day);
        let points = (conduct.board_centi.1 + 40).min(800);
        let data = json!({
            "period": format!("{year}-{quarter}"),
            "kind": "self",
            "panel": [{"post": "Ban điều hành mô hình", "points_centi": points}],
        });
        diary.note(at, "evaluation.conducted.v1", data);
    }
    for (quarter, day) in BOARD_DAYS {
        let at = office_ms(diary, day);
        let panel: Vec<Value> = Offices::of(year)
            .board
            .iter()
            .map(|post| {
                let points = diary.dice.between(conduct.board_centi.0, conduct.board_centi.1);
                json!({"post": post, "points_centi": points})
            })
            .collect();
        let data = json!({"period": format!("{year}-Q{quarter}"), "kind": "board", "panel": panel});
        let Some(id) = diary.fresh_id(at) else { continue };
        let data = signed(diary, id, data, evaluator);
        diary.put_as(at, id, &Note { event_type: "evaluation.conducted.v1", subject: None, data });
    }
}

fn office_ms(diary: &mut Diary, day: i64) -> i64 {
    let day = diary.year.working_day(day);
    diary.year.office_ms(day, &mut diary.dice)
}

/// The data with the board's signature; unchanged without a key.
fn signed(diary: &Diary, id: EventId, data: Value, evaluator: Option<&EvaluatorKey>) -> Value {
    let Some(key) = evaluator else { return data };
    let Ok(mut canon) = Canon::try_from(data.clone()) else { return data };
    sign_evaluation(key, Verdict::Evaluation, &diary.unit, &id, &mut canon);
    Value::from(canon)
}
