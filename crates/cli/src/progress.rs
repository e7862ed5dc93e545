//! What the person at the terminal sees meanwhile.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::Output;

/// A bar on a terminal; nothing elsewhere, except one line per stage for people.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    bar: ProgressBar,
    output: Output,
}

impl Progress {
    /// Nothing drawn yet.
    pub(crate) fn new(output: Output) -> Self {
        let target = if output.is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self { bar: ProgressBar::with_draw_target(Some(0), target), output }
    }

    /// Begins a stage of `steps` steps.
    pub(crate) fn stage(&self, vi: &str, en: &str, steps: u64) {
        if !self.output.is_terminal() && !self.output.is_json() {
            self.output.talk(&format!("{vi} | {en}"));
        }
        let style = ProgressStyle::with_template("{msg:44} [{bar:30}] {pos}/{len}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        self.bar.set_style(style.progress_chars("█▉ "));
        self.bar.set_message(format!("{vi} | {en}"));
        self.bar.set_length(steps);
        self.bar.set_position(0);
    }

    /// The stage has so many steps in all.
    pub(crate) fn of(&self, steps: u64) {
        self.bar.set_length(steps);
    }

    /// Some steps are done.
    pub(crate) fn advance(&self, steps: u64) {
        self.bar.inc(steps);
    }

    /// So many steps are done in all.
    pub(crate) fn reach(&self, step: u64) {
        self.bar.set_position(step);
    }

    /// Removes the bar.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
