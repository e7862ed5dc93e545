//! The power goes at every step of a change of places, and every unsynced name survives or not.

use super::*;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// What a directory holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    Damaged,
    Unfinished,
    Repaired(u64),
}

type Names = BTreeMap<String, Content>;

#[derive(Default)]
struct Model {
    live: Names,
    durable: Names,
    /// Steps until the power goes.
    left: Option<u32>,
    can_exchange: bool,
}

struct ModelSiblings(RefCell<Model>);

impl ModelSiblings {
    fn of(names: Names, left: Option<u32>, can_exchange: bool) -> Self {
        Self(RefCell::new(Model { live: names.clone(), durable: names, left, can_exchange }))
    }

    fn step(&self) -> io::Result<()> {
        let mut model = self.0.borrow_mut();
        match &mut model.left {
            Some(0) => Err(io::Error::other("power cut")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn places(&self) -> Places<'_> {
        Places { siblings: self, name: "ledger" }
    }
}

impl Numbered for ModelSiblings {
    fn number_in(&self, name: &str) -> io::Result<Option<u64>> {
        Ok(match self.0.borrow().live.get(name) {
            Some(Content::Repaired(number)) => Some(*number),
            _ => None,
        })
    }
}

impl Siblings for ModelSiblings {
    fn names(&self) -> io::Result<Vec<String>> {
        Ok(self.0.borrow().live.keys().cloned().collect())
    }

    fn exchange(&self, one: &str, other: &str) -> io::Result<()> {
        if !self.0.borrow().can_exchange {
            return Err(io::Error::from(io::ErrorKind::Unsupported));
        }
        self.step()?;
        let live = &mut self.0.borrow_mut().live;
        let (first, second) = (live[one], live[other]);
        live.insert(one.to_owned(), second);
        live.insert(other.to_owned(), first);
        Ok(())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.step()?;
        let live = &mut self.0.borrow_mut().live;
        assert!(!live.contains_key(to), "{to} would be replaced");
        let content = live.remove(from).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        live.insert(to.to_owned(), content);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.step()?;
        self.0.borrow_mut().live.remove(name);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.step()?;
        let mut model = self.0.borrow_mut();
        model.durable = model.live.clone();
        Ok(())
    }
}

/// A whole repair: clears, writes a copy, puts it in place.
fn repair(siblings: &ModelSiblings) -> io::Result<u64> {
    let number = siblings.places().next_number()?;
    siblings.places().clear()?;
    let write = |content| {
        siblings.0.borrow_mut().live.insert("ledger.repairing".to_owned(), content);
        siblings.sync()
    };
    write(Content::Unfinished)?;
    write(Content::Repaired(number))?;
    assert_eq!(siblings.places().put_in_place(number)?, format!("ledger.damaged-{number}"));
    Ok(number)
}

fn damaged() -> Names {
    BTreeMap::from([("ledger".to_owned(), Content::Damaged), ("other".to_owned(), Content::Damaged)])
}

fn steps(names: &Names, can_exchange: bool) -> u32 {
    let siblings = ModelSiblings::of(names.clone(), Some(1000), can_exchange);
    repair(&siblings).unwrap();
    let left = siblings.0.borrow().left.unwrap();
    1000 - left
}

#[test]
fn whenever_the_power_goes_a_whole_directory_has_the_name_and_the_evidence_is_kept() {
    for can_exchange in [true, false] {
        for step in 0..steps(&damaged(), can_exchange) {
            let siblings = ModelSiblings::of(damaged(), Some(step), can_exchange);
            repair(&siblings).unwrap_err();
            let (live, durable) = (siblings.0.borrow().live.clone(), siblings.0.borrow().durable.clone());
            for survived in [live, durable] {
                let context = format!("exchange {can_exchange}, step {step}, {survived:?}");
                let after = ModelSiblings::of(survived, None, can_exchange);
                after.places().finish().unwrap();
                let names = after.0.borrow().live.clone();
                match names.get("ledger") {
                    Some(Content::Damaged) => {}
                    Some(Content::Repaired(1)) => {
                        assert_eq!(names.get("ledger.damaged-1"), Some(&Content::Damaged), "{context}");
                    }
                    other => panic!("{context}: the ledger is {other:?}"),
                }
                // The operator repairs once more, whatever the first attempt came to.
                let number = repair(&after).unwrap();
                let names = after.0.borrow().live.clone();
                assert_eq!(names["ledger"], Content::Repaired(number), "{context}");
                let evidence = names.iter().filter(|(name, _)| name.starts_with("ledger.damaged-"));
                assert!(evidence.clone().any(|(_, content)| *content == Content::Damaged), "{context}: {names:?}");
                assert_eq!(names["other"], Content::Damaged, "{context}");
                assert!(!names.contains_key("ledger.repairing"), "{context}: {names:?}");
            }
        }
    }
}

#[test]
fn a_finished_repair_is_left_alone_even_when_its_evidence_was_removed() {
    let siblings = ModelSiblings::of(damaged(), None, true);
    assert_eq!(repair(&siblings).unwrap(), 1);
    siblings.0.borrow_mut().live.remove("ledger.damaged-1");
    siblings.0.borrow_mut().live.insert("ledger.repairing".to_owned(), Content::Unfinished);
    let before = siblings.0.borrow().live.clone();
    siblings.places().finish().unwrap();
    assert_eq!(siblings.0.borrow().live, before);
    assert_eq!(repair(&siblings).unwrap(), 2);
    assert_eq!(siblings.0.borrow().live["ledger.damaged-2"], Content::Repaired(1));
}
