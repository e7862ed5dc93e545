//! Keys, notes and cosignatures, against `signed_note` and under every single-byte change.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

use danvan_tlog::{
    Algorithm, CosignedAt, Hash, KeyName, KeyTextError, LogKey, MirrorKey, Note, NoteError, NoteTextError, Origin,
    SignedCheckpoint, Size, VerifierKey, leaf_hash,
};
use signed_note::Verifier as _;

const TIME: CosignedAt = CosignedAt::from_unix_seconds(1_712_345_678);

fn log_key() -> LogKey {
    LogKey::from_seed(KeyName::new("example.com/u/gso2024-15097").unwrap(), [7; 32])
}

fn mirror_key() -> MirrorKey {
    MirrorKey::from_seed(KeyName::new("example.com/a/one/mirror").unwrap(), [9; 32])
}

fn root() -> Hash {
    leaf_hash(b"root")
}

/// A checkpoint of size 42 with the line of a key that nobody here knows, the log's and the mirror's.
fn cosigned() -> SignedCheckpoint {
    mirror_key().cosign(&log_key().sign(Size::from(42), root()), TIME)
}

#[test]
fn keys_keep_their_value_through_their_texts() {
    let (log, mirror) = (log_key(), mirror_key());
    for key in [log.verifier_key(), mirror.verifier_key()] {
        assert_eq!(key.to_string().parse().as_ref(), Ok(key));
    }
    assert_eq!(log.verifier_key().algorithm(), Algorithm::Log);
    assert_eq!(mirror.verifier_key().algorithm(), Algorithm::Cosignature);
    let loaded = LogKey::from_secret_text(&log.to_secret_text()).unwrap();
    assert_eq!(loaded.verifier_key(), log.verifier_key());
    let loaded = MirrorKey::from_secret_text(&mirror.to_secret_text()).unwrap();
    assert_eq!(loaded.verifier_key(), mirror.verifier_key());
    assert_eq!(log.origin(), Origin::new("example.com/u/gso2024-15097").unwrap());
}

#[test]
fn a_key_of_one_role_is_not_read_as_one_of_another() {
    assert!(matches!(LogKey::from_secret_text(&mirror_key().to_secret_text()), Err(KeyTextError::Algorithm(_, 0x04))));
    assert!(matches!(MirrorKey::from_secret_text(&log_key().to_secret_text()), Err(KeyTextError::Algorithm(_, 0x01))));
}

#[test]
fn secrets_do_not_show_in_traces() {
    let (log, mirror) = (log_key(), mirror_key());
    for (shown, secret) in
        [(format!("{log:?}"), log.to_secret_text()), (format!("{mirror:?}"), mirror.to_secret_text())]
    {
        let (_, bytes) = secret.rsplit_once('+').unwrap();
        assert!(!shown.contains(bytes) && !shown.contains("PRIVATE"), "{shown}");
    }
}

#[test]
fn signed_note_accepts_our_keys_and_signatures_and_we_accept_its() {
    let log = log_key();
    let ours = log.sign(Size::from(42), root());
    let verifier = signed_note::StandardVerifier::new(&log.verifier_key().to_string()).unwrap();
    assert_eq!(verifier.key_id().to_be_bytes(), *log.verifier_key().key_id().as_bytes());
    let theirs = signed_note::Note::from_bytes(&ours.to_bytes()).unwrap();
    theirs.verify(&signed_note::VerifierList::new(vec![Box::new(verifier)])).unwrap();

    let signer = signed_note::StandardSigner::new(&log.to_secret_text()).unwrap();
    let mut note = signed_note::Note::new(ours.checkpoint().to_string().as_bytes(), &[]).unwrap();
    note.add_sigs(&[&signer]).unwrap();
    assert_eq!(note.to_bytes(), ours.to_bytes());
    let foreign = tlog_tiles::Checkpoint::from_bytes(ours.note().text().as_bytes()).unwrap();
    assert_eq!((foreign.origin(), foreign.size(), foreign.hash().0), (ours.origin().as_str(), 42, *root().as_bytes()));
}

/// The same rule written a second time, on the other generation of the Ed25519 crate.
struct ForeignCosignatureVerifier {
    name: String,
    id: u32,
    key: ed25519_dalek_2::VerifyingKey,
}

impl signed_note::Verifier for ForeignCosignatureVerifier {
    fn name(&self) -> &str {
        &self.name
    }

    fn key_id(&self) -> u32 {
        self.id
    }

    fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        let (time, signature) = signature.split_at(8);
        let time = u64::from_be_bytes(time.try_into().unwrap());
        let message = [format!("cosignature/v1\ntime {time}\n").as_bytes(), text].concat();
        let signature = ed25519_dalek_2::Signature::from_slice(signature).unwrap();
        self.key.verify_strict(&message, &signature).is_ok()
    }
}

#[test]
fn a_cosignature_is_what_tlog_cosignature_describes() {
    let mirror = mirror_key();
    let public = mirror.verifier_key();
    let encoded = [&[4], public.public_bytes().as_slice()].concat();
    let verifier = ForeignCosignatureVerifier {
        name: public.name().to_string(),
        id: signed_note::key_id(public.name().as_str(), &encoded),
        key: ed25519_dalek_2::VerifyingKey::from_bytes(public.public_bytes()).unwrap(),
    };
    let note = signed_note::Note::from_bytes(&cosigned().to_bytes()).unwrap();
    let (known, unknown) = note.verify(&signed_note::VerifierList::new(vec![Box::new(verifier)])).unwrap();
    assert_eq!((known.len(), unknown.len()), (1, 1));
}

#[test]
fn a_cosigned_note_opens_and_tells_when() {
    let signed = cosigned();
    let opened = SignedCheckpoint::open(&signed.to_bytes(), log_key().verifier_key()).unwrap();
    assert_eq!(opened, signed);
    assert_eq!(opened.cosigned_by(mirror_key().verifier_key()), Ok(TIME));
    let again = mirror_key().cosign(&opened, CosignedAt::from_unix_seconds(1_800_000_000));
    assert_eq!(again.note().signatures().len(), 2, "the newer line takes the place of the older");
}

#[test]
fn the_line_of_an_unknown_key_is_ignored_and_a_bad_or_doubled_known_one_is_fatal() {
    let (log, mirror) = (log_key(), mirror_key());
    let signed = cosigned();
    let (text, lines) =
        signed.note().to_string().split_once("\n\n").map(|(t, l)| (t.to_owned(), l.to_owned())).unwrap();
    let stranger = "\u{2014} example.com/stranger AAAAAAAA\n";
    let open = |lines: &str| SignedCheckpoint::open(format!("{text}\n\n{lines}").as_bytes(), log.verifier_key());

    let with_stranger = open(&format!("{stranger}{lines}{stranger}")).unwrap();
    assert_eq!(with_stranger.cosigned_by(mirror.verifier_key()), Ok(TIME));

    let name = log.verifier_key().name().clone();
    let first = lines.lines().next().unwrap();
    assert_eq!(open(&format!("{first}\n{lines}")), Err(NoteError::Duplicate(name.clone())));
    assert_eq!(open(stranger), Err(NoteError::Missing(name.clone())));
    let other_text =
        SignedCheckpoint::open(signed.note().to_string().replace("\n42\n", "\n43\n").as_bytes(), log.verifier_key());
    assert_eq!(other_text, Err(NoteError::Bad(name)));
    assert_eq!(signed.note().cosigned_by(log.verifier_key()), Err(NoteError::Role(log.verifier_key().name().clone())));
}

#[test]
fn a_log_key_opens_checkpoints_of_its_own_log_only() {
    let signed = cosigned();
    let other = LogKey::from_seed(KeyName::new("example.com/u/other").unwrap(), [7; 32]);
    assert!(matches!(SignedCheckpoint::open(&signed.to_bytes(), other.verifier_key()), Err(NoteError::Origin { .. })));
}

#[test]
fn malformed_notes_are_refused_with_the_reason() {
    let good = cosigned().note().to_string();
    for (note, error) in [
        (String::new(), NoteTextError::Shape),
        ("text\n".to_owned(), NoteTextError::Shape),
        ("\n\u{2014} a AAAAAAAA\n".to_owned(), NoteTextError::Shape),
        (good.trim_end().to_owned(), NoteTextError::Shape),
        (good.replace('\n', "\r\n"), NoteTextError::Characters),
        (format!("{good}\n"), NoteTextError::Shape),
        (good.replacen('\u{2014}', "-", 1), NoteTextError::SignatureLine(1)),
        (good.replacen("\u{2014} ", "\u{2014}  ", 1), NoteTextError::SignatureLine(1)),
        (format!("{good}\u{2014} a+b AAAAAAAA\n"), NoteTextError::SignatureLine(3)),
        (format!("{good}\u{2014} a AAAAAAA\n"), NoteTextError::SignatureLine(3)),
        (format!("{good}\u{2014} a AAAA\n"), NoteTextError::SignatureLine(3)),
        (format!("{good}{}", "\u{2014} a AAAAAAAA\n".repeat(63)), NoteTextError::Signatures),
        (format!("{}\n\n\u{2014} a AAAAAAAA\n", "a".repeat(40_000)), NoteTextError::TooLong),
    ] {
        assert_eq!(Note::parse(note.as_bytes()), Err(error), "{:?}", note.chars().take(80).collect::<String>());
    }
    assert_eq!(Note::parse(&[0xff]), Err(NoteTextError::Characters));
    assert!(Note::parse(format!("{good}{}", "\u{2014} a AAAAAAAA\n".repeat(62)).as_bytes()).is_ok());
}

#[test]
fn no_changed_byte_of_a_note_verifies_as_both_signatures() {
    let (log, mirror) = (log_key(), mirror_key());
    let good = cosigned().to_bytes();
    for at in 0..good.len() {
        for flip in [1, 2, 3, 4, 8, 16, 31, 32, 64, 128, 255_u8] {
            let mut bad = good.clone();
            bad[at] ^= flip;
            let verified = SignedCheckpoint::open(&bad, log.verifier_key())
                .and_then(|signed| signed.cosigned_by(mirror.verifier_key()));
            assert!(verified.is_err(), "byte {at} ^ {flip:#04x}");
            if let Ok(note) = Note::parse(&bad) {
                assert_eq!(note.to_bytes(), bad, "byte {at} ^ {flip:#04x}");
            }
        }
    }
}

#[test]
fn no_changed_byte_of_a_key_is_the_same_key() {
    for good in [log_key().verifier_key().to_string(), mirror_key().verifier_key().to_string()] {
        for at in 0..good.len() {
            for flip in 1..128_u8 {
                let mut bad = good.clone().into_bytes();
                bad[at] ^= flip;
                let Ok(bad) = String::from_utf8(bad) else { continue };
                assert!(bad.parse::<VerifierKey>().is_err(), "byte {at} ^ {flip:#04x}");
            }
        }
    }
}

#[test]
fn weak_keys_are_refused() {
    // The identity of the curve: it would verify a signature over anything.
    let mut public = [0; 32];
    public[0] = 1;
    let encoded = [&[1], public.as_slice()].concat();
    let id = signed_note::key_id("weak", &encoded);
    let text = format!("weak+{id:08x}+{}", base64::Engine::encode(&base64::prelude::BASE64_STANDARD, encoded));
    assert!(matches!(text.parse::<VerifierKey>(), Err(KeyTextError::Bytes(_))));
}
