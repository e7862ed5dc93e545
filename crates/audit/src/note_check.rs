//! Checkpoints and receipts against the policy, the entries and the aggregators' logs.

use crate::finding::{Fault, Finding};
use crate::held_log::HeldNote;
use crate::testimony::Testimony;
use crate::walk::Walk;
use danvan_tlog::{Checked, Checkpoint, Note, Origin, Policy, PolicyError, Size};

/// What is known of a log when its notes are judged.
pub(crate) struct NoteCheck<'a> {
    pub(crate) origin: &'a Origin,
    pub(crate) policy: &'a Policy,
    pub(crate) walk: &'a Walk,
    /// The aggregators' logs that receipts must be recorded in.
    pub(crate) testimonies: &'a [Testimony],
    /// Whether a checkpoint needs the policy's quorum.
    pub(crate) quorum: bool,
}

/// The size that a note speaks of, believed or not.
pub(crate) fn claimed_size(note: &HeldNote) -> Option<Size> {
    let note = Note::parse(&note.bytes).ok()?;
    note.text().parse::<Checkpoint>().ok().map(|checkpoint| checkpoint.size())
}

impl NoteCheck<'_> {
    /// Judges all notes; returns the largest size with a good signature of the log.
    pub(crate) fn run(&self, notes: &[HeldNote], findings: &mut Vec<Finding>) -> Size {
        let of_log = |fault| Finding::of_log(self.origin.clone(), fault);
        if self.policy.log_key(self.origin).is_none() {
            findings.push(of_log(Fault::UnknownLog));
            return Size::ZERO;
        }
        let mut signed = Size::ZERO;
        for note in notes {
            match self.policy.open(&note.bytes) {
                Ok(checked) => {
                    let faults = self.faults(note, &checked);
                    if !faults.iter().any(|fault| matches!(fault, Fault::BadNote { .. })) {
                        signed = signed.max(checked.signed.size());
                    }
                    findings.extend(faults.into_iter().map(of_log));
                }
                Err(error) => findings.push(of_log(bad(note, &error))),
            }
        }
        if signed.is_empty() && !self.walk.size().is_empty() && notes.is_empty() {
            findings.push(of_log(Fault::NoCheckpoint));
        }
        signed
    }

    fn faults(&self, note: &HeldNote, checked: &Checked) -> Vec<Fault> {
        let signed = &checked.signed;
        let (size, by) = (signed.size(), note.name.clone());
        if signed.origin() != self.origin {
            let reason = format!("it is of {}", signed.origin());
            return vec![Fault::BadNote { place: by, reason }];
        }
        let mut faults = Vec::new();
        match self.walk.root_at(size) {
            Some(computed) if computed != signed.root() => {
                faults.push(Fault::RootDiffers { size, computed, signed: signed.root(), by: by.clone() });
            }
            None if self.walk.is_whole() => {
                faults.push(Fault::Shorter { size: self.walk.size(), claimed: size, by: by.clone() });
            }
            _ => {}
        }
        if self.quorum && !checked.quorum {
            faults.push(Fault::NoQuorum { size });
        }
        let Some(mirror) = &note.receipt_by else { return faults };
        if !checked.cosigned.contains_key(mirror) {
            faults.push(Fault::BadNote { place: by, reason: format!("{mirror} has not cosigned it, or is unknown") });
        }
        let recorded = self.testimonies.iter().filter(|testimony| testimony.cosigns_by(mirror)).all(|testimony| {
            testimony.origin == *self.origin
                || testimony.points(self.origin).iter().any(|point| (point.size, point.root) == (size, signed.root()))
        });
        if !recorded {
            faults.push(Fault::ReceiptUnrecorded { size, by: mirror.clone() });
        }
        faults
    }
}

fn bad(note: &HeldNote, error: &PolicyError) -> Fault {
    Fault::BadNote { place: note.name.clone(), reason: error.to_string() }
}
