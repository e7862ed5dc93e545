//! The calculation behind a criterion's points as a sentence, in Vietnamese and in English.

use crate::measure::{Measure, Scale};
use crate::ratio::Ratio;
use crate::rulebook::{Criterion, Missing};
use crate::score::Assessment;
use crate::strata::Weighing;

/// How numbers are written in a language.
#[derive(Clone, Copy)]
enum Language {
    Vietnamese,
    English,
}

/// What the sentence is about.
#[derive(Clone, Copy)]
pub(super) struct Told<'told> {
    pub(super) criterion: &'told Criterion,
    pub(super) assessed: &'told Assessment,
    pub(super) weighing: &'told Weighing<'told>,
    /// How many entries are shown and not counted.
    pub(super) shown: usize,
}

impl Told<'_> {
    /// For example "10 trên 12 quan sát; cộng mức chung 90 % với trọng số 30, tỷ lệ được chấm là 88,1 %; từ 70 % (0 điểm) đến
    /// 98 % (đủ điểm): 7,76 trên 12 điểm".
    pub(super) fn vi(self) -> String {
        let (said, shown) = (self.counted_vi(), self.shown);
        if shown == 0 {
            return said;
        }
        let what = if self.criterion.measure.is_of_answers() {
            "phiếu tại ki-ốt"
        } else {
            "lần xét vụ việc do cơ quan tự ghi"
        };
        format!("{said}. {shown} {what} được công khai, không tính vào điểm")
    }

    /// The same in English.
    pub(super) fn en(self) -> String {
        let (said, shown) = (self.counted_en(), self.shown);
        if shown == 0 {
            return said;
        }
        let of_answers = self.criterion.measure.is_of_answers();
        let what = if of_answers { "answers at the kiosk" } else { "verdicts on cases that the office wrote down" };
        format!("{said}. {shown} {what} are shown and not counted")
    }

    fn counted_vi(self) -> String {
        let Told { criterion, assessed, weighing, .. } = self;
        let language = Language::Vietnamese;
        let earned =
            format!("{} trên {} điểm", points(assessed.points_centi, language), points(criterion.max_centi, language));
        let (n, min_n) = (assessed.sample.n, criterion.min_n);
        let Some(rate_bp) = assessed.rate.and_then(Ratio::ten_thousandths) else {
            let why = if criterion.missing == Missing::Full { "được đủ điểm" } else { "không có điểm" };
            return format!("{n} quan sát, ít hơn {min_n}: {why}; {earned}");
        };
        let value = |ten_thousandths| value(criterion.measure, ten_thousandths, language);
        let mean = assessed.prior.map_or_else(String::new, |prior| value(prior.mean.get()));
        let observed = match (assessed.sample.k, weighing) {
            _ if assessed.unheard => format!("im lặng bất thường: dùng mức chung {mean}"),
            _ if assessed.few => format!("{n} quan sát, ít hơn {min_n}: dùng mức chung {mean}"),
            (Some(k), Weighing::Whole(Some(prior))) => format!(
                "{k} trên {n} quan sát; cộng mức chung {mean} với trọng số {}, tỷ lệ được chấm là {}",
                prior.weight,
                value(rate_bp)
            ),
            (Some(k), Weighing::Shrunk(prior, _)) => format!(
                "{k} trên {n} quan sát; từng kênh tính theo tỷ trọng, cộng mức chung {mean} với trọng số {} chia theo tỷ trọng, tỷ lệ \
                 được chấm là {}",
                prior.weight,
                value(rate_bp)
            ),
            (Some(k), Weighing::Coverage(..)) => format!(
                "{k} trên {n} quan sát; mỗi kênh được tính đến phần của nó trong mức đủ điểm, tỷ lệ được chấm là {}",
                value(rate_bp)
            ),
            (Some(k), Weighing::Whole(None)) => format!("{k} trên {n} quan sát, tỷ lệ {}", value(rate_bp)),
            (None, _) => format!("{n} quan sát, giá trị {}", value(rate_bp)),
        };
        let (low, high) = (value(criterion.low.get()), value(criterion.high.get()));
        format!("{observed}; từ {low} (0 điểm) đến {high} (đủ điểm): {earned}")
    }

    fn counted_en(self) -> String {
        let Told { criterion, assessed, weighing, .. } = self;
        let language = Language::English;
        let earned =
            format!("{} of {} points", points(assessed.points_centi, language), points(criterion.max_centi, language));
        let (n, min_n) = (assessed.sample.n, criterion.min_n);
        let Some(rate_bp) = assessed.rate.and_then(Ratio::ten_thousandths) else {
            let why = if criterion.missing == Missing::Full { "all points" } else { "no points" };
            return format!("{n} observations, fewer than {min_n}: {why}; {earned}");
        };
        let value = |ten_thousandths| value(criterion.measure, ten_thousandths, language);
        let mean = assessed.prior.map_or_else(String::new, |prior| value(prior.mean.get()));
        let observed = match (assessed.sample.k, weighing) {
            _ if assessed.unheard => format!("unusual silence: the prior {mean} stands in"),
            _ if assessed.few => format!("{n} observations, fewer than {min_n}: the prior {mean} stands in"),
            (Some(k), Weighing::Whole(Some(prior))) => format!(
                "{k} of {n} observations; with the prior {mean} weighing {}, the rate scored is {}",
                prior.weight,
                value(rate_bp)
            ),
            (Some(k), Weighing::Shrunk(prior, _)) => format!(
                "{k} of {n} observations; each channel by its share, with its part of the prior {mean} weighing {}, the rate scored \
                 is {}",
                prior.weight,
                value(rate_bp)
            ),
            (Some(k), Weighing::Coverage(..)) => format!(
                "{k} of {n} observations; each channel up to its part of what earns all points, the rate scored is {}",
                value(rate_bp)
            ),
            (Some(k), Weighing::Whole(None)) => format!("{k} of {n} observations, a rate of {}", value(rate_bp)),
            (None, _) => format!("{n} observations, a value of {}", value(rate_bp)),
        };
        let (low, high) = (value(criterion.low.get()), value(criterion.high.get()));
        format!("{observed}; from {low} (no points) to {high} (all points): {earned}")
    }
}

/// Ten-thousandths of what the measure counts: a percentage, a number, days.
fn value(measure: Measure, ten_thousandths: u32, language: Language) -> String {
    match (measure.scale(), language) {
        (Scale::Share, _) => format!("{}\u{a0}%", hundredths(ten_thousandths, language)),
        (Scale::Count, _) => hundredths(ten_thousandths / 100, language),
        (Scale::Days, Language::Vietnamese) => format!("{} ngày", hundredths(ten_thousandths / 100, language)),
        (Scale::Days, Language::English) => format!("{} days", hundredths(ten_thousandths / 100, language)),
    }
}

fn points(centi: u32, language: Language) -> String {
    hundredths(centi, language)
}

/// Hundredths as a decimal without needless zeros.
fn hundredths(number: u32, language: Language) -> String {
    let (whole, rest) = (number / 100, number % 100);
    let mark = if matches!(language, Language::Vietnamese) { ',' } else { '.' };
    match (rest, rest % 10) {
        (0, _) => whole.to_string(),
        (_, 0) => format!("{whole}{mark}{}", rest / 10),
        _ => format!("{whole}{mark}{rest:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_as_in_either_language() {
        assert_eq!(value(Measure::Satisfied, 8_810, Language::Vietnamese), "88,1\u{a0}%");
        assert_eq!(value(Measure::Satisfied, 8_000, Language::English), "80\u{a0}%");
        assert_eq!(value(Measure::Dialogues, 20_000, Language::Vietnamese), "2");
        assert_eq!(value(Measure::RecordingDelay, 35_000, Language::English), "3.5 days");
        assert_eq!(points(776, Language::Vietnamese), "7,76");
    }
}
