//! Policy files: what they accept, what they refuse, and what a quorum means.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

use danvan_tlog::{
    CosignedAt, KeyName, LogKey, MirrorKey, NoteError, Policy, PolicyError, SignedCheckpoint, Size, leaf_hash,
};

fn log(n: u8) -> LogKey {
    LogKey::from_seed(KeyName::new(format!("example.com/u/{n}")).unwrap(), [n; 32])
}

fn mirror(n: u8) -> MirrorKey {
    MirrorKey::from_seed(KeyName::new(format!("example.com/a/{n}/mirror")).unwrap(), [100 + n; 32])
}

fn signed(mirrors: &[u8]) -> SignedCheckpoint {
    let signed = log(1).sign(Size::from(3), leaf_hash(b"root"));
    let at = CosignedAt::from_unix_seconds(1_700_000_000);
    mirrors.iter().fold(signed, |signed, &n| mirror(n).cosign(&signed, at))
}

fn policy(rest: &str) -> String {
    let witness = |n| format!("witness W{n} {}\n", mirror(n).verifier_key());
    let witnesses: Vec<String> = (1..=4).map(witness).collect();
    format!("log {}\n{}{rest}", log(1).verifier_key(), witnesses.concat())
}

fn met(rest: &str, mirrors: &[u8]) -> bool {
    let policy = Policy::parse(policy(rest).as_bytes()).unwrap();
    policy.open(&signed(mirrors).to_bytes()).unwrap().quorum
}

#[test]
fn comments_blank_lines_tabs_and_urls_are_read() {
    let key = log(1).verifier_key().to_string();
    let text = format!("# trust\n\n \tlog\t{key}  https://example.com/ \n   # end\nquorum none\n");
    let policy = Policy::parse(text.as_bytes()).unwrap();
    assert_eq!(policy.log_key(&log(1).origin()), Some(log(1).verifier_key()));
    assert_eq!(policy.to_string(), format!("log {key} https://example.com/\nquorum none\n"));
}

#[test]
fn a_written_policy_reads_back_as_itself() {
    let text = policy("group pair 2 W1 W2\ngroup rest any W3 W4\ngroup both all pair rest\nquorum both\n");
    let parsed = Policy::parse(text.as_bytes()).unwrap();
    assert_eq!(parsed.to_string(), text);
    let keys = || [mirror(1).verifier_key().clone(), mirror(2).verifier_key().clone()];
    for mirrors in [Vec::new(), keys()[..1].to_vec(), keys().to_vec()] {
        let made = Policy::mirrored([log(1).verifier_key().clone(), log(2).verifier_key().clone()], mirrors).unwrap();
        assert_eq!(Policy::parse(made.to_string().as_bytes()), Ok(made));
    }
}

#[test]
fn a_quorum_counts_as_its_groups_say() {
    assert!(met("quorum none\n", &[]));
    assert!(met("quorum W2\n", &[2]) && !met("quorum W2\n", &[1, 3, 4]));
    let two = "group g 2 W1 W2 W3\nquorum g\n";
    assert!(met(two, &[1, 3]) && met(two, &[1, 2, 3]) && !met(two, &[1]) && !met(two, &[1, 4]));
    let nested = "group pair all W1 W2\ngroup rest any W3 W4\ngroup both all pair rest\nquorum both\n";
    assert!(met(nested, &[1, 2, 4]) && !met(nested, &[1, 2]) && !met(nested, &[1, 3, 4]));
}

#[test]
fn refused_lines_are_named_by_their_number() {
    let (key, witness) = (log(1).verifier_key().to_string(), mirror(1).verifier_key().to_string());
    let renamed = LogKey::from_seed(KeyName::new("example.com/u/renamed").unwrap(), [1; 32]);
    let second = LogKey::from_seed(KeyName::new("example.com/u/1").unwrap(), [50; 32]);
    for (text, line) in [
        (String::new(), 1),
        (policy(""), 6),
        ("quorum none".to_owned(), 1),
        ("quorum none\nquorum none\n".to_owned(), 2),
        (format!("log {key}\nlog {key}\nquorum none\n"), 2),
        (format!("log {key}\nlog {}\nquorum none\n", renamed.verifier_key()), 2),
        (format!("log {key}\nlog {}\nquorum none\n", second.verifier_key()), 2),
        (format!("log {witness}\nquorum none\n"), 1),
        (format!("witness W {key}\nquorum none\n"), 1),
        (format!("witness none {witness}\nquorum none\n"), 1),
        (format!("witness W {witness}\nwitness V {witness}\nquorum none\n"), 2),
        (format!("log {key} url more\nquorum none\n"), 1),
        ("log\nquorum none\n".to_owned(), 1),
        ("Quorum none\n".to_owned(), 1),
        ("quorum W1\n".to_owned(), 1),
        (policy("group g 2 W1\nquorum g\n"), 6),
        (policy("group g 0 W1\nquorum g\n"), 6),
        (policy("group g 01 W1\nquorum g\n"), 6),
        (policy("group g any\nquorum g\n"), 6),
        (policy("group g any none\nquorum g\n"), 6),
        (policy("group g any later\ngroup later any W1\nquorum g\n"), 6),
        (policy("group g any g\nquorum g\n"), 6),
        (policy("group g any W1 W1\nquorum g\n"), 6),
        (policy("group g any W1\ngroup h any W1\nquorum h\n"), 7),
        (policy("group W1 any W2\nquorum W1\n"), 6),
        (policy("group none any W2\nquorum none\n"), 6),
        (policy("quorum none\r\n"), 6),
        (policy("quorum\u{a0}none\n"), 6),
    ] {
        let refused = Policy::parse(text.as_bytes()).expect_err(&text);
        assert_eq!(refused.line, line, "{refused}\n{text}");
    }
    assert!(Policy::parse(b"# \xff\nquorum none\n").is_err());
}

#[test]
fn check_asks_for_the_quorum_and_open_does_not() {
    let policy = Policy::parse(policy("quorum W1\n").as_bytes()).unwrap();
    assert!(!policy.open(&signed(&[]).to_bytes()).unwrap().quorum);
    assert!(matches!(policy.check(&signed(&[2]).to_bytes()), Err(PolicyError::Quorum { .. })));
    let checked = policy.check(&signed(&[1, 2]).to_bytes()).unwrap();
    assert_eq!(checked.cosigned.len(), 2);
    assert_eq!(checked.signed.size(), Size::from(3));
}

#[test]
fn an_unknown_log_and_a_bad_known_witness_are_refused() {
    let policy = Policy::parse(policy("quorum none\n").as_bytes()).unwrap();
    let stranger = log(2).sign(Size::from(3), leaf_hash(b"root"));
    assert_eq!(policy.open(&stranger.to_bytes()), Err(PolicyError::UnknownLog(log(2).origin())));
    let good = signed(&[1]);
    let other = mirror(1).cosign(&log(1).sign(Size::from(4), leaf_hash(b"root")), CosignedAt::from_unix_seconds(1));
    let line = other.note().to_string().lines().last().unwrap().to_owned();
    let borrowed = good.note().to_string().split_inclusive('\n').take(5).collect::<String>() + &line + "\n";
    assert_eq!(
        policy.open(borrowed.as_bytes()),
        Err(PolicyError::Note(NoteError::Bad(mirror(1).verifier_key().name().clone())))
    );
}

#[test]
fn a_changed_byte_of_a_policy_never_panics_and_never_trusts_another_key() {
    let good = policy("group g 2 W1 W2 W3\nquorum g\n");
    let parsed = Policy::parse(good.as_bytes()).unwrap();
    let known: Vec<_> = parsed.witnesses().cloned().chain([log(1).verifier_key().clone()]).collect();
    for at in 0..good.len() {
        for flip in [1, 2, 3, 4, 8, 16, 32, 64, 128, 255_u8] {
            let mut bad = good.clone().into_bytes();
            bad[at] ^= flip;
            let Ok(policy) = Policy::parse(&bad) else { continue };
            assert!(policy.witnesses().all(|key| known.contains(key)), "byte {at} ^ {flip:#04x}");
            assert!(policy.logs().all(|(_, key)| known.contains(key)), "byte {at} ^ {flip:#04x}");
        }
    }
}
