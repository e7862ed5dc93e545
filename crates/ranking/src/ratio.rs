//! Exact fractions and the one rounding that the ranking knows.

use std::cmp::Ordering;

/// An exact fraction with a positive denominator, in 64 bits each: a ranking holds one of them for each criterion of each unit.
///
/// Not kept in lowest terms: a division for every step would cost more than all the rest of a ranking. Products are formed in
/// 128 bits. The largest number that is kept is a year's transactions in hundred-millionths of halves: the schema allows 10^7 a
/// month, so 2.4 × 10^16, and three centuries of them find room.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ratio {
    numerator: i64,
    denominator: i64,
}

impl Ratio {
    pub(crate) const ZERO: Ratio = Ratio { numerator: 0, denominator: 1 };
    pub(crate) const ONE: Ratio = Ratio { numerator: 1, denominator: 1 };

    /// `numerator / denominator`; zero when the denominator is not positive (nothing was counted).
    pub(crate) fn new(numerator: i128, denominator: i128) -> Ratio {
        if denominator <= 0 {
            return Ratio::ZERO;
        }
        Ratio::fitting(numerator, denominator).unwrap_or_else(|| Ratio::wide(numerator, denominator))
    }

    fn fitting(numerator: i128, denominator: i128) -> Option<Ratio> {
        Some(Ratio { numerator: i64::try_from(numerator).ok()?, denominator: i64::try_from(denominator).ok()?.max(1) })
    }

    /// In lowest terms. Should it find no room even so, its last bits are left out, on every machine the same.
    #[cold]
    fn wide(numerator: i128, denominator: i128) -> Ratio {
        let (mut numerator, mut denominator) = lowest(numerator, denominator);
        loop {
            if let Some(ratio) = Ratio::fitting(numerator, denominator) {
                return ratio;
            }
            (numerator, denominator) = (numerator / 2, denominator / 2);
        }
    }

    pub(crate) fn numerator(self) -> i128 {
        i128::from(self.numerator)
    }

    pub(crate) fn denominator(self) -> i128 {
        i128::from(self.denominator)
    }

    /// Numerator and denominator in lowest terms.
    pub(crate) fn lowest(self) -> (i128, i128) {
        lowest(self.numerator(), self.denominator())
    }

    /// The integer nearest to so many times the value; a half goes to the even neighbour.
    pub(crate) fn times(self, factor: i64) -> i128 {
        nearest(self.numerator() * i128::from(factor), self.denominator())
    }

    /// In ten-thousandths, for reading; absent where that is no number of a reader's size. Points come from the exact value.
    pub(crate) fn ten_thousandths(self) -> Option<u32> {
        u32::try_from(self.times(10_000)).ok()
    }

    /// The nearest value in 0..=1.
    pub(crate) fn clamped(self) -> Ratio {
        self.max(Ratio::ZERO).min(Ratio::ONE)
    }
}

/// The integer nearest to `numerator / denominator`; a half goes to the even neighbour. Zero when the denominator is not positive.
pub(crate) fn nearest(numerator: i128, denominator: i128) -> i128 {
    if denominator <= 0 {
        return 0;
    }
    // Most values fit in 64 bits, where a division is one instruction.
    if let (Ok(numerator), Ok(denominator)) = (i64::try_from(numerator), i64::try_from(denominator)) {
        let (floor, rest) = (numerator.div_euclid(denominator), numerator.rem_euclid(denominator));
        return i128::from(to_even(floor, rest.cmp(&(denominator - rest)), floor.rem_euclid(2)));
    }
    let (floor, rest) = (numerator.div_euclid(denominator), numerator.rem_euclid(denominator));
    to_even(floor, rest.cmp(&(denominator - rest)), floor.rem_euclid(2))
}

/// The nearest integer that is not smaller than `numerator / denominator`. Zero when the denominator is not positive.
pub(crate) fn round_up(numerator: i128, denominator: i128) -> i128 {
    if denominator <= 0 { 0 } else { -(-numerator).div_euclid(denominator) }
}

/// `floor` or the integer above it, by what the rest is to the other part of one.
fn to_even<Integer>(floor: Integer, rest: Ordering, odd: Integer) -> Integer
where
    Integer: std::ops::Add<Output = Integer> + From<i8>,
{
    match rest {
        Ordering::Less => floor,
        Ordering::Greater => floor + Integer::from(1),
        Ordering::Equal => floor + odd,
    }
}

fn lowest(numerator: i128, denominator: i128) -> (i128, i128) {
    let (mut a, mut b) = (numerator.unsigned_abs(), denominator.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    // It divides the positive i128 `denominator`, so it fits.
    let divisor = i128::try_from(a).unwrap_or(1).max(1);
    (numerator / divisor, denominator / divisor)
}

impl Default for Ratio {
    fn default() -> Ratio {
        Ratio::ZERO
    }
}

impl PartialEq for Ratio {
    fn eq(&self, other: &Ratio) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ratio {}

impl Ord for Ratio {
    fn cmp(&self, other: &Ratio) -> Ordering {
        (self.numerator() * other.denominator()).cmp(&(other.numerator() * self.denominator()))
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Ratio) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_half_goes_to_the_even_neighbour() {
        for (numerator, denominator, rounded) in
            [(1, 2, 0), (3, 2, 2), (5, 2, 2), (7, 2, 4), (-1, 2, 0), (-3, 2, -2), (5, 4, 1), (7, 4, 2), (0, 9, 0)]
        {
            assert_eq!(nearest(numerator, denominator), rounded, "{numerator}/{denominator}");
        }
    }

    #[test]
    fn nothing_counted_is_zero() {
        assert_eq!(Ratio::new(7, 0), Ratio::ZERO);
        assert_eq!((nearest(7, 0), round_up(7, 0)), (0, 0));
    }

    #[test]
    fn equal_fractions_are_one_value() {
        assert_eq!(Ratio::new(6, 8), Ratio::new(3, 4));
        assert_eq!(Ratio::new(-6, 8).lowest(), (-3, 4));
    }

    #[test]
    fn rounding_up_never_gives_less() {
        for (numerator, denominator, rounded) in [(0, 3, 0), (1, 3, 1), (3, 3, 1), (4, 3, 2), (-1, 3, 0), (-3, 3, -1)] {
            assert_eq!(round_up(numerator, denominator), rounded, "{numerator}/{denominator}");
        }
    }

    #[test]
    fn beyond_64_bits_it_rounds_alike() {
        let far = i128::from(i64::MAX) * 4;
        for (numerator, rounded) in [(1, 0), (2, 0), (3, 1), (6, 2), (10, 2)] {
            assert_eq!(nearest(numerator * far, 4 * far), rounded, "{numerator}/4");
        }
    }

    #[test]
    fn what_needs_more_than_64_bits_is_kept_in_lowest_terms_or_without_its_last_bits() {
        let far = i128::from(i64::MAX) * 4;
        assert_eq!(Ratio::new(3 * far, 4 * far).lowest(), (3, 4));
        assert_eq!(Ratio::new(-far, 1).times(1), -far / 4, "no room for the value at all: as far as it goes");
        let third = Ratio::new(far + 1, 3 * far + 5);
        assert_eq!(third.times(3_000_000_000), 1_000_000_000, "{third:?}");
    }

    proptest! {
        #[test]
        fn rounding_never_moves_by_more_than_a_half(numerator in -1_000_000_i128..1_000_000, denominator in 1_i128..10_000) {
            let rounded = nearest(numerator, denominator);
            prop_assert!(2 * (rounded * denominator - numerator).abs() <= denominator);
        }

        #[test]
        fn rounding_keeps_the_order(a in 0_i128..1_000_000, b in 0_i128..1_000_000, denominator in 1_i128..10_000) {
            let (a, b) = (Ratio::new(a, denominator), Ratio::new(b, denominator));
            prop_assert!(a > b || a.times(1) <= b.times(1));
        }
    }
}
