//! The calculation behind a criterion's points as a sentence, in Vietnamese and in English.

use crate::measure::{Measure, Scale};
use crate::ratio::Ratio;
use crate::rulebook::{Criterion, Missing, Prior};
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
        self.sentence(Language::Vietnamese)
    }

    /// The same in English.
    pub(super) fn en(self) -> String {
        self.sentence(Language::English)
    }

    fn sentence(self, language: Language) -> String {
        let (counted, shown) = (self.counted(language), self.shown);
        if shown == 0 {
            return counted;
        }
        let what = if self.criterion.measure.is_of_answers() {
            language.of("phiếu tại ki-ốt", "answers at the kiosk")
        } else {
            language.of("lần xét vụ việc do cơ quan tự ghi", "verdicts on cases that the office wrote down")
        };
        match language {
            Language::Vietnamese => format!("{counted}. {shown} {what} được công khai, không tính vào điểm"),
            Language::English => format!("{counted}. {shown} {what} are shown and not counted"),
        }
    }

    fn counted(self, language: Language) -> String {
        let Told { criterion, assessed, .. } = self;
        let (earned, most) = (points(assessed.points_centi, language), points(criterion.max_centi, language));
        let earned = match language {
            Language::Vietnamese => format!("{earned} trên {most} điểm"),
            Language::English => format!("{earned} of {most} points"),
        };
        let Some(rate_bp) = assessed.rate.and_then(Ratio::ten_thousandths) else {
            let why = if criterion.missing == Missing::Full {
                language.of("được đủ điểm", "all points")
            } else {
                language.of("không có điểm", "no points")
            };
            return format!("{}: {why}; {earned}", self.too_few(language));
        };
        let value = |ten_thousandths| value(criterion.measure, ten_thousandths, language);
        let observed = self.observed(&value(rate_bp), value, language);
        let (low, high) = (value(criterion.low.get()), value(criterion.high.get()));
        match language {
            Language::Vietnamese => format!("{observed}; từ {low} (0 điểm) đến {high} (đủ điểm): {earned}"),
            Language::English => format!("{observed}; from {low} (no points) to {high} (all points): {earned}"),
        }
    }

    fn too_few(self, language: Language) -> String {
        let (n, min_n) = (self.assessed.sample.n, self.criterion.min_n);
        match language {
            Language::Vietnamese => format!("{n} quan sát, ít hơn {min_n}"),
            Language::English => format!("{n} observations, fewer than {min_n}"),
        }
    }

    /// How the rate that is scored comes about from what was observed.
    fn observed(self, rate: &str, value: impl Fn(u32) -> String, language: Language) -> String {
        use Language::{English, Vietnamese};
        let Told { assessed, weighing, .. } = self;
        let n = assessed.sample.n;
        let mean = assessed.prior.map_or_else(String::new, |prior| value(prior.mean.get()));
        if assessed.unheard {
            return match language {
                Vietnamese => format!("im lặng bất thường: dùng mức chung {mean}"),
                English => format!("unusual silence: the prior {mean} stands in"),
            };
        }
        if assessed.few {
            let few = self.too_few(language);
            return match language {
                Vietnamese => format!("{few}: dùng mức chung {mean}"),
                English => format!("{few}: the prior {mean} stands in"),
            };
        }
        let Some(k) = assessed.sample.k else {
            return match language {
                Vietnamese => format!("{n} quan sát, giá trị {rate}"),
                English => format!("{n} observations, a value of {rate}"),
            };
        };
        match (weighing, language) {
            (Weighing::Whole(None), Vietnamese) => format!("{k} trên {n} quan sát, tỷ lệ {rate}"),
            (Weighing::Whole(None), English) => format!("{k} of {n} observations, a rate of {rate}"),
            (Weighing::Whole(Some(Prior { weight, .. })), Vietnamese) => {
                format!("{k} trên {n} quan sát; cộng mức chung {mean} với trọng số {weight}, tỷ lệ được chấm là {rate}")
            }
            (Weighing::Whole(Some(Prior { weight, .. })), English) => {
                format!("{k} of {n} observations; with the prior {mean} weighing {weight}, the rate scored is {rate}")
            }
            (Weighing::Shrunk(Prior { weight, .. }, _), Vietnamese) => format!(
                "{k} trên {n} quan sát; từng kênh tính theo tỷ trọng, cộng mức chung {mean} với trọng số {weight} chia theo tỷ trọng, \
                 tỷ lệ được chấm là {rate}"
            ),
            (Weighing::Shrunk(Prior { weight, .. }, _), English) => format!(
                "{k} of {n} observations; each channel by its share, with its part of the prior {mean} weighing {weight}, the rate \
                 scored is {rate}"
            ),
            (Weighing::Coverage(..), Vietnamese) => format!(
                "{k} trên {n} quan sát; mỗi kênh được tính đến phần của nó trong mức đủ điểm, tỷ lệ được chấm là {rate}"
            ),
            (Weighing::Coverage(..), English) => format!(
                "{k} of {n} observations; each channel up to its part of what earns all points, the rate scored is {rate}"
            ),
        }
    }
}

impl Language {
    fn of<'words>(self, vietnamese: &'words str, english: &'words str) -> &'words str {
        match self {
            Language::Vietnamese => vietnamese,
            Language::English => english,
        }
    }
}

/// Ten-thousandths of what the measure counts: a percentage, a number, days.
fn value(measure: Measure, ten_thousandths: u32, language: Language) -> String {
    match (measure.scale(), language) {
        (Scale::Share, _) => format!("{}\u{a0}%", hundredths(ten_thousandths, language)),
        (Scale::Count, _) => hundredths(ten_thousandths / 100, language),
        (Scale::Days, _) => {
            format!("{} {}", hundredths(ten_thousandths / 100, language), language.of("ngày", "days"))
        }
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
