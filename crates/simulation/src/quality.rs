//! How good a unit really is: what a ranking should find out.

/// A place between the weakest and the best conduct, in ten-thousandths: 0 is [`Behaviour::Weak`](crate::Behaviour::Weak),
/// 10,000 is [`Behaviour::Exemplary`](crate::Behaviour::Exemplary).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quality(u16);

impl Quality {
    /// The best there is.
    pub const BEST: Quality = Quality(10_000);

    /// From ten-thousandths; what lies above 10,000 is the best.
    #[must_use]
    pub fn new(ten_thousandths: u16) -> Quality {
        Quality(ten_thousandths.min(Self::BEST.0))
    }

    /// In ten-thousandths.
    #[must_use]
    pub fn get(self) -> u16 {
        self.0
    }

    /// The rate at this place on the way from one rate to another, which may lie below it.
    pub(crate) fn between(self, from: u64, to: u64) -> u64 {
        let far = u64::from(self.0);
        let whole = u64::from(Self::BEST.0);
        (from * (whole - far) + to * far + whole / 2) / whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_are_the_two_rates_and_the_middle_lies_between_them() {
        assert_eq!(Quality::new(0).between(9_000, 4_000), 9_000);
        assert_eq!(Quality::new(20_000).between(9_000, 4_000), 4_000);
        assert_eq!(Quality::new(5_000).between(9_000, 4_000), 6_500);
        assert_eq!(Quality::new(5_000).between(3, 4), 4, "halves go up");
    }
}
