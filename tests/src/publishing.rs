//! The course of a period by the commands that operators type, and the proof of what they published.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use danvan_event::OperatorKey;
use serde_json::Value;

use crate::binary::text;
use crate::fleet::Fleet;

/// The posts of the two operators of a fleet.
pub const POSTS: [&str; 2] = ["Trưởng Ban Dân vận", "Chánh Văn phòng"];

impl Fleet {
    /// The file of an operator's secret key, from 0.
    #[must_use]
    pub fn operator_key(&self, number: usize) -> PathBuf {
        self.root().join(format!("operator-{number}.key"))
    }

    /// Makes and lists the keys of both operators; the aggregator does not run.
    pub(crate) fn list_operators(&self) -> Result<()> {
        for (number, post) in POSTS.into_iter().enumerate() {
            self.new_operator(number, post)?;
        }
        Ok(())
    }

    /// Makes the key of an operator and lists it with the aggregator.
    ///
    /// # Errors
    /// When a command fails.
    pub fn new_operator(&self, number: usize, post: &str) -> Result<()> {
        let (key, data) = (self.operator_key(number).display().to_string(), self.aggregator.dir.display().to_string());
        let made = self.danvan.document(&["operator", "key", "new", "--post", post, "--out", &key])?;
        let (vkey, to) = (made["vkey"].as_str().unwrap_or_default(), self.aggregator.url(""));
        let words = ["aggregator", "operator", "add", vkey, "--post", post, "--data", &data, "--to", &to];
        self.danvan.document(&words).map(drop)
    }

    /// Strikes an operator off; the operators as they are listed after that.
    ///
    /// # Errors
    /// When a command fails.
    pub fn delist_operator(&self, number: usize, reason: &str) -> Result<Value> {
        let secret = std::fs::read_to_string(self.operator_key(number))?;
        let vkey = OperatorKey::from_secret_text(secret.lines().next().unwrap_or_default())?.vkey().to_string();
        let (data, to) = (self.aggregator.dir.display().to_string(), self.aggregator.url(""));
        let running = ["--data", &data, "--to", &to];
        let delist = [&["aggregator", "operator", "delist", &vkey, "--reason", reason], &running[..]].concat();
        self.danvan.document(&delist)?;
        self.danvan.document(&[&["aggregator", "operator", "list"], &running[..]].concat())
    }

    fn words(&self, words: &[&str]) -> Vec<String> {
        let token = self.aggregator.dir.join("operator.token").display().to_string();
        let end = ["--to".to_owned(), self.aggregator.url(""), "--token-file".to_owned(), token];
        ["rank"].iter().chain(words).map(|word| (*word).to_owned()).chain(end).collect()
    }

    /// `danvan rank …` with the operator's token.
    ///
    /// # Errors
    /// When the command fails.
    pub fn rank(&self, words: &[&str]) -> Result<Value> {
        self.danvan.document(&self.words(words))
    }

    /// `danvan rank …` that must end with this exit code; everything that it said.
    ///
    /// # Errors
    /// When it ends with another one.
    pub fn rank_ends(&self, code: i32, words: &[&str]) -> Result<String> {
        let ran = self.danvan.output(&self.words(words))?;
        let said = text(&ran.stdout) + &text(&ran.stderr);
        ensure!(ran.status.code() == Some(code), "{words:?}: {}\n{said}", ran.status);
        Ok(said)
    }

    /// Lets an operator sign the draft of a period.
    ///
    /// # Errors
    /// When the command fails.
    pub fn approve(&self, period: &str, operator: usize) -> Result<Value> {
        self.rank(&["approve", period, "--key", &self.operator_key(operator).display().to_string()])
    }

    /// Publishes a period and proves everything with the auditor's commands: no finding, the same bytes.
    ///
    /// # Errors
    /// When a command fails or an audit does.
    pub fn publish_and_prove(&self, period: &str) -> Result<()> {
        self.rank(&["open", period])?;
        self.rank(&["close", period])?;
        for operator in 0..POSTS.len() {
            self.approve(period, operator)?;
        }
        self.rank(&["publish", period])?;
        self.prove().map(drop)
    }

    /// Audits everything that was published: no finding, the same bytes. Gives back what the replay says.
    ///
    /// # Errors
    /// When a command fails or an audit does.
    pub fn prove(&self) -> Result<Value> {
        let data = self.root().display().to_string();
        let fsck = self.danvan.document(&["audit", "fsck", "--data", &data])?;
        ensure!(fsck["findings"] == serde_json::json!([]), "{fsck}");
        let replay = self.danvan.document(&["audit", "replay", "--data", &data])?;
        ensure!(replay["matches"] == true, "{replay}");
        self.export_and_prove()?;
        Ok(replay)
    }

    /// Exports from the aggregator's own directory, as at a machine that has no node beside it, and checks the export.
    fn export_and_prove(&self) -> Result<()> {
        let place = tempfile::tempdir()?;
        let (data, out) = (self.aggregator.dir.display().to_string(), place.path().join("out").display().to_string());
        let exported = self.danvan.document(&["export", "tlog", "--data", &data, "--out", &out])?;
        ensure!(exported["uncosigned"] == serde_json::json!([]), "{exported}");
        let fsck = self.danvan.document(&["audit", "fsck", "--data", &out])?;
        ensure!(fsck["findings"] == serde_json::json!([]), "{fsck}");
        Ok(())
    }
}
