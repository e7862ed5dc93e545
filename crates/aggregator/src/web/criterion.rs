//! How a criterion's points came about, in terms that a reader can follow.

use danvan_projection::Evidence;
use danvan_ranking::{ComponentExplanation, CriterionExplanation, Mark, Measure};
use danvan_ui::{count, points};

use super::calculation::calculation;
use super::view::{CriterionView, GroupView, Term};
use super::words;

/// How many pieces of evidence are linked; all of them are in the API.
const EVIDENCE_SHOWN: usize = 24;

pub(crate) fn group(component: &ComponentExplanation) -> GroupView {
    GroupView {
        code: component.code.clone(),
        text: danvan_ui::Pair::new(&*component.title_vi, &*component.title_en),
        points: points(i64::from(component.points_centi)),
        max: most(component.max_centi),
        criteria: component.criteria.iter().map(criterion).collect(),
    }
}

fn criterion(explained: &CriterionExplanation) -> CriterionView {
    let (evidence, evidence_more) = linked(explained.favourable.iter().chain(&explained.unfavourable));
    let (shown, shown_more) = linked(&explained.shown);
    CriterionView {
        code: explained.row.code.clone(),
        text: danvan_ui::Pair::new(&*explained.title_vi, &*explained.title_en),
        points: points(i64::from(explained.row.points_centi)),
        max: most(explained.row.max_centi),
        terms: terms(explained),
        calculation: calculation(explained),
        marks: explained.row.marks.iter().copied().map(words::mark).collect(),
        evidence,
        evidence_more,
        shown,
        shown_more,
    }
}

/// The first places in ascending order, each once, and how many more there are.
fn linked<'explained>(entries: impl IntoIterator<Item = &'explained Evidence>) -> (Vec<u64>, u64) {
    let mut places: Vec<u64> = entries.into_iter().map(|evidence| evidence.index()).collect();
    places.sort_unstable();
    places.dedup();
    let more = places.len().saturating_sub(EVIDENCE_SHOWN) as u64;
    places.truncate(EVIDENCE_SHOWN);
    (places, more)
}

fn terms(explained: &CriterionExplanation) -> Vec<Term> {
    let row = &explained.row;
    let (favourable, all) = words::counted(explained.measure);
    let mut terms = Vec::new();
    match row.k {
        Some(k) => terms.push(Term {
            label: danvan_ui::Pair::new(
                format!("{} / {}", favourable.vi, lower(&all.vi)),
                format!("{} / {}", favourable.en, lower(&all.en)),
            ),
            value: format!("{} / {}", count(k), count(row.n)),
        }),
        None => terms.push(Term { label: all, value: count(row.n) }),
    }
    if explained.n_halves != 2 * row.n || row.k.is_some_and(|k| explained.k_halves != 2 * k) {
        let weighed = format!("{} / {}", half(explained.k_halves), half(explained.n_halves));
        terms.push(Term::new("Sau khi tính ½ cho phiếu có cán bộ hỗ trợ", "Assisted answers weigh ½", weighed));
    }
    if !explained.shown.is_empty() {
        let shown = count(explained.shown.len() as u64);
        terms.push(if explained.measure.is_of_answers() {
            Term::new("Phiếu tại ki-ốt: công khai, không tính vào điểm", "At the kiosk: shown, not counted", shown)
        } else {
            Term::new(
                "Do cơ quan tự ghi: công khai, không tính vào điểm",
                "Written down by the office: shown, not counted",
                shown,
            )
        });
    }
    let few = row.marks.contains(&Mark::ItDuLieu) || row.marks.contains(&Mark::ChuaThamDinh);
    if let Some(prior) = explained.prior.filter(|prior| few || prior.weight > 0) {
        let mean = share(prior.mean.get());
        if few {
            terms.push(Term::new("Mức chung dùng thay", "Prior in place of data", mean));
        } else {
            let value = format!("{} lượt ở mức {mean}", prior.weight);
            terms.push(Term::new("Cộng thêm mức chung, để mẫu nhỏ không thắng nhờ may rủi", "Prior added", value));
        }
    }
    if let Some(rate) = row.rate_bp {
        terms.push(Term::new("Tỷ lệ được chấm", "Rate scored", share(rate)));
        let posts = format!("{} → {}", share(explained.low_bp), share(explained.high_bp));
        terms.push(Term::new("Thang điểm: 0 điểm → đủ điểm", "No points → all points", posts));
    } else if explained.measure == Measure::Apologies && row.n == 0 {
        terms.push(Term::new("Không có phản ánh quá hạn", "Nothing overdue", "đủ điểm"));
    }
    terms
}

/// The most points that can be had, without needless decimals.
pub(crate) fn most(centi: u32) -> String {
    if centi.is_multiple_of(100) { (centi / 100).to_string() } else { points(i64::from(centi)) }
}

fn lower(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// Ten-thousandths as a percentage with two decimals at most.
fn share(ten_thousandths: u32) -> String {
    let (whole, rest) = (ten_thousandths / 100, ten_thousandths % 100);
    match (rest, rest % 10) {
        (0, _) => format!("{whole}\u{a0}%"),
        (_, 0) => format!("{whole},{}\u{a0}%", rest / 10),
        _ => format!("{whole},{rest:02}\u{a0}%"),
    }
}

/// A number of halves with a decimal comma.
pub(crate) fn half(halves: u64) -> String {
    if halves.is_multiple_of(2) { count(halves / 2) } else { format!("{},5", count(halves / 2)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_halves_read_as_in_vietnamese() {
        assert_eq!(share(9_235), "92,35\u{a0}%");
        assert_eq!(share(8_000), "80\u{a0}%");
        assert_eq!(share(9_250), "92,5\u{a0}%");
        assert_eq!(half(7), "3,5");
        assert_eq!(half(2_468), "1.234");
    }
}
