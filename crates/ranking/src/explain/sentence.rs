//! The calculation behind a criterion's points as a sentence, in Vietnamese and in English.

use crate::measure::{Measure, Scale};
use crate::ratio::Ratio;
use crate::rulebook::{Criterion, Missing, Prior};
use crate::score::Assessment;
use crate::strata::Weighing;
use Language::{English, Vietnamese};

/// The language in which something is told.
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
        self.sentence(Vietnamese)
    }

    /// The same in English.
    pub(super) fn en(self) -> String {
        self.sentence(English)
    }

    fn sentence(self, language: Language) -> String {
        let (counted, shown) = (self.counted(language), self.shown);
        if shown == 0 {
            return counted;
        }
        let what = if self.criterion.measure.is_of_answers() {
            language.choose("phiếu tại ki-ốt", "answers at the kiosk")
        } else {
            language.choose("lần xét vụ việc do cơ quan tự ghi", "verdicts on cases that the office wrote down")
        };
        match language {
            Vietnamese => format!("{counted}. {shown} {what} được công khai, không tính vào điểm"),
            English => format!("{counted}. {shown} {what} are shown and not counted"),
        }
    }

    fn counted(self, language: Language) -> String {
        let Told { criterion, assessed, .. } = self;
        let (earned, most) = (points(assessed.points_centi, language), points(criterion.max_centi, language));
        let earned = match language {
            Vietnamese => format!("{earned} trên {most} điểm"),
            English => format!("{earned} of {most} points"),
        };
        let Some(rate_bp) = assessed.rate.and_then(Ratio::ten_thousandths) else {
            let why = if criterion.missing == Missing::Full {
                language.choose("được đủ điểm", "all points")
            } else {
                language.choose("không có điểm", "no points")
            };
            return format!("{}: {why}; {earned}", self.too_few(language));
        };
        let value = |ten_thousandths| value(criterion.measure, ten_thousandths, language);
        let mean = assessed.prior.map_or_else(String::new, |prior| value(prior.mean.get()));
        let observed = self.observed(&value(rate_bp), &mean, language);
        let (low, high) = (value(criterion.low.get()), value(criterion.high.get()));
        match language {
            Vietnamese => format!("{observed}; từ {low} (0 điểm) đến {high} (đủ điểm): {earned}"),
            English => format!("{observed}; from {low} (no points) to {high} (all points): {earned}"),
        }
    }

    fn too_few(self, language: Language) -> String {
        let (n, min_n) = (self.assessed.sample.n, self.criterion.min_n);
        match language {
            Vietnamese => format!("{n} quan sát, ít hơn {min_n}"),
            English => format!("{n} observations, fewer than {min_n}"),
        }
    }

    /// How the rate that is scored comes about from what was observed and the prior's mean.
    fn observed(self, rate: &str, mean: &str, language: Language) -> String {
        let Told { assessed, weighing, .. } = self;
        let n = assessed.sample.n;
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
    fn choose(self, vietnamese: &'static str, english: &'static str) -> &'static str {
        match self {
            Vietnamese => vietnamese,
            English => english,
        }
    }
}

/// Ten-thousandths of what the measure counts: a percentage, a number, days.
fn value(measure: Measure, ten_thousandths: u32, language: Language) -> String {
    match (measure.scale(), language) {
        (Scale::Share, _) => format!("{}\u{a0}%", hundredths(ten_thousandths, language)),
        (Scale::Count, _) => hundredths(ten_thousandths / 100, language),
        (Scale::Days, _) => {
            format!("{} {}", hundredths(ten_thousandths / 100, language), language.choose("ngày", "days"))
        }
    }
}

fn points(centi: u32, language: Language) -> String {
    hundredths(centi, language)
}

/// Hundredths as a decimal without needless zeros.
fn hundredths(number: u32, language: Language) -> String {
    let (whole, rest) = (number / 100, number % 100);
    let mark = language.choose(",", ".");
    match (rest, rest % 10) {
        (0, _) => whole.to_string(),
        (_, 0) => format!("{whole}{mark}{}", rest / 10),
        _ => format!("{whole}{mark}{rest:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rulebook::{BasisPoints, ChannelShares, Goalpost, Rulebook};
    use crate::sample::{Sample, Stratum};
    use crate::strata::ByChannel;
    use danvan_event::SurveyChannel;

    const PRIOR: Prior = Prior { mean: BasisPoints::ONE, weight: 18 };

    #[test]
    fn values_read_as_in_either_language() {
        assert_eq!(value(Measure::Satisfied, 8_810, Vietnamese), "88,1\u{a0}%");
        assert_eq!(value(Measure::Satisfied, 8_000, English), "80\u{a0}%");
        assert_eq!(value(Measure::Dialogues, 20_000, Vietnamese), "2");
        assert_eq!(value(Measure::RecordingDelay, 35_000, English), "3.5 days");
        assert_eq!(points(776, Vietnamese), "7,76");
    }

    /// 6 of 8 observed, 0.89 scored, a prior of 1.
    fn assessed() -> Assessment {
        Assessment {
            sample: Sample::share(6, 8),
            prior: Some(PRIOR),
            rate: Some(Ratio::new(89, 100)),
            few: false,
            unheard: false,
            points_centi: 1_000,
            variance: 0,
        }
    }

    /// What is told of D1 of the second procedure, which needs 10 answers and gives 20 points for 98 %.
    fn told(assessed: &Assessment, weighing: &Weighing<'_>, shown: usize, missing: Missing) -> [String; 2] {
        let rulebook = Rulebook::rb_cqtt_1();
        let criterion = Criterion { missing, ..rulebook.criterion("D1").expect("there is D1").clone() };
        let told = Told { criterion: &criterion, assessed, weighing, shown };
        [told.vi(), told.en()].map(|words| words.replace('\u{a0}', " "))
    }

    fn assert_told(assessed: &Assessment, weighing: &Weighing<'_>, vi: &str, en: &str) {
        let [told_vi, told_en] = told(assessed, weighing, 0, Missing::Prior);
        assert_eq!(told_vi, format!("{vi}; từ 80 % (0 điểm) đến 98 % (đủ điểm): 10 trên 20 điểm"));
        assert_eq!(told_en, format!("{en}; from 80 % (no points) to 98 % (all points): 10 of 20 points"));
    }

    #[test]
    fn every_way_to_a_rate_is_told_in_both_languages() {
        let shares = ChannelShares::new(SurveyChannel::ALL.map(|_| BasisPoints::ONE));
        let strata = SurveyChannel::ALL.map(|channel| Stratum { channel, k_halves: 0, n_halves: 0 });
        let by_channel = ByChannel { strata, shares: &shares };
        let assessed = assessed();
        assert_told(
            &assessed,
            &Weighing::Whole(None),
            "6 trên 8 quan sát, tỷ lệ 89 %",
            "6 of 8 observations, a rate of 89 %",
        );
        assert_told(
            &assessed,
            &Weighing::Whole(Some(PRIOR)),
            "6 trên 8 quan sát; cộng mức chung 100 % với trọng số 18, tỷ lệ được chấm là 89 %",
            "6 of 8 observations; with the prior 100 % weighing 18, the rate scored is 89 %",
        );
        assert_told(
            &assessed,
            &Weighing::Shrunk(PRIOR, by_channel),
            "6 trên 8 quan sát; từng kênh tính theo tỷ trọng, cộng mức chung 100 % với trọng số 18 chia theo tỷ trọng, tỷ lệ được \
             chấm là 89 %",
            "6 of 8 observations; each channel by its share, with its part of the prior 100 % weighing 18, the rate scored is 89 %",
        );
        assert_told(
            &assessed,
            &Weighing::Coverage(Goalpost::new(750).expect("a goalpost"), by_channel),
            "6 trên 8 quan sát; mỗi kênh được tính đến phần của nó trong mức đủ điểm, tỷ lệ được chấm là 89 %",
            "6 of 8 observations; each channel up to its part of what earns all points, the rate scored is 89 %",
        );
        assert_told(
            &Assessment { sample: Sample::value(Ratio::new(89, 100), 8), ..assessed },
            &Weighing::Whole(None),
            "8 quan sát, giá trị 89 %",
            "8 observations, a value of 89 %",
        );
    }

    #[test]
    fn a_prior_that_stands_in_is_told_and_silence_before_few_observations() {
        let few = Assessment { few: true, ..assessed() };
        assert_told(
            &few,
            &Weighing::Whole(Some(PRIOR)),
            "8 quan sát, ít hơn 10: dùng mức chung 100 %",
            "8 observations, fewer than 10: the prior 100 % stands in",
        );
        assert_told(
            &Assessment { unheard: true, ..few },
            &Weighing::Whole(Some(PRIOR)),
            "im lặng bất thường: dùng mức chung 100 %",
            "unusual silence: the prior 100 % stands in",
        );
    }

    #[test]
    fn what_is_missing_and_what_is_only_shown_is_told() {
        let missing = Assessment { rate: None, few: true, ..assessed() };
        assert_eq!(
            told(&missing, &Weighing::Whole(None), 0, Missing::Full),
            [
                "8 quan sát, ít hơn 10: được đủ điểm; 10 trên 20 điểm",
                "8 observations, fewer than 10: all points; 10 of 20 points"
            ]
        );
        assert_eq!(
            told(&missing, &Weighing::Whole(None), 2, Missing::Zero),
            [
                "8 quan sát, ít hơn 10: không có điểm; 10 trên 20 điểm. 2 phiếu tại ki-ốt được công khai, không tính vào điểm",
                "8 observations, fewer than 10: no points; 10 of 20 points. 2 answers at the kiosk are shown and not counted"
            ]
        );
    }
}
