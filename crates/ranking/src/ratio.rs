//! Exact fractions and the one rounding that the ranking knows.

use std::cmp::Ordering;

/// An exact fraction of 128-bit integers with a positive denominator, kept in lowest terms.
///
/// The counts of one unit stay below 2^40 and a few products of them with rulebook constants (below 2^14) are formed, so no
/// intermediate value comes near 2^127.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ratio {
    numerator: i128,
    denominator: i128,
}

impl Ratio {
    pub(crate) const ZERO: Ratio = Ratio { numerator: 0, denominator: 1 };
    pub(crate) const ONE: Ratio = Ratio { numerator: 1, denominator: 1 };

    /// `numerator / denominator` in lowest terms; zero when the denominator is not positive (nothing was counted).
    pub(crate) fn new(numerator: i128, denominator: i128) -> Ratio {
        if denominator <= 0 {
            return Ratio::ZERO;
        }
        let divisor = greatest_common_divisor(numerator.unsigned_abs(), denominator.unsigned_abs());
        // The divisor divides the positive i128 `denominator`, so it fits.
        let divisor = i128::try_from(divisor).unwrap_or(1);
        Ratio { numerator: numerator / divisor, denominator: denominator / divisor }
    }

    pub(crate) fn numerator(self) -> i128 {
        self.numerator
    }

    pub(crate) fn denominator(self) -> i128 {
        self.denominator
    }

    pub(crate) fn minus(self, other: Ratio) -> Ratio {
        Ratio::new(
            self.numerator * other.denominator - other.numerator * self.denominator,
            self.denominator * other.denominator,
        )
    }

    pub(crate) fn over(self, other: Ratio) -> Ratio {
        let sign = if other.numerator < 0 { -1 } else { 1 };
        Ratio::new(self.numerator * other.denominator * sign, self.denominator * other.numerator.abs())
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
        let floor = self.numerator.div_euclid(self.denominator);
        let twice_rest = 2 * self.numerator.rem_euclid(self.denominator);
        match twice_rest.cmp(&self.denominator) {
            Ordering::Less => floor,
            Ordering::Greater => floor + 1,
            Ordering::Equal => floor + floor.rem_euclid(2),
        }
    }
}

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
        assert_eq!(Ratio::new(3, 4).minus(Ratio::new(1, 2)).over(Ratio::new(-1, 2)), Ratio::new(-1, 2));
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
