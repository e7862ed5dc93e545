//! The law of the fold: the order between logs does not matter, and neither does a stop on the way.

use danvan_event::Source;
use danvan_projection::{Evidence, ReadModel, Snapshot};
use proptest::prelude::*;

use crate::deeds::{deed, logs};

/// Folds the logs; `turns` says whose turn it is, and the rest follows log by log. After `stop` entries the model is written
/// down and read back.
fn folded(logs: &[(Source, Vec<Vec<u8>>)], turns: &[usize], stop: Option<usize>) -> ReadModel {
    let mut model = ReadModel::default();
    let mut next = vec![0_usize; logs.len()];
    let rest = (0..logs.len()).flat_map(|log| std::iter::repeat_n(log, logs[log].1.len()));
    for (turn, log) in turns.iter().map(|turn| turn % logs.len()).chain(rest).enumerate() {
        if stop == Some(turn) {
            let snapshot = Snapshot { cursor: 7, model };
            let read = Snapshot::from_bytes(&snapshot.to_bytes().unwrap()).unwrap();
            assert_eq!(read, snapshot);
            model = read.model;
        }
        let (source, entries) = &logs[log];
        if let Some(bytes) = entries.get(next[log]) {
            model.apply(source, Evidence::new(next[log] as u64), bytes);
            next[log] += 1;
        }
    }
    model
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_interleaving_of_the_logs_gives_the_same_read_model(
        deeds in prop::collection::vec(prop::collection::vec(deed(), 0..24), 3),
        turns in prop::collection::vec(any::<usize>(), 0..72),
    ) {
        let logs = logs(&deeds, &turns);
        let one_after_the_other = folded(&logs, &[], None);
        let interleaved = folded(&logs, &turns, None);
        prop_assert_eq!(&interleaved, &one_after_the_other);
        let bytes = |model: ReadModel| Snapshot { cursor: 0, model }.to_bytes().unwrap();
        prop_assert_eq!(bytes(interleaved), bytes(one_after_the_other));
    }

    #[test]
    fn logs_that_are_folded_apart_and_joined_give_the_same_read_model(
        deeds in prop::collection::vec(prop::collection::vec(deed(), 0..24), 3),
        turns in prop::collection::vec(any::<usize>(), 0..72),
    ) {
        let logs = logs(&deeds, &turns);
        let mut joined = folded(&logs[3..], &[], None);
        for log in &logs[..3] {
            let apart = folded(std::slice::from_ref(log), &[], None);
            for (unit, known) in apart.units() {
                joined.adopt(unit, known.clone());
            }
        }
        prop_assert_eq!(joined, folded(&logs, &turns, None));
    }

    #[test]
    fn a_snapshot_taken_anywhere_and_continued_equals_folding_from_the_start(
        deeds in prop::collection::vec(prop::collection::vec(deed(), 0..24), 3),
        turns in prop::collection::vec(any::<usize>(), 0..72),
        stop in 0_usize..72,
    ) {
        let logs = logs(&deeds, &turns);
        prop_assert_eq!(folded(&logs, &turns, Some(stop)), folded(&logs, &turns, None));
    }
}
