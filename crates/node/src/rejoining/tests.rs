//! A ledger of an earlier time waits for everybody, heals by itself, or ends with what an operator has to do.

use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use danvan_daemon::{SimulatedClock, UnixMillis};
use danvan_ledger::{LedgerCopy, LedgerReader, MirrorError, Record, SilentMirror, mark_restored};
use danvan_replication::SPOOL_SOURCE;
use danvan_tlog::{IndexRange, KeyName, LogKey, MirrorKey, Note, Origin, Size, leaf_hash};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;
use crate::init::{InitOptions, init_at};
use crate::prepared::CheckError;
use crate::run::Overrides;
use crate::testbed::{NOW, options};

const QUICK: Backoff = Backoff { first: Duration::from_millis(1), cap: Duration::from_millis(5) };
const LONG: Duration = Duration::from_hours(1);

fn mirror(name: &str) -> VerifierKey {
    let name = KeyName::new(format!("test.danvan.demo/a/{name}/mirror")).unwrap();
    MirrorKey::from_seed(name, [3; 32]).verifier_key().clone()
}

/// A node with these aggregators, and a copy of its ledger with five more entries, all of them signed.
struct Bed {
    root: tempfile::TempDir,
    key: String,
}

impl Bed {
    fn new(aggregators: &[&str]) -> Self {
        let root = tempfile::tempdir().unwrap();
        let clock = SimulatedClock::at(UnixMillis::new(NOW));
        let aggregators = aggregators.iter().map(|name| mirror(name)).collect();
        let options = InitOptions { listen: Some(([127, 0, 0, 1], 0).into()), aggregators, ..options() };
        init_at(&root.path().join("node"), &options, &clock).unwrap();
        let key = fs::read_to_string(root.path().join("node/keys/node.key")).unwrap().trim().to_owned();
        let bed = Self { root, key };
        fs::create_dir(bed.copy()).unwrap();
        for file in fs::read_dir(bed.ledger()).unwrap().map(|file| file.unwrap().path()) {
            fs::copy(&file, bed.copy().join(file.file_name().unwrap())).unwrap();
        }
        let ledger = bed.open(&bed.copy()).unwrap();
        for number in 0..5 {
            ledger.append(Record::new(format!("entry {number}").into_bytes())).unwrap();
        }
        ledger.drain().unwrap();
        bed
    }

    fn dir(&self) -> PathBuf {
        self.root.path().join("node")
    }

    fn ledger(&self) -> PathBuf {
        self.dir().join("ledger")
    }

    fn copy(&self) -> PathBuf {
        self.root.path().join("copy")
    }

    fn key(&self) -> LogKey {
        LogKey::from_secret_text(&self.key).unwrap()
    }

    fn open(&self, directory: &Path) -> Result<Ledger, OpenError> {
        Ledger::open(directory, self.key().origin(), self.key(), LedgerConfig::default()).map(|(ledger, _)| ledger)
    }

    fn prepared(&self, without: &[&str]) -> Result<Prepared, CheckError> {
        let without = without.iter().map(|name| (*name).to_owned()).collect();
        Prepared::load(&self.dir(), &Overrides { without, ..Overrides::default() })
    }

    /// One that asks what `make` makes.
    fn rejoining(&self, shell: &Shell, make: impl FnMut() -> Vec<Source> + Send + 'static) -> Rejoining {
        Rejoining {
            directory: self.ledger(),
            log: self.key().verifier_key().clone(),
            without: BTreeSet::new(),
            sources: Sources::Made(Box::new(make)),
            gate: shell.ledger_gate.clone(),
            counters: shell.counters.clone(),
            retry: QUICK,
            missing_patience: LONG,
        }
    }

    async fn opened(&self, without: &[&str]) -> Result<Ledger, RunError> {
        let mut shell = Shell::new()?;
        let opened = open_ledger(&self.dir(), &self.prepared(without)?, &mut shell, &DrainToken::new()).await;
        Ok(opened?.expect("nobody told it to end").ledger)
    }
}

/// A mirror that shows a note and gives these entries.
struct Gives(Note, Vec<Vec<u8>>);

impl MirrorSource for Gives {
    fn name(&self) -> String {
        "gives".to_owned()
    }

    fn newest(&mut self, _: &Origin) -> Result<Option<Note>, MirrorError> {
        Ok(Some(self.0.clone()))
    }

    fn records(&mut self, range: IndexRange) -> Result<Vec<Record>, MirrorError> {
        let from = usize::try_from(range.start().get()).unwrap();
        let most = usize::try_from(range.len()).unwrap();
        Ok(self.1.iter().skip(from).take(most).cloned().map(Record::new).collect())
    }
}

fn unasked() -> Source {
    Box::new(SilentMirror::new("ngoc-lac", "no broker is configured"))
}

/// A mirror that says nothing for as long as anybody waits for it.
struct Silent(DrainToken);

impl MirrorSource for Silent {
    fn name(&self) -> String {
        "silent".to_owned()
    }

    fn newest(&mut self, _: &Origin) -> Result<Option<Note>, MirrorError> {
        tokio::runtime::Handle::current().block_on(self.0.cancelled());
        Err(MirrorError::new("nobody waits any more"))
    }

    fn records(&mut self, _: IndexRange) -> Result<Vec<Record>, MirrorError> {
        Err(MirrorError::new("it says nothing"))
    }
}

fn attempts(shell: &Shell, outcome: &str) -> u64 {
    shell.counters.rejoin_attempts.with_label_values(&[outcome]).get()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_waits_for_a_silent_aggregator_says_so_and_heals_once_it_answers() {
    let bed = Bed::new(&["ngoc-lac"]);
    mark_restored(&bed.ledger(), "a backup").unwrap();
    let mut shell = Shell::new().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let (counted, copy) = (asked.clone(), bed.copy());
    let make = move || -> Vec<Source> {
        if counted.fetch_add(1, Ordering::SeqCst) < 4 {
            vec![unasked()]
        } else {
            vec![Box::new(LedgerCopy::open(&copy).unwrap())]
        }
    };
    let mut rejoining = bed.rejoining(&shell, make);
    let face = shell.wait_at(bind(([127, 0, 0, 1], 0).into()).await.unwrap()).unwrap();
    let address = shell.listener.as_ref().unwrap().local_addr().unwrap();
    let seen = Arc::new(Mutex::new(BTreeMap::new()));
    // Asked from the side while it waits; at the latest when it is done.
    let looking = tokio::spawn({
        let (seen, asked) = (seen.clone(), asked.clone());
        async move {
            while asked.load(Ordering::SeqCst) < 2 {
                tokio::task::yield_now().await;
            }
            for path in ["/health/ready", "/health/live", "/", "/api/v1/events"] {
                let mut stream = TcpStream::connect(address).await.unwrap();
                let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
                stream.write_all(request.as_bytes()).await.unwrap();
                let mut answer = String::new();
                stream.read_to_string(&mut answer).await.unwrap();
                seen.lock().unwrap().insert(path, answer);
            }
        }
    });
    // It goes on for as long as somebody looks.
    rejoining.retry = Backoff { first: Duration::from_millis(300), cap: Duration::from_millis(300) };
    assert!(rejoining.run(&DrainToken::new()).await.unwrap());
    looking.await.unwrap();
    face.stop().await.unwrap();
    assert_eq!((attempts(&shell, "silent"), attempts(&shell, "rejoined")), (4, 1));
    assert_eq!((shell.counters.rejoined_entries.get(), shell.counters.rejoining.get()), (5, 0));
    assert!(TcpStream::connect(address).await.is_ok(), "the port was given up");

    let seen = seen.lock().unwrap();
    let ready = &seen["/health/ready"];
    assert!(ready.starts_with("HTTP/1.1 503") && ready.contains("đang lấy lại sổ") && ready.contains("catching up"));
    assert!(seen["/health/live"].starts_with("HTTP/1.1 200"));
    for path in ["/", "/api/v1/events"] {
        let answer = &seen[path];
        assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("retry-after: 15"), "{answer}");
        let (vi, en) = (answer.find("Máy đang lấy lại").unwrap(), answer.find("takes no forms yet").unwrap());
        assert!(vi < en, "{answer}");
    }
    let ledger = bed.open(&bed.ledger()).unwrap();
    let records = ledger.read(ledger.size().range()).unwrap();
    assert_eq!(records, bed.open(&bed.copy()).unwrap().read(Size::from(6).range()).unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_waits_ends_when_it_is_told_to_and_stays_as_it_is() {
    let bed = Bed::new(&["ngoc-lac"]);
    mark_restored(&bed.ledger(), "a backup").unwrap();
    let (shell, drain) = (Shell::new().unwrap(), DrainToken::new());
    let ending = drain.clone();
    let make = move || -> Vec<Source> {
        ending.cancel();
        vec![unasked()]
    };
    assert!(!bed.rejoining(&shell, make).run(&drain).await.unwrap());
    assert!(matches!(bed.open(&bed.ledger()), Err(OpenError::Restored)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entries_that_nobody_has_are_waited_for_and_then_an_operator_is_asked() {
    let bed = Bed::new(&["ngoc-lac"]);
    mark_restored(&bed.ledger(), "a backup").unwrap();
    let shell = Shell::new().unwrap();
    let note = LedgerCopy::open(&bed.copy()).unwrap().newest(&bed.key().origin()).unwrap().unwrap();
    let missing = move || -> Vec<Source> { vec![Box::new(Gives(note.clone(), Vec::new()))] };
    let mut rejoining = Rejoining { missing_patience: Duration::from_millis(30), ..bed.rejoining(&shell, missing) };
    let error = rejoining.run(&DrainToken::new()).await.unwrap_err().to_string();
    assert!(error.contains("nobody has the entries [1, 6)") && error.contains("không ai đưa ra"), "{error}");
    assert!(attempts(&shell, "missing") > 1);
    // It comes by itself where somebody gets them in time.
    let (mut asked, copy) = (0, bed.copy());
    let note = LedgerCopy::open(&bed.copy()).unwrap().newest(&bed.key().origin()).unwrap().unwrap();
    let later = move || -> Vec<Source> {
        asked += 1;
        let late: Source = Box::new(LedgerCopy::open(&copy).unwrap());
        vec![if asked < 3 { Box::new(Gives(note.clone(), Vec::new())) } else { late }]
    };
    assert!(bed.rejoining(&shell, later).run(&DrainToken::new()).await.unwrap());
    assert_eq!(bed.open(&bed.ledger()).unwrap().size(), Size::from(6));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_history_that_contradicts_the_signed_one_ends_the_node_at_once() {
    let bed = Bed::new(&["ngoc-lac"]);
    let forked = bed.key().sign(Size::from(1), leaf_hash(b"another first entry")).note().clone();
    let shell = Shell::new().unwrap();
    let make = move || -> Vec<Source> { vec![Box::new(Gives(forked.clone(), vec![b"x".to_vec()]))] };
    let error = bed.rejoining(&shell, make).run(&DrainToken::new()).await.unwrap_err().to_string();
    assert!(error.contains("have the root") && attempts(&shell, "irreparable") == 1, "{error}");
    assert_eq!(bed.open(&bed.ledger()).unwrap().size(), Size::from(1), "what was there was changed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_node_without_aggregators_goes_on_at_once() {
    let bed = Bed::new(&[]);
    mark_restored(&bed.ledger(), "a backup").unwrap();
    assert_eq!(bed.opened(&[]).await.unwrap().size(), Size::from(1));
    assert_eq!(bed.opened(&[]).await.unwrap().size(), Size::from(1));
    fs::remove_dir_all(bed.ledger()).unwrap();
    assert!(matches!(bed.opened(&[]).await, Err(RunError::Open(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_cannot_be_asked_needs_a_decision_which_is_kept() {
    let bed = Bed::new(&["ngoc-lac", "thanh-hoa"]);
    assert!(bed.opened(&["ngoc-lac"]).await.is_ok(), "a sound ledger asks nobody");
    mark_restored(&bed.ledger(), "a backup").unwrap();
    for without in [&[][..], &["ngoc-lac"], &["spool", "thanh-hoa"]] {
        let error = bed.opened(without).await.err().unwrap().to_string();
        assert!(error.contains("nats.url") && error.contains("--without"), "{error}");
    }
    let unknown = bed.prepared(&["hanoi"]).err().unwrap().to_string();
    assert_eq!(unknown, "--without hanoi: no such aggregator is required here; there are: ngoc-lac, thanh-hoa, spool");
    assert_eq!(SPOOL_SOURCE, "spool");
    let by_key = mirror("thanh-hoa").name().as_str().to_owned();
    assert_eq!(bed.opened(&["ngoc-lac", &by_key]).await.unwrap().size(), Size::from(1));
    let reader = LedgerReader::open(&bed.ledger()).unwrap();
    let names: Vec<_> = reader.forgone().iter().map(|forgone| forgone.aggregator.as_str()).collect();
    assert_eq!(names, ["test.danvan.demo/a/ngoc-lac/mirror", by_key.as_str()]);
    assert!(!reader.is_restored());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_copy_is_told_by_the_first_look_and_takes_nothing_in() {
    let bed = Bed::new(&["ngoc-lac"]);
    let ledger = bed.open(&bed.ledger()).unwrap();
    let look = async |make: Vec<Source>| {
        let mut made = Some(make);
        let sources = Sources::Made(Box::new(move || made.take().unwrap_or_default()));
        first_look(&ledger, sources, &DrainToken::new()).await
    };
    let note = || LedgerCopy::open(&bed.copy()).unwrap().newest(&bed.key().origin()).unwrap().unwrap();
    let agreeing = ledger.checkpoint_at(Size::from(1)).unwrap().note().clone();
    let alone: Vec<Source> = vec![Box::new(Gives(agreeing.clone(), Vec::new()))];
    assert_eq!(look(alone).await, Ok(Standing::Latest));
    let foreign = MirrorKey::from_seed(KeyName::new("x/a/y/mirror").unwrap(), [1; 32]);
    let foreign =
        LogKey::from_seed(foreign.verifier_key().name().clone(), [1; 32]).sign(Size::from(9), leaf_hash(b"x"));
    let harmless: Vec<Source> =
        vec![unasked(), Box::new(Gives(foreign.note().clone(), Vec::new())), Box::new(Gives(agreeing, Vec::new()))];
    assert_eq!(look(harmless).await, Ok(Standing::Unconfirmed), "not everybody was heard");
    assert_eq!(look(Vec::new()).await, Ok(Standing::Latest), "nobody else holds anything");
    assert_eq!(ledger.append(Record::new(b"taken in".to_vec())).unwrap().get(), 1);
    let patience = DrainToken::new();
    let telling: Vec<Source> = vec![Box::new(Silent(patience.clone())), Box::new(Gives(note(), Vec::new()))];
    let mut made = Some(telling);
    let sources = Sources::Made(Box::new(move || made.take().unwrap_or_default()));
    let found = first_look(&ledger, sources, &patience).await.unwrap_err();
    assert_eq!(found.to_string(), "the log's key has signed 6 entries, this disk holds 2");
    ledger.append(Record::new(b"too late".to_vec())).unwrap_err();
    drop(ledger);
    assert!(matches!(bed.open(&bed.ledger()), Err(OpenError::Journal(JournalOpenError::Lost { .. }))));
}
