//! Roots and proofs against the vectors of Certificate Transparency and against two other implementations.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use danvan_tlog::{ConsistencyProof, Frontier, Hash, InclusionProof, Index, Leaves, ProofError, Size, leaf_hash};
use proptest::prelude::*;
use sha2::Sha256;

fn leaves(count: u32) -> Vec<Hash> {
    (0..count).map(|n| leaf_hash(&entry(n))).collect()
}

fn entry(n: u32) -> Vec<u8> {
    format!("entry {n}").into_bytes()
}

fn root(leaves: &[Hash]) -> Hash {
    Frontier::of(leaves.iter().copied()).root()
}

/// The tree of `tlog_tiles`, which keeps every hash in one row.
struct StoredHashes(Vec<tlog_tiles::Hash>);

impl tlog_tiles::HashReader for StoredHashes {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        Ok(indexes.iter().map(|&at| self.0[usize::try_from(at).unwrap()]).collect())
    }
}

impl StoredHashes {
    fn of(count: u32) -> Self {
        let mut stored = Self(Vec::new());
        for n in 0..count {
            let more = tlog_tiles::stored_hashes(u64::from(n), &entry(n), &stored).unwrap();
            stored.0.extend(more);
        }
        stored
    }
}

fn bytes(hashes: &[Hash]) -> Vec<[u8; 32]> {
    hashes.iter().map(|hash| *hash.as_bytes()).collect()
}

fn foreign(hashes: &[Hash]) -> Vec<tlog_tiles::Hash> {
    hashes.iter().map(|hash| tlog_tiles::Hash(*hash.as_bytes())).collect()
}

/// The leaves and roots of Certificate Transparency's reference tests.
#[test]
fn roots_are_those_of_certificate_transparency() {
    let entries: [&str; 8] =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let mut frontier = Frontier::empty();
    assert_eq!(frontier.root(), Hash::EMPTY_ROOT);
    for (entry, root) in entries.iter().zip(roots) {
        frontier.push(leaf_hash(&hex::decode(entry).unwrap()));
        assert_eq!(frontier.root().hex(), root);
    }
}

#[test]
fn roots_and_proofs_of_every_small_log_equal_those_of_two_other_implementations() {
    const COUNT: u32 = 70;
    let all = leaves(COUNT);
    let stored = StoredHashes::of(COUNT);
    let mut tree = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    for size in 1..=COUNT {
        tree.push(entry(size - 1));
        let held = &all[..size as usize];
        let ours = root(held);
        assert_eq!(*ours.as_bytes(), tlog_tiles::tree_hash(u64::from(size), &stored).unwrap().0);
        assert_eq!(ours.as_bytes(), tree.root().as_bytes().as_slice());
        for index in 0..size {
            let proof = InclusionProof::generate(&Leaves(held), Index::from(index), Size::from(size)).unwrap().unwrap();
            let tiles = tlog_tiles::prove_record(u64::from(size), u64::from(index), &stored).unwrap();
            assert_eq!(foreign(&proof.hashes), tiles, "inclusion {index} in {size}");
            let ct = tree.prove_inclusion(index as usize);
            assert_eq!(bytes(&proof.hashes).concat(), ct.as_bytes());
            assert_eq!(proof.verify(all[index as usize], Index::from(index), Size::from(size), ours), Ok(()));
        }
        for earlier in 1..=size {
            let (from, to) = (Size::from(earlier), Size::from(size));
            let proof = ConsistencyProof::generate(&Leaves(held), from, to).unwrap().unwrap();
            let tiles = tlog_tiles::prove_tree(u64::from(size), u64::from(earlier), &stored).unwrap();
            assert_eq!(foreign(&proof.hashes), tiles, "consistency {earlier} to {size}");
            let ct = tree.prove_consistency((size - earlier) as usize);
            assert_eq!(bytes(&proof.hashes).concat(), ct.as_bytes());
            assert_eq!(proof.verify(from, root(&all[..earlier as usize]), to, ours), Ok(()));
        }
    }
}

#[test]
fn what_does_not_exist_is_not_proved() {
    let held = leaves(5);
    let five = Size::from(5);
    assert_eq!(InclusionProof::generate(&Leaves(&held), Index::from(5), five).unwrap(), None);
    assert_eq!(ConsistencyProof::generate(&Leaves(&held), Size::from(6), five).unwrap(), None);
    assert!(InclusionProof::generate(&Leaves(&held), Index::from(0), Size::from(6)).is_err());
    let nothing = InclusionProof { hashes: Vec::new() };
    assert_eq!(nothing.verify(held[0], Index::ZERO, Size::ZERO, held[0]), Err(ProofError::Outside(Size::ZERO)));
    assert_eq!(nothing.verify(held[0], Index::from(5), five, root(&held)), Err(ProofError::Outside(five)));
}

#[test]
fn every_log_continues_the_empty_one_and_itself_and_needs_no_hashes_for_that() {
    let held = leaves(5);
    let (zero, five, root) = (Size::ZERO, Size::from(5), root(&held));
    let proof = ConsistencyProof::generate(&Leaves(&held), zero, five).unwrap().unwrap();
    assert_eq!(proof.hashes, []);
    assert_eq!(proof.verify(zero, Hash::EMPTY_ROOT, five, root), Ok(()));
    assert_eq!(proof.verify(zero, held[0], five, root), Err(ProofError::Mismatch));
    assert_eq!(proof.verify(five, root, five, root), Ok(()));
    assert_eq!(proof.verify(five, held[0], five, root), Err(ProofError::Mismatch));
    let padded = ConsistencyProof { hashes: vec![root] };
    assert_eq!(padded.verify(five, root, five, root), Err(ProofError::Mismatch));
    assert_eq!(padded.verify(zero, Hash::EMPTY_ROOT, five, root), Err(ProofError::Mismatch));
}

/// The hashes of a proof with one of them changed, dropped, doubled or swapped with its neighbour.
fn spoilt(hashes: &[Hash], at: usize, how: u8) -> Vec<Hash> {
    let mut hashes = hashes.to_vec();
    if hashes.is_empty() {
        return vec![leaf_hash(b"invented")];
    }
    let at = at % hashes.len();
    let next = (at + 1) % hashes.len();
    match how % 4 {
        0 => hashes[at] = leaf_hash(b"changed"),
        1 => drop(hashes.remove(at)),
        2 => hashes.insert(at, hashes[at]),
        _ if hashes.len() > 1 => hashes.swap(at, next),
        _ => hashes.push(leaf_hash(b"added")),
    }
    hashes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_spoilt_inclusion_proof_never_verifies(size in 1..300_u32, index in 0..300_u32, at: usize, how: u8) {
        let index = index % size;
        let held = leaves(size);
        let (place, size, leaf, root) = (Index::from(index), Size::from(size), held[index as usize], root(&held));
        let proof = InclusionProof::generate(&Leaves(&held), place, size).unwrap().unwrap();
        prop_assert_eq!(proof.verify(leaf, place, size, root), Ok(()));
        let bad = InclusionProof { hashes: spoilt(&proof.hashes, at, how) };
        prop_assert_eq!(bad.verify(leaf, place, size, root), Err(ProofError::Mismatch));
        prop_assert!(proof.verify(leaf_hash(b"other"), place, size, root).is_err());
        prop_assert!(proof.verify(leaf, place, size, leaf_hash(b"other")).is_err());
        if let Some(next) = Index::new(place.get() + 1) {
            prop_assert!(proof.verify(leaf, next, size, root).is_err());
        }
    }

    #[test]
    fn a_spoilt_consistency_proof_never_verifies(later in 2..300_u32, earlier in 1..300_u32, at: usize, how: u8) {
        let earlier = 1 + earlier % (later - 1);
        let held = leaves(later);
        let (old, new) = (root(&held[..earlier as usize]), root(&held));
        let (from, to) = (Size::from(earlier), Size::from(later));
        let proof = ConsistencyProof::generate(&Leaves(&held), from, to).unwrap().unwrap();
        prop_assert_eq!(proof.verify(from, old, to, new), Ok(()));
        let bad = ConsistencyProof { hashes: spoilt(&proof.hashes, at, how) };
        prop_assert_eq!(bad.verify(from, old, to, new), Err(ProofError::Mismatch));
        prop_assert!(proof.verify(from, leaf_hash(b"other"), to, new).is_err());
        prop_assert!(proof.verify(from, old, to, leaf_hash(b"other")).is_err());
        prop_assert!(proof.verify(to, new, from, old).is_err());
    }
}
