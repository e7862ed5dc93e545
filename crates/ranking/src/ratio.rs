//! Exact fractions and the one rounding that the ranking knows.

use std::cmp::Ordering;

/// An exact fraction of 128-bit integers with a positive denominator.
///
/// Not kept in lowest terms: a division for every step would cost more than all the rest of a ranking. The counts of one
/// unit stay below 2^40 and a few products of them with rulebook constants (below 2^20) are formed, so no intermediate value
/// comes near 2^127.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ratio {
    numerator: i128,
    denominator: i128,
}

impl Ratio {
    pub(crate) const ZERO: Ratio = Ratio { numerator: 0, denominator: 1 };
    pub(crate) const ONE: Ratio = Ratio { numerator: 1, denominator: 1 };

    /// `numerator / denominator`; zero when the denominator is not positive (nothing was counted).
    pub(crate) fn new(numerator: i128, denominator: i128) -> Ratio {
        if denominator <= 0 { Ratio::ZERO } else { Ratio { numerator, denominator } }
    }

    pub(crate) fn numerator(self) -> i128 {
        self.numerator
    }

    pub(crate) fn denominator(self) -> i128 {
        self.denominator
    }

    /// The same value in lowest terms.
    pub(crate) fn lowest(self) -> Ratio {
        let divisor = greatest_common_divisor(self.numerator.unsigned_abs(), self.denominator.unsigned_abs());
        // The divisor divides the positive i128 `denominator`, so it fits.
        let divisor = i128::try_from(divisor).unwrap_or(1);
        Ratio { numerator: self.numerator / divisor, denominator: self.denominator / divisor }
    }

    pub(crate) fn times(self, factor: i128) -> Ratio {
        Ratio::new(self.numerator * factor, self.denominator)
    }

    /// The nearest value in 0..=1.
    pub(crate) fn clamped(self) -> Ratio {
        self.max(Ratio::ZERO).min(Ratio::ONE)
    }

    /// The nearest integer; a half goes to the even neighbour.
    pub(crate) fn round_half_even(self) -> i128 {
        // Most values fit in 64 bits, where a division is one instruction.
        if let (Ok(numerator), Ok(denominator)) = (i64::try_from(self.numerator), i64::try_from(self.denominator)) {
            let (floor, rest) = (numerator.div_euclid(denominator), numerator.rem_euclid(denominator));
            return i128::from(to_even(floor, rest.cmp(&(denominator - rest)), floor.rem_euclid(2)));
        }
        let (floor, rest) = (self.numerator.div_euclid(self.denominator), self.numerator.rem_euclid(self.denominator));
        to_even(floor, rest.cmp(&(self.denominator - rest)), floor.rem_euclid(2))
    }

    /// The nearest integer that is not smaller.
    pub(crate) fn round_up(self) -> i128 {
        -(-self.numerator).div_euclid(self.denominator)
    }
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
        (self.numerator * other.denominator).cmp(&(other.numerator * self.denominator))
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Ratio) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn greatest_common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
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
            assert_eq!(Ratio::new(numerator, denominator).round_half_even(), rounded, "{numerator}/{denominator}");
        }
    }

    #[test]
    fn nothing_counted_is_zero() {
        assert_eq!(Ratio::new(7, 0), Ratio::ZERO);
    }

    #[test]
    fn equal_fractions_are_one_value() {
        assert_eq!(Ratio::new(6, 8), Ratio::new(3, 4));
        let lowest = Ratio::new(-6, 8).lowest();
        assert_eq!((lowest.numerator(), lowest.denominator()), (-3, 4));
    }

    #[test]
    fn rounding_up_never_gives_less() {
        for (numerator, denominator, rounded) in [(0, 3, 0), (1, 3, 1), (3, 3, 1), (4, 3, 2), (-1, 3, 0), (-3, 3, -1)] {
            assert_eq!(Ratio::new(numerator, denominator).round_up(), rounded, "{numerator}/{denominator}");
        }
    }

    #[test]
    fn beyond_64_bits_it_rounds_alike() {
        let far = i128::from(i64::MAX) * 4;
        for (numerator, rounded) in [(1, 0), (2, 0), (3, 1), (6, 2), (10, 2)] {
            assert_eq!(Ratio::new(numerator * far, 4 * far).round_half_even(), rounded, "{numerator}/4");
        }
    }

    proptest! {
        #[test]
        fn rounding_never_moves_by_more_than_a_half(numerator in -1_000_000_i128..1_000_000, denominator in 1_i128..10_000) {
            let rounded = Ratio::new(numerator, denominator).round_half_even();
            prop_assert!(2 * (rounded * denominator - numerator).abs() <= denominator);
        }

        #[test]
        fn rounding_keeps_the_order(a in 0_i128..1_000_000, b in 0_i128..1_000_000, denominator in 1_i128..10_000) {
            let (a, b) = (Ratio::new(a, denominator), Ratio::new(b, denominator));
            prop_assert!(a > b || a.round_half_even() <= b.round_half_even());
        }
    }
}
