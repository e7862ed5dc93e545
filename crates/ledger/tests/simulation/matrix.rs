//! The power goes, or something fails, at every operation of a script; the disk is in every state that this can leave.

use crate::life::Life;
use crate::step::Step;
use crate::truth::Truth;
use crate::world::{Layer, Manner, Verdict, config, sound};
use danvan_testkit::{Dice, Fault, FaultyStorage, Files};
use std::collections::HashSet;

const SCRIPT: [Step; 16] = [
    Step::Append,
    Step::Together(4),
    Step::Sign,
    Step::Append,
    Step::CheckpointAt(100),
    Step::Burst(3),
    Step::Receipt(0, 100),
    Step::Together(7),
    Step::CheckpointAt(60),
    Step::Sign,
    Step::Append,
    Step::Receipt(1, 50),
    Step::Together(3),
    Step::Append,
    Step::Receipt(0, 100),
    Step::Append,
];

const AFTERWARDS: [Step; 5] = [Step::Audit, Step::Append, Step::Together(3), Step::Receipt(0, 100), Step::Append];

/// Mixtures of what a disk kept where there are too many to try them all.
const SEEDS: u64 = 8;

/// What happened to one ledger so far.
#[derive(Clone, Default)]
pub(crate) struct Tale {
    pub(crate) truth: Truth,
    next: u64,
    trace: Vec<String>,
}

impl Tale {
    fn live(&mut self, layer: Layer<'_>, disk: &FaultyStorage, steps: &[Step]) -> Verdict {
        let mut life =
            Life::new(disk, layer, (1, Manner::OnDemand, config()), (&mut self.truth, &mut self.next, &mut self.trace));
        let Some(ledger) = life.start()? else { return Ok(()) };
        for step in steps {
            if !life.step(&ledger, *step)? {
                return Ok(());
            }
        }
        life.drain(ledger)
    }

    /// The script on a disk that does what it does.
    pub(crate) fn of_script(layer: Layer<'_>, disk: &FaultyStorage) -> Result<Self, String> {
        let mut tale = Self::default();
        tale.live(layer, disk, &SCRIPT).map(|()| tale)
    }
}

/// What was found broken, and what was looked at already.
#[derive(Default)]
struct Findings {
    broken: Vec<String>,
    seen: HashSet<(Files, Vec<u64>)>,
}

impl Findings {
    fn note(&mut self, verdict: Verdict, when: &str) {
        self.broken.extend(verdict.err().map(|what| format!("{when}: {what}")));
    }

    /// The power went: looks at every state that this can leave, twice, for what a start did must hold as well.
    fn cut(&mut self, layer: Layer<'_>, disk: &FaultyStorage, tale: &Tale, when: &str) {
        for (kept, image) in disk.remains(SEEDS) {
            if self.seen.insert((image.files(), tale.truth.extent())) {
                let mut tale = tale.clone();
                let verdict = tale.live(layer, &image, &AFTERWARDS).and_then(|()| tale.live(layer, &image, &[]));
                self.note(verdict, &format!("{when}, {kept}"));
            }
        }
    }

    /// The process ended: the next one goes on with what it sees, until the power goes.
    fn restart_and_cut(&mut self, layer: Layer<'_>, disk: &FaultyStorage, tale: &Tale, when: &str) {
        let disk = disk.after_restart();
        let mut tale = tale.clone();
        let verdict = tale.live(layer, &disk, &AFTERWARDS);
        self.note(verdict, &format!("{when}, restart"));
        self.cut(layer, &disk, &tale, &format!("{when}, restart, power cut"));
    }
}

/// Tries `fault` at every operation, until it has found `enough` broken promises.
pub(crate) fn matrix(layer: Layer<'_>, fault: Fault, chances: &[Option<u64>], enough: usize) -> Vec<String> {
    let mut findings = Findings::default();
    for at in 0.. {
        let mut is_over = true;
        for chance in chances {
            let disk = FaultyStorage::new().with_fault(at, fault);
            let disk = chance.iter().fold(disk, |disk, seed| disk.with_chance(Dice::new(*seed)));
            let when = format!("{fault:?} at operation {at}, chance {chance:?}");
            match Tale::of_script(layer, &disk) {
                Ok(tale) => {
                    findings.cut(layer, &disk, &tale, &when);
                    findings.restart_and_cut(layer, &disk, &tale, &when);
                }
                Err(what) => findings.note(Err(what), &when),
            }
            is_over &= disk.operations().len() as u64 <= at;
        }
        if is_over || findings.broken.len() >= enough {
            return findings.broken;
        }
    }
    findings.broken
}

#[test]
fn no_power_cut_makes_a_liar_of_a_ledger() {
    assert_eq!(matrix(&sound, Fault::PowerCut, &[None], 3), Vec::<String>::new());
}

#[test]
fn no_input_output_error_makes_a_liar_of_a_ledger() {
    assert_eq!(matrix(&sound, Fault::Io, &[None, Some(1)], 3), Vec::<String>::new());
}

#[test]
fn no_lack_of_space_makes_a_liar_of_a_ledger() {
    assert_eq!(matrix(&sound, Fault::NoSpace, &[None, Some(1)], 3), Vec::<String>::new());
}

#[test]
fn no_short_write_makes_a_liar_of_a_ledger() {
    assert_eq!(matrix(&sound, Fault::Short, &[None, Some(1)], 3), Vec::<String>::new());
}
