//! What can be wrong with a rulebook, in Vietnamese and in English.

/// What is wrong with a rulebook file, and where. The file is refused whole, with all of these at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {key}: {} / {}", .fault.vi(), .fault.en())]
pub struct RulebookError {
    /// 1-based line of the file.
    pub line: usize,
    /// The dotted key, with places in lists counted from 1; `rulebook` for the file itself.
    pub key: String,
    /// What is wrong.
    pub fault: RulebookFault,
}

/// One thing that is wrong. Points are centi-points, shares ten-thousandths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RulebookFault {
    /// The file is larger than this many bytes.
    TooLarge(usize),
    /// The file is no UTF-8 text.
    NotUtf8,
    /// The file is no TOML; what the parser says.
    Syntax(String),
    /// A required key is not there.
    Missing,
    /// A key that no rulebook of this procedure has.
    UnknownKey,
    /// Not a text, or an empty one.
    NotText,
    /// Not a list of texts.
    NotTexts,
    /// Not a table.
    NotTable,
    /// Not a list of tables.
    NotTables,
    /// Not an integer in this range.
    NotInteger(u32, u32),
    /// Not a number from 0 to this one with at most four decimals.
    NotDecimal(u32),
    /// None of these words.
    NotOneOf(Vec<&'static str>),
    /// The code or name stands there before.
    UsedTwice(String),
    /// No criterion has this code.
    NoCriterion(String),
    /// No component has this code.
    NoComponent(String),
    /// The sum that is stated, and that of the criteria.
    WeightsDoNotSum(u32, u64),
    /// Both goalposts are the same.
    GoalpostsEqual,
    /// The goalposts stand the wrong way round; whether less is better.
    GoalpostsReversed(bool),
    /// Missing data need a prior.
    PriorNeeded,
    /// A prior can weigh nothing in a measure to which none can be added.
    PriorWeighs,
    /// Classes do not run from the best one down to one that begins at 0.
    ClassesNotFalling,
    /// The shares of the channels give this sum instead of 10,000.
    SharesDoNotSum(u32),
    /// The kiosk has a share, and its answers do not count.
    ShareWithoutAnswers,
    /// A channel whose answers count has no share.
    AnswersWithoutShare,
    /// More than this many centi-points of bonus.
    BonusTooHigh(u32),
    /// The bonus criteria give this many centi-points, fewer than the bonus.
    BonusOutOfReach(u64),
    /// The class of a cap is none that the rulebook gives.
    CapWithoutClass,
    /// The measure needs a later procedure.
    MeasureTooNew(&'static str),
    /// Not `<type>#/<field>`.
    NoReference(String),
    /// No such event type.
    UnknownType(String),
    /// The event type has no such field.
    UnknownField(String),
    /// The field is personal: it can be erased, and no point may rest on it.
    PersonalField(String),
    /// The measure does not read this.
    NotRead(String),
    /// The measure reads this too.
    ReadToo(&'static str),
}

impl RulebookFault {
    /// The fault in Vietnamese.
    #[must_use]
    pub fn vi(&self) -> String {
        match self {
            RulebookFault::TooLarge(bytes) => format!("không được lớn hơn {bytes} byte"),
            RulebookFault::NotUtf8 => "phải là văn bản UTF-8".to_owned(),
            RulebookFault::Syntax(said) => format!("không đúng cú pháp TOML: {said}"),
            RulebookFault::Missing => "còn thiếu".to_owned(),
            RulebookFault::UnknownKey => "không phải là mục của bộ tiêu chí này".to_owned(),
            RulebookFault::NotText => "phải là chữ và không được để trống".to_owned(),
            RulebookFault::NotTexts => "phải là danh sách các chữ".to_owned(),
            RulebookFault::NotTable => "phải là một bảng".to_owned(),
            RulebookFault::NotTables => "phải là danh sách các bảng".to_owned(),
            RulebookFault::NotInteger(from, to) => format!("phải là số nguyên từ {from} đến {to}"),
            RulebookFault::NotDecimal(to) => format!("phải là số từ 0 đến {to}, nhiều nhất bốn chữ số thập phân"),
            RulebookFault::NotOneOf(words) => format!("phải là một trong: {}", words.join(", ")),
            RulebookFault::UsedTwice(code) => format!("{code} đã được dùng"),
            RulebookFault::NoCriterion(code) => format!("{code} không phải là tiêu chí của bộ này"),
            RulebookFault::NoComponent(code) => format!("{code} không phải là nhóm tiêu chí của bộ này"),
            RulebookFault::WeightsDoNotSum(stated, sum) => {
                format!("ghi {stated}, nhưng tổng điểm các tiêu chí là {sum}")
            }
            RulebookFault::GoalpostsEqual => "phải khác low".to_owned(),
            RulebookFault::GoalpostsReversed(true) => "phải nhỏ hơn low: chỉ số này càng nhỏ càng tốt".to_owned(),
            RulebookFault::GoalpostsReversed(false) => "phải lớn hơn low: chỉ số này càng lớn càng tốt".to_owned(),
            _ => self.vi_of_coherence(),
        }
    }

    fn vi_of_coherence(&self) -> String {
        match self {
            RulebookFault::PriorNeeded => "còn thiếu mức chung mà missing = \"prior\" cần đến".to_owned(),
            RulebookFault::PriorWeighs => "phải là 0 vì chỉ số này không cộng thêm mức chung".to_owned(),
            RulebookFault::ClassesNotFalling => {
                "các mức xếp loại phải đi từ cao xuống thấp và mức cuối bắt đầu từ 0".to_owned()
            }
            RulebookFault::SharesDoNotSum(sum) => {
                format!("tổng tỷ trọng các kênh phải là 1, đang là {}", decimal(*sum))
            }
            RulebookFault::ShareWithoutAnswers => {
                "phải là 0 vì phiếu tại ki-ốt không được tính (kiosk_answers)".to_owned()
            }
            RulebookFault::AnswersWithoutShare => "phải lớn hơn 0 vì phiếu qua kênh này được tính".to_owned(),
            RulebookFault::BonusTooHigh(most) => format!("điểm thưởng không được quá {most}"),
            RulebookFault::BonusOutOfReach(sum) => format!("các tiêu chí thưởng chỉ cho {sum}"),
            RulebookFault::CapWithoutClass => "phải là mức xếp loại của bộ này hoặc khong_xep_loai".to_owned(),
            RulebookFault::MeasureTooNew(engine) => format!("chỉ số này cần engine = \"{engine}\""),
            RulebookFault::NoReference(text) => format!("{text} phải có dạng <loại sự kiện>#/<trường>"),
            RulebookFault::UnknownType(name) => format!("không có loại sự kiện {name}"),
            RulebookFault::UnknownField(text) => format!("không có trường {text}"),
            RulebookFault::PersonalField(text) => {
                format!("{text} là dữ liệu cá nhân, có thể bị xoá: không được dùng để tính điểm")
            }
            RulebookFault::NotRead(text) => format!("chỉ số này không dùng {text}"),
            RulebookFault::ReadToo(text) => format!("còn thiếu {text}, chỉ số này có dùng"),
            _ => String::new(),
        }
    }

    /// The fault in English.
    #[must_use]
    pub fn en(&self) -> String {
        match self {
            RulebookFault::TooLarge(bytes) => format!("must not be larger than {bytes} bytes"),
            RulebookFault::NotUtf8 => "must be UTF-8 text".to_owned(),
            RulebookFault::Syntax(said) => format!("is no TOML: {said}"),
            RulebookFault::Missing => "is missing".to_owned(),
            RulebookFault::UnknownKey => "is not a key of a rulebook of this procedure".to_owned(),
            RulebookFault::NotText => "must be a text that is not empty".to_owned(),
            RulebookFault::NotTexts => "must be a list of texts".to_owned(),
            RulebookFault::NotTable => "must be a table".to_owned(),
            RulebookFault::NotTables => "must be a list of tables".to_owned(),
            RulebookFault::NotInteger(from, to) => format!("must be an integer from {from} to {to}"),
            RulebookFault::NotDecimal(to) => format!("must be a number from 0 to {to} with at most four decimals"),
            RulebookFault::NotOneOf(words) => format!("must be one of {}", words.join(", ")),
            RulebookFault::UsedTwice(code) => format!("{code} is used twice"),
            RulebookFault::NoCriterion(code) => format!("{code} is no criterion of this rulebook"),
            RulebookFault::NoComponent(code) => format!("{code} is no component of this rulebook"),
            RulebookFault::WeightsDoNotSum(stated, sum) => format!("is {stated}, but the criteria give {sum}"),
            RulebookFault::GoalpostsEqual => "must differ from low".to_owned(),
            RulebookFault::GoalpostsReversed(true) => "must lie below low for this measure".to_owned(),
            RulebookFault::GoalpostsReversed(false) => "must lie above low for this measure".to_owned(),
            _ => self.en_of_coherence(),
        }
    }

    fn en_of_coherence(&self) -> String {
        match self {
            RulebookFault::PriorNeeded => "is missing, and missing = \"prior\" needs it".to_owned(),
            RulebookFault::PriorWeighs => "must be 0: no prior is added to this measure".to_owned(),
            RulebookFault::ClassesNotFalling => {
                "classes must run from the best one down to one that begins at 0".to_owned()
            }
            RulebookFault::SharesDoNotSum(sum) => format!("the shares must sum to 1, not to {}", decimal(*sum)),
            RulebookFault::ShareWithoutAnswers => {
                "must be 0: answers at the kiosk do not count (kiosk_answers)".to_owned()
            }
            RulebookFault::AnswersWithoutShare => "must be above 0: answers through this channel count".to_owned(),
            RulebookFault::BonusTooHigh(most) => format!("must not be more than {most}"),
            RulebookFault::BonusOutOfReach(sum) => format!("is more than the {sum} that the bonus criteria give"),
            RulebookFault::CapWithoutClass => "must be a class of this rulebook or khong_xep_loai".to_owned(),
            RulebookFault::MeasureTooNew(engine) => format!("this measure needs engine = \"{engine}\""),
            RulebookFault::NoReference(text) => format!("{text} must be <event type>#/<field>"),
            RulebookFault::UnknownType(name) => format!("{name} is no known event type"),
            RulebookFault::UnknownField(text) => format!("{text} is no known field"),
            RulebookFault::PersonalField(text) => {
                format!("{text} is personal and can be erased: no point may rest on it")
            }
            RulebookFault::NotRead(text) => format!("{text} is not read by this measure"),
            RulebookFault::ReadToo(text) => format!("{text} is missing, and this measure reads it"),
            _ => String::new(),
        }
    }
}

/// Ten-thousandths as a decimal.
fn decimal(ten_thousandths: u32) -> String {
    format!("{}.{:04}", ten_thousandths / 10_000, ten_thousandths % 10_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_words_in_both_languages() {
        let text = String::from("C1");
        let faults = [
            RulebookFault::TooLarge(1),
            RulebookFault::NotUtf8,
            RulebookFault::Syntax(text.clone()),
            RulebookFault::Missing,
            RulebookFault::UnknownKey,
            RulebookFault::NotText,
            RulebookFault::NotTexts,
            RulebookFault::NotTable,
            RulebookFault::NotTables,
            RulebookFault::NotInteger(0, 1),
            RulebookFault::NotDecimal(1),
            RulebookFault::NotOneOf(vec!["a"]),
            RulebookFault::UsedTwice(text.clone()),
            RulebookFault::NoCriterion(text.clone()),
            RulebookFault::NoComponent(text.clone()),
            RulebookFault::WeightsDoNotSum(1, 2),
            RulebookFault::GoalpostsEqual,
            RulebookFault::GoalpostsReversed(true),
            RulebookFault::GoalpostsReversed(false),
            RulebookFault::PriorNeeded,
            RulebookFault::PriorWeighs,
            RulebookFault::ClassesNotFalling,
            RulebookFault::SharesDoNotSum(9_999),
            RulebookFault::ShareWithoutAnswers,
            RulebookFault::AnswersWithoutShare,
            RulebookFault::BonusTooHigh(1),
            RulebookFault::BonusOutOfReach(1),
            RulebookFault::CapWithoutClass,
            RulebookFault::MeasureTooNew("danvan-ranking/2"),
            RulebookFault::NoReference(text.clone()),
            RulebookFault::UnknownType(text.clone()),
            RulebookFault::UnknownField(text.clone()),
            RulebookFault::PersonalField(text.clone()),
            RulebookFault::NotRead(text),
            RulebookFault::ReadToo("a"),
        ];
        for fault in faults {
            assert!(!fault.vi().is_empty() && !fault.en().is_empty() && fault.vi() != fault.en(), "{fault:?}");
        }
    }
}
