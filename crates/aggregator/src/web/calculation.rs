//! The calculation behind a criterion's points as Vietnamese readers write it: decimal comma, points instead of centi-points.
//! The API gives the same calculation in the one spelling of `schemas/ranking.md`.

use danvan_ranking::{ChannelExplanation, CriterionExplanation, Mark, Measure, Missing};
use danvan_ui::{count, points};

use super::criterion::{half, most};

/// One line for the rate, one for the points.
pub(crate) fn calculation(explained: &CriterionExplanation) -> Vec<String> {
    let earned = points(i64::from(explained.row.points_centi));
    let few = explained.row.n < explained.min_n;
    let silent = explained.row.marks.contains(&Mark::ImLangBatThuong);
    let Some((numerator, denominator)) = explained.rate.as_deref().and_then(fraction) else {
        let (n, least) = (count(explained.row.n), count(explained.min_n));
        let why = if explained.missing == Missing::Full { "được đủ điểm" } else { "không có điểm" };
        return vec![format!("Số quan sát {n}, ít hơn {least}: {why}, {earned} điểm")];
    };
    let rate =
        if denominator == 1 { grouped(numerator) } else { format!("{}/{}", grouped(numerator), grouped(denominator)) };
    let (low, high) = (decimal(explained.low_bp), decimal(explained.high_bp));
    let max = most(explained.row.max_centi);
    let beyond = match place(explained, numerator, denominator) {
        Place::Between => "",
        Place::Above => ", không quá điểm tối đa",
        Place::Below => ", không dưới 0 điểm",
    };
    let how = if silent { in_silence(explained) } else { rate_of(explained, few) };
    // 17 / 20 needs no "= 17/20" behind it.
    let equal = if how.replace(' ', "") == rate { String::new() } else { format!(" = {rate}") };
    vec![
        format!("Tỷ lệ: {how}{equal}"),
        format!("Điểm: {max} × ({rate} − {low}) / ({high} − {low}){beyond} = {earned}"),
    ]
}

/// Where a rate lies on the scale of its criterion.
enum Place {
    Below,
    Between,
    Above,
}

fn place(explained: &CriterionExplanation, numerator: i128, denominator: i128) -> Place {
    let against = |bp: u32| numerator.saturating_mul(10_000).cmp(&i128::from(bp).saturating_mul(denominator));
    let (low, high) = (against(explained.low_bp), against(explained.high_bp));
    let less_is_better = explained.low_bp > explained.high_bp;
    let (low, high) = if less_is_better { (low.reverse(), high.reverse()) } else { (low, high) };
    match (low.is_lt(), high.is_gt()) {
        (true, _) => Place::Below,
        (_, true) => Place::Above,
        _ => Place::Between,
    }
}

fn rate_of(explained: &CriterionExplanation, few: bool) -> String {
    let (k, n) = (half(explained.k_halves), half(explained.n_halves));
    match (explained.prior, explained.measure) {
        (Some(prior), _) if few => format!(
            "số quan sát {}, ít hơn {}: mức chung {}",
            count(explained.row.n),
            count(explained.min_n),
            decimal(prior.mean.get())
        ),
        _ if !explained.channels.is_empty() => by_channel(explained),
        (Some(prior), _) if prior.weight > 0 => {
            let (weight, mean) = (count(u64::from(prior.weight)), decimal(prior.mean.get()));
            format!("({k} + {weight} × {mean}) / ({n} + {weight})")
        }
        (_, Measure::BoardPoints) => "điểm trung bình của hội đồng đánh giá / 8".to_owned(),
        (_, Measure::AnswerAge) => "trung vị của thời gian trả lời / thời hạn".to_owned(),
        _ => format!("{k} / {n}"),
    }
}

/// What stands in for a unit of which nobody said anything.
fn in_silence(explained: &CriterionExplanation) -> String {
    let mean = explained.prior.map_or_else(String::new, |prior| decimal(prior.mean.get()));
    format!("im lặng bất thường: mức chung {mean}")
}

/// Each way of answering by its share: with its part of the prior, or at most its share of what earns all points.
fn by_channel(explained: &CriterionExplanation) -> String {
    let prior = explained.prior.filter(|prior| prior.weight > 0);
    let part = |channel: &ChannelExplanation| {
        let (k, n, share) = (half(channel.k_halves), half(channel.n_halves), decimal(channel.share_bp));
        let Some(prior) = prior else { return format!("min({k} / {n}; {share} × {})", decimal(explained.high_bp)) };
        let (weight, mean) = (decimal(prior.weight * channel.share_bp), decimal(prior.mean.get()));
        format!("{share} × ({k} + {weight} × {mean}) / ({n} + {weight})")
    };
    explained.channels.iter().map(part).collect::<Vec<_>>().join(" + ")
}

fn fraction(text: &str) -> Option<(i128, i128)> {
    let (numerator, denominator) = text.split_once('/')?;
    Some((numerator.parse().ok()?, denominator.parse().ok()?))
}

/// A whole number with dots between thousands; one that is too long for them as it is.
fn grouped(number: i128) -> String {
    u64::try_from(number).map_or_else(|_| number.to_string(), count)
}

/// Ten-thousandths as a decimal fraction with a comma, without needless zeros.
fn decimal(ten_thousandths: u32) -> String {
    let (whole, rest) = (ten_thousandths / 10_000, ten_thousandths % 10_000);
    if rest == 0 { whole.to_string() } else { format!("{whole},{rest:04}").trim_end_matches('0').to_owned() }
}

#[cfg(test)]
mod tests {
    use danvan_projection::{Period, ReadModel};
    use danvan_ranking::{Rulebook, explain};
    use serde_json::json;

    use super::*;
    use crate::trial::Trial;

    fn explained(model: &ReadModel, code: &str) -> CriterionExplanation {
        explained_by(model, &Rulebook::rb_cqtt_0(), code)
    }

    fn explained_by(model: &ReadModel, rulebook: &Rulebook, code: &str) -> CriterionExplanation {
        let period: Period = "2024".parse().expect("a period");
        let unit = "gso2024-15097".parse().expect("a unit");
        let all = explain(model, rulebook, &period, &unit).expect("a registered unit");
        let mut criteria = all.components.into_iter().flat_map(|component| component.criteria);
        criteria.find(|criterion| criterion.row.code == code).expect("a criterion")
    }

    #[test]
    fn a_rate_by_channels_is_written_channel_by_channel() {
        let trial = Trial::new();
        let mut node = trial.enrol(15097);
        node.answers(20);
        node.say("service.counted.v1", "unit/gso2024-15097", true, json!({ "period": "2024-03", "transactions": 400 }));
        trial.receive(vec![node.whole()]);
        let model = trial.mirror().reading.model();
        let lines = |code| calculation(&explained_by(&model, &Rulebook::rb_cqtt_1(), code));
        let asked = "Tỷ lệ: min(20 / 400; 0,3333 × 0,075) + min(0 / 400; 0,3333 × 0,075) + min(0 / 400; 0,1667 × 0,075) + min(0 / 400; 0,1667 × 0,075) = 9.999/400.000";
        assert_eq!(lines("D2")[0], asked);
        let satisfied = &lines("D1")[0];
        let first =
            "Tỷ lệ: 0,3333 × (20 + 19,998 × 0,9) / (20 + 19,998) + 0,3333 × (0 + 19,998 × 0,9) / (0 + 19,998) + ";
        assert!(satisfied.starts_with(first), "{satisfied}");
    }

    #[test]
    fn what_stands_in_for_a_silent_unit_is_written_as_such() {
        let trial = Trial::new();
        let mut node = trial.enrol(15097);
        node.say("service.counted.v1", "unit/gso2024-15097", true, json!({ "period": "2024-03", "transactions": 200 }));
        trial.receive(vec![node.whole()]);
        let model = trial.mirror().reading.model();
        let lines = calculation(&explained_by(&model, &Rulebook::rb_cqtt_1(), "C1"));
        assert_eq!(lines[0], "Tỷ lệ: im lặng bất thường: mức chung 0,9 = 9/10");
    }

    #[test]
    fn a_calculation_is_written_with_commas_and_whole_points() {
        let trial = Trial::new();
        let mut node = trial.enrol(15097);
        node.answers(20);
        trial.receive(vec![node.whole()]);
        let model = trial.mirror().reading.model();
        let lines = |code| calculation(&explained(&model, code));
        assert_eq!(
            lines("D1"),
            ["Tỷ lệ: (20 + 60 × 0,9) / (20 + 60) = 37/40", "Điểm: 20 × (37/40 − 0,8) / (0,98 − 0,8) = 13,89"]
        );
        assert_eq!(lines("A1"), ["Tỷ lệ: 0 / 4 = 0", "Điểm: 6 × (0 − 0) / (1 − 0) = 0,00"]);
        assert_eq!(lines("B3"), ["Số quan sát 0, ít hơn 1: được đủ điểm, 2,00 điểm"]);
        assert_eq!(
            lines("C3"),
            ["Tỷ lệ: số quan sát 0, ít hơn 10: mức chung 0,7 = 7/10", "Điểm: 5 × (7/10 − 1) / (0,4 − 1) = 2,50"]
        );
    }

    #[test]
    fn a_rate_beyond_the_scale_says_that_the_points_end_there() {
        let trial = Trial::new();
        drop(trial.enrol(15097));
        let model = trial.mirror().reading.model();
        let of = |rate: &str, code| {
            calculation(&CriterionExplanation { rate: Some(rate.to_owned()), ..explained(&model, code) }).remove(1)
        };
        assert!(of("99/100", "D1").contains("không quá điểm tối đa"));
        assert!(of("1/2", "D1").contains("không dưới 0 điểm"));
        assert!(of("1/5", "C3").contains("không quá điểm tối đa"), "less is better");
        assert!(of("6/5", "C3").contains("không dưới 0 điểm"), "less is better");
        assert!(of("2469/2500", "D1").contains("2.469/2.500"));
    }
}
