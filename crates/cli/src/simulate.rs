//! `danvan simulate`: the intake forms of a plausible fleet, as NDJSON.

use clap::Args;
use danvan_event::{Gazetteer, Preset};
use danvan_simulation::{Behaviour, Outage, Quality, Scenario, SimulatedUnit, Strategy, simulate};

use crate::exit::{Exit, Failure, Outcome};
use crate::output::Output;

/// `danvan simulate`
#[derive(Debug, Args)]
#[command(after_help = "Example: danvan simulate --seed 7 --unit gso2024-15097 > forms.jsonl")]
pub(crate) struct Simulate {
    /// The same seed gives the same forms
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Which communes: ngoc-lac-2024 (21), thanh-hoa-2025 (166) or viet-nam-2025 (3321)
    #[arg(long, default_value = "ngoc-lac-2024")]
    preset: String,
    /// Only this commune of the preset
    #[arg(long)]
    unit: Option<String>,
    /// Forms per commune in an honest year
    #[arg(long, default_value_t = 400)]
    events_per_unit: usize,
    /// The year; the preset's where absent
    #[arg(long, value_parser = clap::value_parser!(u16).range(2001..=2199))]
    year: Option<u16>,
    /// How every commune behaves: exemplary, good, middling, slow, weak, silent, sparse, or a quality from 0 to 10000; dealt out
    /// by the seed where absent
    #[arg(long, value_parser = behaviour)]
    behaviour: Option<Behaviour>,
    #[arg(long, default_value = "honest", value_parser = strategy)]
    #[arg(
        help = "How every commune treats its records: honest, suppresses_complaints, stuffs_ballots, drips_ballots, forges_papers, makes_up_cases, back_dates, puts_off or games (suppresses, stuffs and dates back)"
    )]
    strategy: Strategy,
    /// Days without power, from which day of the year (0 is the first) and how many; may be given more than once. The forms come in
    /// the order of their recording; when that was is no part of a form: the node that takes them in says it by its own clock
    #[arg(long = "outage", value_name = "DAY+DAYS", value_parser = outage)]
    outages: Vec<Outage>,
}

impl Simulate {
    /// Prints one form per line, in the order in which they would be recorded.
    pub(crate) fn run(self, output: Output) -> Outcome {
        let preset = preset(&self.preset)?;
        if let Some(unit) =
            self.unit.as_deref().filter(|wanted| preset.units.iter().all(|unit| unit.id.as_str() != *wanted))
        {
            return Err(Failure::usage("bộ địa bàn không có đơn vị này", "the preset has no such commune", unit));
        }
        let mut scenario = Scenario::new(self.seed, [], 0).in_year(self.year.unwrap_or(preset.year));
        scenario.units = preset.units.iter().map(|unit| self.simulated(unit.id.clone())).collect();
        for unit in simulate(&scenario) {
            if self.unit.as_ref().is_some_and(|wanted| *wanted != unit.unit.to_string()) {
                continue;
            }
            for form in &unit.forms {
                output.data(form.to_string().as_bytes());
            }
        }
        Ok(Exit::Done)
    }

    fn simulated(&self, id: danvan_event::UnitId) -> SimulatedUnit {
        let mut unit = SimulatedUnit::new(id, self.events_per_unit);
        (unit.behaviour, unit.strategy) = (self.behaviour, self.strategy);
        unit.outages.clone_from(&self.outages);
        unit
    }
}

fn behaviour(word: &str) -> Result<Behaviour, String> {
    if let Ok(quality) = word.parse::<u16>() {
        return if quality > Quality::BEST.get() {
            Err(format!("chất lượng không quá {0} | a quality is at most {0}", Quality::BEST.get()))
        } else {
            Ok(Behaviour::Graded(Quality::new(quality)))
        };
    }
    let known = Behaviour::NAMED;
    known.into_iter().find(|known| known.code() == word).ok_or_else(|| one_of(known.map(Behaviour::code)))
}

fn strategy(word: &str) -> Result<Strategy, String> {
    let known = Strategy::ALL;
    known.into_iter().find(|known| known.code() == word).ok_or_else(|| one_of(known.map(Strategy::code)))
}

fn outage(words: &str) -> Result<Outage, String> {
    let parts = words.split_once('+').and_then(|(day, days)| Some((day.parse().ok()?, days.parse().ok()?)));
    match parts {
        Some((from_day, days @ 1..)) if from_day < 366 => Ok(Outage { from_day, days }),
        _ => {
            let vi = "cần ngày trong năm và số ngày, ví dụ 40+3";
            Err(format!("{vi} | a day of the year and a number of days, for example 40+3"))
        }
    }
}

fn one_of<const N: usize>(words: [&str; N]) -> String {
    format!("một trong các từ | one of: {}", words.join(", "))
}

/// A preset by name.
pub(crate) fn preset(name: &str) -> Result<&'static Preset, Failure> {
    Gazetteer::preset(name).ok_or_else(|| {
        let known: Vec<&str> = Gazetteer::presets().iter().map(|preset| preset.preset.as_str()).collect();
        Failure::usage("không có bộ địa bàn này", "there is no such preset", format!("{name} ({})", known.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn behaviours_strategies_and_outages_are_read_by_name_and_odd_ones_are_refused() {
        for known in Behaviour::NAMED {
            assert_eq!(behaviour(known.code()), Ok(known));
        }
        for known in Strategy::ALL {
            assert_eq!(strategy(known.code()), Ok(known));
        }
        assert_eq!(behaviour("7500"), Ok(Behaviour::Graded(Quality::new(7_500))));
        assert_eq!(outage("40+3"), Ok(Outage { from_day: 40, days: 3 }));
        assert!(behaviour("10001").unwrap_err().starts_with("chất lượng không quá 10000 | "));
        assert!(behaviour("lazy").unwrap_err().contains("exemplary"));
        let told = strategy("").unwrap_err();
        assert!(told.starts_with("một trong các từ | ") && told.contains("back_dates"), "{told}");
        for odd in ["40", "40+", "+3", "40+0", "366+1", "-1+2", "a+b"] {
            assert!(outage(odd).unwrap_err().starts_with("cần ngày trong năm"), "Vietnamese first: {odd}");
        }
    }
}
