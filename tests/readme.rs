//! What the documents tell a reader to type: README's commands run as they stand, and every command that a document names
//! is one that the program knows.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use danvan_tests::binary::{Danvan, Running, Turn, free_ports, nats_server, text};
use danvan_tests::documents::{Document, documents};
use danvan_tests::eventually::eventually;
use serde_json::Value;

const BINARY: &str = env!("CARGO_BIN_EXE_danvan");
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
/// The section whose commands make a deployment.
const SECTION: &str = "## Use it for real";
const PATIENCE: Duration = Duration::from_secs(90);

fn readme() -> Result<String> {
    Ok(std::fs::read_to_string(Path::new(ROOT).join("README.md"))?)
}

/// The commands of the first shell block below a heading, continued lines joined, comments left out.
fn commands(text: &str, heading: &str) -> Result<Vec<String>> {
    let section = text.split(heading).nth(1).with_context(|| format!("README has no `{heading}`"))?;
    let block = section.split("```sh\n").nth(1).and_then(|rest| rest.split("```").next()).context("a shell block")?;
    let joined = block.replace("\\\n", " ");
    Ok(joined
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect())
}

/// README's commands in a directory of their own, on free ports.
struct Shell {
    dir: PathBuf,
    path: String,
    running: Vec<Running>,
}

impl Shell {
    /// Puts `danvan` and `nats-server` where the shell finds them.
    fn new(dir: &Path) -> Result<Self> {
        let programs = dir.join("programs");
        std::fs::create_dir_all(&programs)?;
        std::os::unix::fs::symlink(BINARY, programs.join("danvan"))?;
        let broker = nats_server()?;
        if broker.is_absolute() {
            std::os::unix::fs::symlink(broker.canonicalize()?, programs.join("nats-server"))?;
        }
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", programs.display());
        Ok(Self { dir: dir.to_owned(), path, running: Vec::new() })
    }

    fn bash(&self, line: &str) -> Command {
        let mut command = Command::new("bash");
        command.args(["-euo", "pipefail", "-c", line]).current_dir(&self.dir).env("PATH", &self.path);
        command.stdin(Stdio::null());
        command
    }

    /// Runs a command to its end, or starts it when it ends in `&`. Gives back what it printed.
    fn run(&mut self, line: &str) -> Result<String> {
        if let Some(background) = line.strip_suffix('&') {
            let trace = self.dir.join(format!("trace-{}.txt", self.running.len()));
            self.running.push(Running::start(self.bash(&format!("exec {background}")), &trace)?);
            return Ok(String::new());
        }
        let ran = self.bash(line).output()?;
        ensure!(ran.status.success(), "{line}: {}\n{}{}", ran.status, text(&ran.stdout), self.said(&ran.stderr));
        Ok(text(&ran.stdout))
    }

    fn said(&self, stderr: &[u8]) -> String {
        self.running.iter().fold(text(stderr), |said, running| said + &running.said())
    }

    /// Waits until whoever runs in the background serves there.
    async fn serves(&mut self, port: u16) -> Result<()> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        let url = format!("http://127.0.0.1:{port}/health/ready");
        let up = eventually(&url, PATIENCE, || async {
            http.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()).then_some(())
        });
        up.await.with_context(|| self.said(&[]))
    }

    /// Waits until the node holds a receipt for all of its entries.
    async fn receipted(&self, port: u16) -> Result<()> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        let url = format!("http://127.0.0.1:{port}/api/v1/status");
        let what = "a receipt covers everything";
        eventually(what, PATIENCE, || async {
            let status: Value = http.get(&url).send().await.ok()?.json().await.ok()?;
            (status["backlog"] == 0 && status["size"].as_u64() > Some(1)).then_some(())
        })
        .await
        .with_context(|| self.said(&[]))
    }
}

#[tokio::test]
async fn the_commands_of_the_readme_make_a_deployment_that_proves_itself() -> Result<()> {
    let _turn = Turn::take();
    let dir = tempfile::tempdir()?;
    let mut shell = Shell::new(dir.path())?;
    let base = free_ports(3)?;
    let ports = [("4222", base), ("8420", base + 1), ("8410", base + 2)];
    let readme = readme()?;
    let commands = commands(&readme, SECTION)?;
    let mut audits = 0;
    for line in &commands {
        let here = ports.iter().fold(line.clone(), |line, (port, free)| line.replace(port, &free.to_string()));
        let said = shell.run(&here)?;
        if line.contains("aggregator run") {
            shell.serves(base + 1).await?;
        }
        if line.contains("node run") {
            shell.serves(base + 2).await?;
        }
        if line.contains("events import") {
            shell.receipted(base + 2).await?;
        }
        if line.starts_with("danvan audit") {
            let sound = said.contains(" 0 phát hiện") || said.contains("Khớp từng byte");
            ensure!(sound, "{line}: {said}");
            audits += 1;
        }
    }
    ensure!(audits == 2, "README audits {audits} times");
    Ok(())
}

#[test]
fn every_make_target_of_the_readme_is_one_of_the_makefile() -> Result<()> {
    let makefile = std::fs::read_to_string(Path::new(ROOT).join("Makefile"))?;
    let readme = readme()?;
    let targets: Vec<&str> =
        readme.lines().filter_map(|line| line.strip_prefix("make ")?.split_whitespace().next()).collect();
    ensure!(targets.contains(&"demo") && targets.contains(&"test"), "{targets:?}");
    for target in targets {
        ensure!(makefile.contains(&format!("\n{target}:")), "Makefile has no target {target}");
    }
    Ok(())
}

#[test]
fn every_command_that_a_document_names_is_one_that_the_program_knows() -> Result<()> {
    let mut breaches = Vec::new();
    for document in documents(Path::new(ROOT))? {
        for (line, command) in named(&document) {
            if let Some(fault) = fault(command)? {
                breaches.push(format!("{}:{line}: `{command}`: {fault}", document.path));
            }
        }
    }
    ensure!(breaches.is_empty(), "\n{}", breaches.join("\n"));
    Ok(())
}

/// The commands in code spans of a document, with their lines.
fn named(document: &Document) -> impl Iterator<Item = (usize, &str)> {
    document.code_spans().filter(|(_, span)| span.starts_with("danvan "))
}

/// What of a command the program's own help does not know.
fn fault(command: &str) -> Result<Option<String>> {
    let mut words = command.split_whitespace().skip(1).peekable();
    let mut path = Vec::new();
    while let Some(noun) = words.next_if(|word| word.chars().all(|letter| letter.is_ascii_lowercase())) {
        path.push(noun);
    }
    let rest: Vec<&str> = words.collect();
    // `node …` and `audit fsck|replay` speak of a family of commands.
    let family = rest.first().is_some_and(|word| word.contains(['…', '|']));
    let ran = Danvan::new(BINARY).command(&path).arg("--help").output()?;
    if !ran.status.success() {
        return Ok(Some(text(&ran.stderr).lines().next().unwrap_or_default().to_owned()));
    }
    let help = text(&ran.stdout);
    let known = |word: &str| {
        let flag = word.trim_start_matches('[').trim_end_matches(']').split('=').next().unwrap_or_default();
        if flag.starts_with('-') { help.contains(flag) } else { true }
    };
    if let Some(unknown) = rest.iter().find(|word| !family && !known(word)) {
        return Ok(Some(format!("{unknown} is no option")));
    }
    let positional = |at: usize| {
        let name = rest[at];
        let is_name = name.len() > 1 && name.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_');
        is_name && (at == 0 || !rest[at - 1].starts_with('-'))
    };
    let arguments = help.split("\nArguments:").nth(1).and_then(|rest| rest.split("\nOptions:").next()).unwrap_or("");
    let unknown = (0..rest.len())
        .filter(|at| positional(*at))
        .map(|at| rest[at])
        .find(|name| !arguments.contains(&format!("[{name}]")) && !arguments.contains(&format!("<{name}>")));
    Ok(unknown.filter(|_| !family).map(|name| format!("{name} is no argument")))
}

#[test]
fn a_command_with_a_wrong_option_or_argument_is_found() -> Result<()> {
    ensure!(fault("danvan config check --data DIR")?.is_none());
    for wrong in ["danvan config check DIR", "danvan node init --dir X", "danvan frobnicate", "danvan node fly"] {
        ensure!(fault(wrong)?.is_some(), "{wrong} went unseen");
    }
    Ok(())
}
