//! `danvan simulate`: the intake forms of a plausible fleet, as NDJSON.

use clap::Args;
use danvan_event::{Gazetteer, Preset};
use danvan_simulation::{Scenario, simulate};

use crate::exit::{Exit, Failure, Outcome};
use crate::output::Output;

/// `danvan simulate`
#[derive(Debug, Args)]
#[command(after_help = "Example: danvan simulate --seed 7 --unit gso2024-15097 > forms.jsonl")]
pub(crate) struct Simulate {
    /// The same seed gives the same forms
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Which communes
    #[arg(long, default_value = "ngoc-lac-2024")]
    preset: String,
    /// Only this commune of the preset
    #[arg(long)]
    unit: Option<String>,
    /// Forms per commune
    #[arg(long, default_value_t = 400)]
    events_per_unit: usize,
}

impl Simulate {
    /// Prints one form per line.
    pub(crate) fn run(self, output: Output) -> Outcome {
        let preset = preset(&self.preset)?;
        let units = preset.units.iter().map(|unit| unit.id.clone());
        for unit in simulate(&Scenario::new(self.seed, units, self.events_per_unit).in_year(preset.year)) {
            if self.unit.as_ref().is_some_and(|wanted| *wanted != unit.unit.to_string()) {
                continue;
            }
            for form in &unit.forms {
                output.data(form.to_string().as_bytes());
            }
        }
        Ok(Exit::Done)
    }
}

/// A preset by name.
pub(crate) fn preset(name: &str) -> Result<&'static Preset, Failure> {
    Gazetteer::preset(name).ok_or_else(|| {
        let known: Vec<&str> = Gazetteer::presets().iter().map(|preset| preset.preset.as_str()).collect();
        Failure::usage("không có bộ địa bàn này", "there is no such preset", format!("{name} ({})", known.join(", ")))
    })
}
