//! Small counts in published tables: a count of 1 to 4 people is never shown, nor can it be computed from what is.
//!
//! In a village four complaints about one service are four known people. A table of counts whose parts add up to a total goes out
//! through [`publish_counts`] alone. Its rule, for somebody who knows the rule and the total:
//!
//! * Without a part of 1 to 4 everything is shown.
//! * Parts of 1 to 4 are "<5" where their sum leaves each of them two values at least.
//! * Where the sum would give one away, they are withheld together with the smallest larger parts, all under one mark, so that
//!   nobody can tell which of them is the small one.
//! * A total of 1 to 4 is withheld with all its parts, as is one that only equal parts can make.
//!
//! The rule holds for one table at a time: two tables of overlapping people must not be published beside each other, and tables of
//! two dimensions are not published at all.

use serde::{Serialize, Serializer};

/// Counts below this are not published, zero excepted.
pub const LEAST_PUBLISHED: u64 = 5;

/// A count as it may leave the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cell {
    /// The count itself.
    Shown(u64),
    /// One to four.
    Few,
    /// Any count: it is small, or it would give a small one away.
    Withheld,
}

/// A table of counts and their sum as they may leave the house.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct PublishedCounts {
    /// One cell per count, in the order given.
    pub cells: Vec<Cell>,
    /// The sum of the counts.
    pub total: Cell,
}

impl Cell {
    /// The text in a table, for readers of Vietnamese: the count, `<5`, or `–`.
    #[must_use]
    pub fn text(self) -> String {
        match self {
            Self::Shown(number) => crate::count(number),
            Self::Few => format!("<{LEAST_PUBLISHED}"),
            Self::Withheld => "–".to_owned(),
        }
    }
}

impl Serialize for Cell {
    /// A number, `"<5"` or `"withheld"`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Shown(number) => serializer.serialize_u64(*number),
            Self::Few => serializer.serialize_str("<5"),
            Self::Withheld => serializer.serialize_str("withheld"),
        }
    }
}

/// What may be shown of `counts` and of their sum.
#[must_use]
pub fn publish_counts(counts: &[u64]) -> PublishedCounts {
    let total: u64 = counts.iter().sum();
    let small = counts.iter().filter(|count| is_small(**count)).count() as u64;
    if small == 0 {
        return shown(counts, total, |_| false, Cell::Few);
    }
    if counts.len() == 1 {
        return PublishedCounts { cells: vec![Cell::Few], total: Cell::Few };
    }
    if is_small(total) {
        return nothing(counts);
    }
    let sum: u64 = counts.iter().filter(|count| is_small(**count)).sum();
    let most = LEAST_PUBLISHED - 1;
    if small >= 2 && (small + 1..small * most).contains(&sum) {
        return shown(counts, total, is_small, Cell::Few);
    }
    let larger = counts.iter().copied().filter(|count| *count >= LEAST_PUBLISHED).min();
    let beside = larger.or_else(|| counts.contains(&0).then_some(0));
    match beside {
        // All of that size: which of them was taken would tell where the others are.
        Some(beside) => shown(counts, total, |count| is_small(count) || count == beside, Cell::Withheld),
        None => nothing(counts),
    }
}

fn is_small(count: u64) -> bool {
    (1..LEAST_PUBLISHED).contains(&count)
}

fn shown(counts: &[u64], total: u64, hides: impl Fn(u64) -> bool, mark: Cell) -> PublishedCounts {
    let cell = |count: &u64| if hides(*count) { mark } else { Cell::Shown(*count) };
    PublishedCounts { cells: counts.iter().map(cell).collect(), total: Cell::Shown(total) }
}

fn nothing(counts: &[u64]) -> PublishedCounts {
    PublishedCounts { cells: vec![Cell::Withheld; counts.len()], total: Cell::Withheld }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// Every table of `cells` counts whose sum is at most `most`.
    fn tables(cells: usize, most: u64) -> Vec<Vec<u64>> {
        if cells == 0 {
            return vec![Vec::new()];
        }
        let with = |first: u64| {
            tables(cells - 1, most - first)
                .into_iter()
                .map(move |rest| [vec![first], rest].concat())
                .collect::<Vec<_>>()
        };
        (0..=most).flat_map(with).collect()
    }

    /// The tables from which somebody who knows the rule computes a hidden count: all tables that look the same agree on it.
    fn given_away(rule: fn(&[u64]) -> PublishedCounts, cells: usize, most: u64) -> Vec<Vec<u64>> {
        let mut alike: BTreeMap<PublishedCounts, Vec<Vec<u64>>> = BTreeMap::new();
        for table in tables(cells, most) {
            alike.entry(rule(&table)).or_default().push(table);
        }
        let agree = |tables: &[Vec<u64>], place: usize| {
            tables.iter().map(|table| table[place]).collect::<BTreeSet<_>>().len() == 1
        };
        let mut found = Vec::new();
        for (published, tables) in alike {
            let hidden = published.cells.iter().enumerate().filter(|(_, cell)| !matches!(cell, Cell::Shown(_)));
            if hidden.into_iter().any(|(place, _)| agree(&tables, place)) {
                found.push(tables[0].clone());
            }
        }
        found
    }

    #[test]
    fn no_hidden_count_can_be_computed_by_who_knows_the_rule_and_the_total() {
        // With a shown total every table that looks the same has that sum, so the search is complete.
        for (cells, most) in [(1, 24), (2, 60), (3, 40), (4, 26), (5, 21), (6, 15)] {
            let found = given_away(publish_counts, cells, most);
            assert!(found.is_empty(), "{cells} cells: {:?}", &found[..found.len().min(5)]);
        }
    }

    #[test]
    fn the_search_finds_what_rules_that_seem_enough_give_away() {
        let few_only: fn(&[u64]) -> PublishedCounts = |counts| shown(counts, counts.iter().sum(), is_small, Cell::Few);
        assert!(given_away(few_only, 3, 20).contains(&vec![0, 0, 1]));
        let and_the_smallest: fn(&[u64]) -> PublishedCounts = |counts| {
            let mut published = shown(counts, counts.iter().sum(), is_small, Cell::Few);
            let larger = counts.iter().enumerate().filter(|(_, count)| **count >= LEAST_PUBLISHED);
            if let Some((place, _)) = larger.min_by_key(|(_, count)| **count) {
                published.cells[place] = Cell::Withheld;
            }
            published
        };
        assert!(given_away(and_the_smallest, 2, 20).contains(&vec![1, 5]), "6 − 5 is 1");
    }

    #[test]
    fn no_count_of_one_to_four_is_ever_shown() {
        for table in (1..=5).flat_map(|cells| tables(cells, 18)) {
            let published = publish_counts(&table);
            let all = published.cells.iter().chain([&published.total]);
            assert!(all.into_iter().all(|cell| !matches!(cell, Cell::Shown(1..=4))), "{table:?}: {published:?}");
        }
    }

    #[test]
    fn as_much_as_possible_is_shown() {
        let text = |counts: &[u64]| {
            let published = publish_counts(counts);
            published.cells.iter().chain([&published.total]).map(|cell| cell.text()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(text(&[1200, 0, 7]), "1.200 0 7 1.207");
        assert_eq!(text(&[12, 2, 3, 9]), "12 <5 <5 9 26");
        assert_eq!(text(&[12, 2, 9, 0]), "12 – – 0 23");
        assert_eq!(text(&[12, 2, 9, 9]), "12 – – – 32");
        assert_eq!(text(&[2, 1, 0]), "– – – –");
        assert_eq!(text(&[3]), "<5 <5");
        assert_eq!(text(&[]), "0");
    }

    #[test]
    fn programs_read_numbers_and_words() {
        let json = serde_json::to_string(&publish_counts(&[12, 2, 3])).unwrap();
        assert_eq!(json, r#"{"cells":[12,"<5","<5"],"total":17}"#);
    }
}
