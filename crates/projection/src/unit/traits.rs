//! What is true of a feedback or not.

use serde::{Deserialize, Serialize};

/// What is true of a case or not, in one byte: each unit has hundreds of cases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub(crate) struct Traits(u8);

/// The number names a trait that no case has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no traits of a feedback")]
pub(crate) struct TraitsError;

impl Traits {
    /// The citizen put it into the log.
    pub(crate) const BY_CITIZEN: Traits = Traits(1);
    /// Somebody in the unit has it.
    pub(crate) const ASSIGNED: Traits = Traits(1 << 1);
    /// The last request was answered: it is the citizen's move. Else nothing was answered yet, or nothing since somebody asked
    /// again.
    pub(crate) const ANSWERED: Traits = Traits(1 << 2);
    /// The citizen's last word is: satisfied.
    pub(crate) const SATISFIED: Traits = Traits(1 << 3);

    const ALL: u8 = 0b1111;

    #[inline]
    pub(crate) const fn has(self, one: Traits) -> bool {
        self.0 & one.0 != 0
    }

    pub(crate) const fn with(self, one: Traits, holds: bool) -> Traits {
        if holds { Traits(self.0 | one.0) } else { Traits(self.0 & !one.0) }
    }
}

impl From<Traits> for u8 {
    fn from(traits: Traits) -> u8 {
        traits.0
    }
}

impl TryFrom<u8> for Traits {
    type Error = TraitsError;

    fn try_from(bits: u8) -> Result<Traits, TraitsError> {
        if bits & !Traits::ALL == 0 { Ok(Traits(bits)) } else { Err(TraitsError) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_trait_is_set_and_taken_back_by_itself_and_no_other_is_read() {
        let all = [Traits::BY_CITIZEN, Traits::ASSIGNED, Traits::ANSWERED, Traits::SATISFIED];
        let mut traits = Traits::default();
        for (place, one) in all.into_iter().enumerate() {
            traits = traits.with(one, true);
            assert!(all.iter().enumerate().all(|(other, held)| traits.has(*held) == (other <= place)));
        }
        assert!(!traits.with(Traits::ANSWERED, false).has(Traits::ANSWERED));
        assert_eq!((0..=u8::MAX).filter(|bits| Traits::try_from(*bits).is_ok()).count(), 16);
    }
}
