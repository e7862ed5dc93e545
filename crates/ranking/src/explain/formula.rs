//! The calculation behind a criterion's points in symbols and numbers.

use crate::engine::Engine;
use crate::ratio::Ratio;
use crate::rulebook::{Criterion, Goalpost, Prior, Rulebook};
use crate::score::{Assessment, UnitScore};
use crate::strata::{Part, Weighing};

/// For example
/// `(54 + 60 × 0.9000) / (60 + 60) = 9/10; 2000 × (9/10 − 0.8000) / (0.9800 − 0.8000) = 1111`.
pub(super) fn of_criterion(criterion: &Criterion, assessed: &Assessment, weighing: &Weighing<'_>) -> String {
    let Some(rate) = assessed.rate else {
        return format!("n = {} < {} = {}", assessed.sample.n, criterion.min_n, assessed.points_centi);
    };
    let (low, high) = (decimal(criterion.low.get()), decimal(criterion.high.get()));
    format!(
        "{} = {}; {} × ({} − {low}) / ({high} − {low}) = {}",
        rate_formula(criterion, assessed, weighing),
        fraction(rate),
        criterion.max_centi,
        fraction(rate),
        assessed.points_centi,
    )
}

/// For example `8740 × 10000 / 8500 + 250 = 10532`, with the cap behind it where one binds.
pub(super) fn of_score(rulebook: &Rulebook, score: &UnitScore) -> Option<String> {
    if rulebook.engine() == Engine::First {
        return None;
    }
    let bonus = rulebook.bonus().map(|_| format!(" + {}", score.bonus_centi)).unwrap_or_default();
    let uncapped = rulebook.scale(score.sum_centi) + score.bonus_centi;
    let capped = score.cap.map(|_| format!("; min({uncapped}, {highest})", highest = score.score_centi));
    Some(format!(
        "{} × {} / {}{bonus} = {uncapped}{} → {}",
        score.sum_centi,
        rulebook.scaled_centi(),
        rulebook.sum_centi(),
        capped.unwrap_or_default(),
        score.score_centi,
    ))
}

fn rate_formula(criterion: &Criterion, assessed: &Assessment, weighing: &Weighing<'_>) -> String {
    let sample = &assessed.sample;
    match assessed.prior {
        Some(prior) if assessed.unheard => format!("n = {}: {}", sample.n, decimal(prior.mean.get())),
        Some(prior) if assessed.few => format!("n = {} < {}: {}", sample.n, criterion.min_n, decimal(prior.mean.get())),
        _ => match weighing {
            Weighing::Shrunk(prior, _) => sum(weighing, |part| shrunk_part(*prior, part)),
            Weighing::Coverage(high, _) => sum(weighing, |part| coverage_part(*high, part)),
            Weighing::Whole(Some(prior)) => format!(
                "({k} + {m} × {mean}) / ({n} + {m})",
                k = half(sample.k_halves),
                n = half(sample.n_halves),
                m = prior.weight,
                mean = decimal(prior.mean.get()),
            ),
            Weighing::Whole(None) if sample.k.is_some() => {
                format!("{} / {}", half(sample.k_halves), half(sample.n_halves))
            }
            Weighing::Whole(None) => criterion.measure.code().to_owned(),
        },
    }
}

fn sum(weighing: &Weighing<'_>, spelled: impl Fn(&Part) -> String) -> String {
    weighing.parts().iter().map(spelled).collect::<Vec<_>>().join(" + ")
}

/// For example `0.3000 × (54 + 18 × 0.9000) / (60 + 18)`.
fn shrunk_part(prior: Prior, part: &Part) -> String {
    let weight = Ratio::new(i128::from(prior.weight) * i128::from(part.share.get()), 10_000);
    format!(
        "{share} × ({k} + {m} × {mean}) / ({n} + {m})",
        share = decimal(part.share.get()),
        k = half(part.stratum.k_halves),
        n = half(part.stratum.n_halves),
        m = ratio_decimal(weight),
        mean = decimal(prior.mean.get()),
    )
}

/// For example `min(12 / 400, 0.3000 × 0.0750)`.
fn coverage_part(high: Goalpost, part: &Part) -> String {
    format!(
        "min({k} / {n}, {share} × {high})",
        k = half(part.stratum.k_halves),
        n = half(part.stratum.n_halves),
        share = decimal(part.share.get()),
        high = decimal(high.get()),
    )
}

/// `numerator/denominator` in lowest terms.
pub(super) fn fraction(rate: Ratio) -> String {
    let (numerator, denominator) = rate.lowest();
    format!("{numerator}/{denominator}")
}

/// Ten-thousandths as a decimal fraction.
fn decimal(ten_thousandths: u32) -> String {
    format!("{}.{:04}", ten_thousandths / 10_000, ten_thousandths % 10_000)
}

/// The nearest decimal with four places.
fn ratio_decimal(ratio: Ratio) -> String {
    decimal(ratio.ten_thousandths().unwrap_or(u32::MAX))
}

/// A number of halves as a decimal.
fn half(halves: u64) -> String {
    if halves.is_multiple_of(2) { (halves / 2).to_string() } else { format!("{}.5", halves / 2) }
}
