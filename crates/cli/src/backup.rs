//! `danvan backup`: encrypted copies of a node's or an aggregator's directory, and the way back.

use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use danvan_backup::{
    CreateError, CreateOptions, Created, Identity, ManifestNumber, ReadError, Recipient, RestoreError, Restored,
    Verified, create, restore, verify,
};
use danvan_daemon::{Clock as _, SystemClock, write_private};
use danvan_event::Timestamp;
use serde_json::{Value, json};

use crate::exit::{Exit, Failure, Outcome};
use crate::input;
use crate::output::Output;

/// `danvan backup …`
#[derive(Debug, Subcommand)]
pub(crate) enum BackupCommand {
    /// Khoá của người vận hành | The operator's key, which alone reads a backup
    #[command(subcommand)]
    Key(KeyCommand),
    /// Sao lưu, kể cả khi đang chạy | Copies a directory, also while its process runs
    Create(Create),
    /// Kiểm tra bản sao lưu | Checks every byte of a copy; with the key also that it can be read
    Verify(Verify),
    /// Khôi phục vào thư mục mới | Puts a copy back as a new directory
    Restore(Restore),
}

/// `danvan backup key …`
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Tạo khoá mới | Makes a key; prints the public half, for which backups are encrypted
    New(NewKey),
}

/// `danvan backup key new --out FILE`
#[derive(Debug, Args)]
pub(crate) struct NewKey {
    /// New file for the secret, readable by its owner only; keep it on another machine, and on paper
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// `danvan backup create`
#[derive(Debug, Args)]
#[command(
    after_help = "Example: danvan backup create --dir ./loc-thinh --out /mnt/backup/loc-thinh --recipient age1… --keep 30"
)]
pub(crate) struct Create {
    /// Directory of a node or an aggregator
    #[arg(long, value_name = "DIR", alias = "data")]
    dir: PathBuf,
    /// Directory of the backup, best on another disk; made when it is missing
    #[arg(long, value_name = "BACKUP")]
    out: PathBuf,
    /// Who will read it (age1…); may be given more than once
    #[arg(long = "recipient", value_name = "KEY", required = true)]
    recipients: Vec<Recipient>,
    /// How many copies stay, this one among them [default: all]
    #[arg(long, value_name = "N")]
    keep: Option<NonZeroUsize>,
}

/// `danvan backup verify`
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Directory of the backup
    #[arg(value_name = "BACKUP")]
    backup: PathBuf,
    /// Number of the copy [default: the newest]
    #[arg(long, value_name = "N")]
    number: Option<u32>,
    /// File with the operator's secret key
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
}

/// `danvan backup restore`
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// Directory of the backup
    #[arg(value_name = "BACKUP")]
    backup: PathBuf,
    /// File with the operator's secret key
    #[arg(long, value_name = "FILE")]
    identity: PathBuf,
    /// New directory
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Number of the copy [default: the newest]
    #[arg(long, value_name = "N")]
    number: Option<u32>,
}

impl BackupCommand {
    /// Does it.
    pub(crate) fn run(self, output: Output) -> Outcome {
        match self {
            Self::Key(KeyCommand::New(new)) => new.run(output),
            Self::Create(create) => create.run(output),
            Self::Verify(verify) => verify.run(output),
            Self::Restore(restore) => restore.run(output),
        }
    }
}

impl NewKey {
    fn run(self, output: Output) -> Outcome {
        let identity = Identity::generate();
        let recipient = identity.recipient().to_string();
        // As age's own tool writes it.
        let text = format!("# public key: {recipient}\n{}\n", identity.to_secret_text());
        write_private(&self.out, text.as_bytes()).map_err(|error| {
            let place = self.out.display();
            Failure::failed("không ghi được khoá", "cannot write the key", format!("{place}: {error}"))
        })?;
        output.talk(
            "Mất khoá là mất bản sao lưu; cất khoá ở máy khác | \
             Without this key a backup is lost; keep it on another machine",
        );
        output.result(&json!({ "recipient": recipient, "file": self.out }), &recipient);
        Ok(Exit::Done)
    }
}

impl Create {
    fn run(self, output: Output) -> Outcome {
        let created_ms = u64::try_from(SystemClock.now().get()).unwrap_or(0);
        let options = CreateOptions { recipients: self.recipients, created_ms, keep: self.keep };
        let created = create(&self.dir, &self.out, &options).map_err(|error| create_failure(&error))?;
        for path in &created.left_out {
            let path = path.display();
            output.talk(&format!("bỏ qua, không phải tệp thường | left out, no regular file: {path}"));
        }
        for number in &created.unreadable {
            output.talk(&format!(
                "bản sao {number} không đọc được, nên không xoá gì | copy {number} cannot be read, so nothing was removed"
            ));
        }
        output.result(&created_document(&created), &created_text(&created));
        Ok(Exit::Done)
    }
}

impl Verify {
    fn run(self, output: Output) -> Outcome {
        let identity = self.identity.map(|file| read_identity(&file)).transpose()?;
        let number = self.number.map(ManifestNumber::new);
        let verified = verify(&self.backup, number, identity.as_ref()).map_err(|error| read_failure(&error))?;
        output.result(&verified_document(&verified), &verified_text(&verified));
        Ok(if verified.faults.is_empty() { Exit::Done } else { Exit::Failed })
    }
}

impl Restore {
    fn run(self, output: Output) -> Outcome {
        let identity = read_identity(&self.identity)?;
        let number = self.number.map(ManifestNumber::new);
        let restored = restore(&self.backup, number, &identity, &self.out).map_err(|error| restore_failure(&error))?;
        if !restored.signatures_verified {
            output.talk("không có khoá sổ để kiểm chữ ký | no key of the log among the files: signatures not verified");
        }
        output.result(&restored_document(&restored, &self), &restored_text(&restored));
        Ok(Exit::Done)
    }
}

fn read_identity(file: &std::path::Path) -> Result<Identity, Failure> {
    input::secret(file)?.parse().map_err(|error| {
        let at = format!("{}: {error}", file.display());
        Failure::usage("khoá sai", "the key is wrong", at)
    })
}

/// An instant of a manifest for programs; as it stands where it is no date.
fn time(created_ms: u64) -> String {
    let time = i64::try_from(created_ms).ok().and_then(|millis| Timestamp::from_millis(millis).ok());
    time.map_or_else(|| created_ms.to_string(), |time| time.to_string())
}

/// The same for people.
fn date(created_ms: u64) -> String {
    i64::try_from(created_ms).map_or_else(|_| created_ms.to_string(), danvan_ui::date_time)
}

fn created_document(created: &Created) -> Value {
    json!({
        "number": created.number.get(),
        "origin": created.origin.as_str(),
        "entries": created.entries,
        "written": created.written,
        "reused": created.reused,
        "bytes": created.bytes,
        "removed": created.removed,
        "left_out": created.left_out,
        "unreadable": created.unreadable.iter().map(|number| number.get()).collect::<Vec<_>>(),
    })
}

fn created_text(created: &Created) -> String {
    let Created { number, origin, entries, written, reused, bytes, .. } = created;
    format!(
        "Bản sao {number} của {origin}: {entries} mục; {written} tệp mới ({bytes} byte), {reused} tệp đã có | \
         Copy {number}: {entries} entries; {written} files new ({bytes} bytes), {reused} there already"
    )
}

fn verified_document(verified: &Verified) -> Value {
    let fault = |fault: &danvan_backup::Fault| json!({ "path": fault.path, "object": fault.object, "fault": fault.fault.to_string() });
    json!({
        "number": verified.number.get(),
        "created": time(verified.created_ms),
        "origin": verified.origin,
        "entries": verified.entries,
        "objects": verified.objects,
        "decrypted": verified.decrypted,
        "faults": verified.faults.iter().map(fault).collect::<Vec<_>>(),
    })
}

fn verified_text(verified: &Verified) -> String {
    let Verified { number, origin, entries, objects, faults, .. } = verified;
    let (created, faulty) = (date(verified.created_ms), faults.len());
    let mut text = format!(
        "Bản sao {number} của {origin}, {created}: {entries} mục, {objects} tệp, {faulty} hỏng | \
         Copy {number}: {entries} entries, {objects} files, {faulty} damaged"
    );
    if !verified.decrypted {
        text.push_str("\nChưa giải mã thử: thiếu --identity | Not decrypted: no --identity given");
    }
    for fault in faults {
        let _ = write!(text, "\n{fault} ({})", fault.object);
    }
    text
}

fn restored_document(restored: &Restored, asked: &Restore) -> Value {
    json!({
        "number": restored.number.get(),
        "created": time(restored.created_ms),
        "origin": restored.origin,
        "entries": restored.entries,
        "files": restored.files,
        "signatures_verified": restored.signatures_verified,
        "out": asked.out,
    })
}

fn restored_text(restored: &Restored) -> String {
    let Restored { number, origin, entries, files, .. } = restored;
    let created = date(restored.created_ms);
    format!(
        "Đã khôi phục {origin} từ bản sao {number}, {created}: {entries} mục, {files} tệp. Chưa ghi thêm gì trước khi hỏi các \
         máy tổng hợp | Restored from copy {number}: {entries} entries, {files} files. Nothing is appended before the \
         aggregators were asked"
    )
}

fn create_failure(error: &CreateError) -> Failure {
    let (vi, en) = ("không sao lưu được", "cannot take a copy");
    match error {
        CreateError::Busy | CreateError::Replaced => Failure::unreachable(vi, en, error),
        CreateError::Inside => Failure::usage(vi, en, error),
        _ => Failure::failed(vi, en, error),
    }
}

fn read_failure(error: &ReadError) -> Failure {
    let (vi, en) = ("không đọc được bản sao lưu", "cannot read the backup");
    match error {
        ReadError::Busy => Failure::unreachable(vi, en, error),
        _ => Failure::failed(vi, en, error),
    }
}

fn restore_failure(error: &RestoreError) -> Failure {
    let (vi, en) = ("không khôi phục được", "cannot restore");
    match error {
        RestoreError::Read(error) => read_failure(error),
        RestoreError::Exists(_) | RestoreError::Interrupted(_) => Failure::usage(vi, en, error),
        _ => Failure::failed(vi, en, error),
    }
}
