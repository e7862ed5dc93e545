//! The words of the dashboards.

use danvan_event::{Gazetteer, UnitId, UnitRegistered};
use danvan_projection::{FlagReason, Period};
use danvan_ranking::{Class, Mark, Measure};
use danvan_ui::Pair;

use super::view::ClassView;

/// A class as symbol, words and the code that the style sheet colours.
pub(crate) fn class(class: Class) -> ClassView {
    let symbol = match class {
        Class::XuatSac | Class::MotSao => "★",
        Class::Tot => "▲",
        Class::Kha => "●",
        Class::TrungBinh => "◆",
        Class::Yeu => "▼",
        Class::BonSao => "★★★★",
        Class::BaSao => "★★★",
        Class::HaiSao => "★★",
        Class::KhongXepLoai => "✕",
        Class::ChuaDuDuLieu => "○",
    };
    ClassView { code: class.code(), symbol, text: Pair::new(class.title_vi(), class.title_en()) }
}

/// A period in words: "năm 2024", "quý I năm 2024", "tháng 3 năm 2024".
pub(crate) fn period(period: &Period) -> Pair {
    let text = period.to_string();
    let Some((year, part)) = text.split_once('-') else {
        return Pair::new(format!("năm {text}"), format!("the year {text}"));
    };
    if let Some(quarter) = part.strip_prefix('Q') {
        return Pair::new(format!("quý {} năm {year}", roman(quarter)), format!("quarter {quarter} of {year}"));
    }
    let month = part.trim_start_matches('0');
    Pair::new(format!("tháng {month} năm {year}"), format!("month {month} of {year}"))
}

/// The year that a period lies in, and its four quarters: what the period selector offers.
pub(crate) fn selectable(period: &Period) -> Vec<(Period, Pair)> {
    let text = period.to_string();
    let year = text.split('-').next().unwrap_or_default();
    let quarters = (1..=4).map(|quarter| (format!("{year}-Q{quarter}"), quarter));
    let year_of = (year.to_owned(), Pair::new(format!("Năm {year}"), year));
    std::iter::once(year_of)
        .chain(quarters.map(|(code, quarter)| {
            let words = Pair::new(format!("Quý {}", roman(&quarter.to_string())), format!("Q{quarter}"));
            (code, words)
        }))
        .filter_map(|(code, words)| Some((code.parse().ok()?, words)))
        .collect()
}

fn roman(quarter: &str) -> &'static str {
    match quarter {
        "1" => "I",
        "2" => "II",
        "3" => "III",
        _ => "IV",
    }
}

/// Kind and name, such as "Xã Lộc Thịnh".
pub(crate) fn unit_name(unit: &UnitId, registered: Option<&UnitRegistered>) -> String {
    match (registered, Gazetteer::find(unit)) {
        (Some(fact), _) => format!("{} {}", fact.kind.label_vi(), fact.name),
        (None, Some(known)) => known.full_name_vi(),
        (None, None) => unit.to_string(),
    }
}

pub(crate) fn mark(mark: Mark) -> Pair {
    Pair::new(mark.title_vi(), mark.title_en())
}

pub(crate) fn flag(reason: FlagReason) -> Pair {
    Pair::new(reason.title_vi(), reason.title_en())
}

/// What the favourable and all observations of a measure are called.
pub(crate) fn counted(measure: Measure) -> (Pair, Pair) {
    let words = |a: (&str, &str), b: (&str, &str)| (Pair::new(a.0, a.1), Pair::new(b.0, b.1));
    match measure {
        Measure::RolloutDocuments => words(("Bước đã có minh chứng", "Documented"), ("Số bước", "Stages")),
        Measure::PledgeCoverage => words(("Đã ký cam kết", "Signed"), ("Cán bộ, công chức", "Officials")),
        Measure::OutreachQuarters => words(("Quý có tuyên truyền", "Quarters with outreach"), ("Số quý", "Quarters")),
        Measure::BoardPoints => words(
            ("Điểm của hội đồng đánh giá", "Board's points"),
            ("Lần hội đồng đánh giá chấm", "Evaluations by a board"),
        ),
        Measure::CommitmentsKept => {
            words(("Lượt đánh giá giữ cam kết", "Seen kept"), ("Lượt đánh giá cam kết", "Commitments rated"))
        }
        Measure::Apologies => words(("Thư xin lỗi", "Apologies"), ("Phản ánh quá hạn", "Overdue cases")),
        Measure::AnsweredOnTime => words(("Trả lời đúng hạn", "On time"), ("Phản ánh đến hạn xét", "Cases due")),
        Measure::ResolvedLasting => {
            words(("Xử lý dứt điểm", "Resolved for good"), ("Phản ánh đã kết thúc", "Closed cases"))
        }
        Measure::AnswerAge => words(("Trung vị", "Median"), ("Phản ánh đến hạn xét", "Cases due")),
        Measure::ResultsPublished => words(("Đã công khai", "Published"), ("Đã trả lời", "Answered")),
        Measure::Satisfied => words(("Hài lòng (mức 4–5)", "Satisfied (4 or 5)"), ("Số ý kiến", "Answers")),
        Measure::ResponseCoverage => words(("Số ý kiến", "Answers"), ("Lượt giao dịch", "Transactions")),
        _ => counted_deeds(measure),
    }
}

/// The words of measures that count deeds and entries.
fn counted_deeds(measure: Measure) -> (Pair, Pair) {
    let words = |a: (&str, &str), b: (&str, &str)| (Pair::new(a.0, a.1), Pair::new(b.0, b.1));
    match measure {
        Measure::Dialogues => words(("Hội nghị đối thoại", "Dialogues"), ("Hội nghị đối thoại", "Dialogues")),
        Measure::Facilities => {
            words(("Hạng mục cơ sở vật chất", "Facilities"), ("Hạng mục cơ sở vật chất", "Facilities"))
        }
        Measure::PracticesReplicated => words(
            ("Cách làm hay được nhân rộng", "Taken over"),
            ("Cách làm hay được nhân rộng", "Practices taken over"),
        ),
        Measure::Recognitions => words(("Được công nhận", "Recognised"), ("Quyết định công nhận", "Recognitions")),
        Measure::BoardItem => {
            words(("Điểm của hội đồng đánh giá", "Board's points"), ("Lần chấm mục này", "Times judged"))
        }
        Measure::RecordingDelay => words(("Trung vị", "Median"), ("Bản ghi trong kỳ", "Entries of the period")),
        Measure::UnflaggedEntries => words(("Không bị gắn cờ", "Not flagged"), ("Bản ghi", "Entries")),
        _ => words(("Thuận", "In favour"), ("Tổng số", "All")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_read_as_people_say_them() {
        let vi = |text: &str| period(&text.parse().expect("a period")).vi;
        assert_eq!(vi("2024"), "năm 2024");
        assert_eq!(vi("2024-Q3"), "quý III năm 2024");
        assert_eq!(vi("2024-03"), "tháng 3 năm 2024");
    }

    #[test]
    fn a_month_offers_its_year_and_quarters() {
        let offered = selectable(&"2024-03".parse().expect("a period"));
        let codes: Vec<String> = offered.iter().map(|(period, _)| period.to_string()).collect();
        assert_eq!(codes, ["2024", "2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4"]);
    }
}
