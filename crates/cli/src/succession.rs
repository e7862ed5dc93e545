//! `danvan aggregator unit succeed`: which units went on for which.

use clap::Args;
use danvan_event::{Gazetteer, Successor, UnitId, UnitSucceeded};
use danvan_projection::Day;
use serde_json::json;

use crate::aggregator::Whichever;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::Output;

/// `danvan aggregator unit succeed UNIT`
#[derive(Debug, Args)]
#[command(after_help = "Example: danvan aggregator unit succeed nso2025-15091 --data ./aggregator\n\n\
    Of a unit of the embedded lists (schemas/units/succession-*.json), the old units, the day and the legal act are known. \
    Of others, name all three: --from UNIT, once for each, --on YYYY-MM-DD, --act NUMBER.")]
pub(crate) struct UnitSucceed {
    /// The unit that goes on, such as nso2025-15091
    unit: UnitId,
    /// A unit that ends; itself where it keeps its id and takes others over
    #[arg(long, value_name = "UNIT", requires_all = ["on", "act"])]
    from: Vec<UnitId>,
    /// First day of the unit that goes on, YYYY-MM-DD
    #[arg(long, value_name = "DAY", requires = "from")]
    on: Option<Day>,
    /// Number of the legal act
    #[arg(long, value_name = "NUMBER", requires = "from")]
    act: Option<String>,
    #[command(flatten)]
    running: Whichever,
}

impl UnitSucceed {
    pub(crate) async fn run(self, output: Output) -> Outcome {
        let fact = self.fact()?;
        let at_rest = danvan_aggregator::unit_succeed(&self.running.data, &fact);
        self.running.stated(at_rest, "successions", &json!(fact)).await?;
        let ended: Vec<&str> = fact.from_units.iter().map(UnitId::as_str).collect();
        let text = format!("Đã ghi nhận | Stated: {} → {} ({})", ended.join(", "), self.unit, fact.effective_on);
        output.result(&json!(fact), &text);
        Ok(Exit::Done)
    }

    /// What is stated: as the options say, else as the embedded lists have it.
    fn fact(&self) -> Result<UnitSucceeded, Failure> {
        if let (Some(on), Some(act)) = (self.on, &self.act) {
            return Ok(UnitSucceeded {
                from_units: self.from.clone(),
                to_units: vec![Successor { unit: self.unit.clone(), share_permille: None }],
                effective_on: on.to_string(),
                doc_no: act.clone(),
            });
        }
        let names = |fact: &&UnitSucceeded| fact.to_units.iter().any(|successor| successor.unit == self.unit);
        Gazetteer::successions().iter().find(names).cloned().ok_or_else(|| {
            let (vi, en) =
                ("danh mục không nêu đơn vị này kế tục đơn vị nào", "no list says whom this unit went on for");
            Failure::usage(vi, en, format!("{}: --from UNIT --on YYYY-MM-DD --act NUMBER", self.unit))
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Words {
        #[command(flatten)]
        succeed: UnitSucceed,
    }

    fn parsed(words: &[&str]) -> Result<UnitSucceed, clap::Error> {
        let words = ["succeed"].iter().chain(words).chain(&["--data", "aggregator"]);
        Words::try_parse_from(words).map(|words| words.succeed)
    }

    #[test]
    fn a_unit_of_the_lists_needs_no_more_words() {
        let fact = parsed(&["nso2025-15091"]).unwrap().fact().unwrap();
        assert_eq!((fact.from_units.len(), fact.effective_on.as_str()), (5, "2025-07-01"));
        assert_eq!(fact.doc_no, "1686/NQ-UBTVQH15");
        assert!(parsed(&["nso2025-00004"]).unwrap().fact().is_err(), "no list says whom it went on for");
    }

    #[test]
    fn of_another_unit_everything_is_named_or_nothing() {
        let words = ["nso2025-00004", "--from", "nso2025-00008", "--on", "2027-01-01", "--act", "1/NQ"];
        let fact = parsed(&words).unwrap().fact().unwrap();
        assert_eq!((fact.from_units[0].as_str(), fact.effective_on.as_str()), ("nso2025-00008", "2027-01-01"));
        for parts in [&words[..3], &words[..5], &[words[0], "--on", "2027-01-01"]] {
            assert!(parsed(parts).is_err(), "{parts:?}");
        }
        assert!(parsed(&["nso2025-00004", "--from", "nso2025-00008", "--on", "01/01/2027", "--act", "1"]).is_err());
    }
}
