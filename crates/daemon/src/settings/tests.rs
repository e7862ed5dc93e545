//! Broken settings and what the operator is told.

use super::*;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    unit: String,
    http: Http,
    #[serde(default)]
    peers: Vec<Peer>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Http {
    listen: ListenAddress,
    #[serde(default)]
    body_bytes: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Peer {
    key: String,
}

impl Settings for Sample {
    fn check(&self) -> Vec<KeyProblem> {
        let mut problems = Vec::new();
        if !self.http.listen.is_loopback() {
            problems.push(KeyProblem::new("http.listen", "is open to the network"));
        }
        if self.unit.is_empty() {
            problems.push(KeyProblem::new("unit", "is empty"));
        }
        for (place, peer) in self.peers.iter().enumerate().filter(|(_, peer)| peer.key.is_empty()) {
            problems.push(KeyProblem::new(format!("peers[{place}].key"), format!("is `{}`", peer.key)));
        }
        problems
    }
}

const GOOD: &str = "unit = \"a\"\n\n[http]\nlisten = \"127.0.0.1:8410\"\nbody_bytes = 5\n";

fn load(text: &str, variables: &[(&str, &str)]) -> Result<Sample, String> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("node.toml");
    std::fs::write(&file, text).unwrap();
    let owned = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let prefix = format!("{}/", dir.path().display());
    load_settings(&file, &Environment::of(owned)).map_err(|error| error.to_string().replace(&prefix, ""))
}

#[test]
fn good_settings_are_read_and_the_environment_wins() {
    let sample =
        load(GOOD, &[("DANVAN__HTTP__BODY_BYTES", "9"), ("DANVAN__UNIT", "lộc thịnh"), ("PATH", "/bin")]).unwrap();
    assert_eq!((sample.unit.as_str(), sample.http.body_bytes), ("lộc thịnh", 9));
}

#[test]
fn a_file_that_is_not_toml_is_named_with_its_line() {
    let error = load("unit = \"a\"\nhttp = [\n", &[]).unwrap_err();
    assert!(error.starts_with("node.toml:"), "{error}");
}

#[test]
fn a_wrong_type_an_unknown_and_a_missing_key_are_named_with_their_line() {
    let error = load(&GOOD.replace("= 5", "= \"five\""), &[]).unwrap_err();
    assert!(error.starts_with("node.toml:5: http.body_bytes: invalid type"), "{error}");
    let error = load(&GOOD.replace("body_bytes", "body_size"), &[]).unwrap_err();
    assert!(error.starts_with("node.toml:5: http.body_size: unknown field"), "{error}");
    let error = load(&GOOD.replace("listen = \"127.0.0.1:8410\"", ""), &[]).unwrap_err();
    assert!(error.starts_with("node.toml:3: http.listen: missing field"), "{error}");
    let error = load(&GOOD.replace("127.0.0.1:8410", "localhost"), &[]).unwrap_err();
    assert!(error.starts_with("node.toml:4: http.listen: "), "{error}");
}

#[test]
fn every_failed_check_is_reported_at_once_with_its_place() {
    let text = GOOD.replace("127.0.0.1", "0.0.0.0").replace("\"a\"", "\"\"")
        + "\n[[peers]]\nkey = \"x\"\n[[peers]]\nkey = \"\"\n";
    let error = load(&text, &[]).unwrap_err();
    let lines: Vec<_> = error.lines().collect();
    assert_eq!(
        lines,
        [
            "node.toml:4: http.listen: is open to the network",
            "node.toml:1: unit: is empty",
            "node.toml:10: peers[1].key: is ``"
        ]
    );
}

#[test]
fn a_bad_override_is_blamed_on_its_variable() {
    let error = load(GOOD, &[("DANVAN__HTTP__LISTEN", "0.0.0.0:1")]).unwrap_err();
    assert_eq!(error, "node.toml (overridden by DANVAN__HTTP__LISTEN): http.listen: is open to the network");
    let error = load(GOOD, &[("DANVAN__HTTP__BODY_BYTES", "many")]).unwrap_err();
    assert!(
        error.starts_with("node.toml (overridden by DANVAN__HTTP__BODY_BYTES): http.body_bytes: invalid type"),
        "{error}"
    );
    let error = load(GOOD, &[("DANVAN__UNIT__NAME", "x")]).unwrap_err();
    assert!(error.contains("DANVAN__UNIT__NAME"), "{error}");
}

#[test]
fn a_variable_needs_no_quotes_where_the_setting_is_text() {
    for text in ["2024", "2024-03-08", "1.10", "true", "[a]", "0x1F"] {
        let sample = load(GOOD, &[("DANVAN__UNIT", text), ("DANVAN__HTTP__BODY_BYTES", "7")]).unwrap();
        assert_eq!((sample.unit.as_str(), sample.http.body_bytes), (text, 7));
    }
    let sample = load(GOOD, &[("DANVAN__UNIT", "\"2024\"")]).unwrap();
    assert_eq!(sample.unit, "2024");
}

#[test]
fn a_variable_of_the_wrong_type_is_blamed_for_what_it_reads_as() {
    let error = load(GOOD, &[("DANVAN__HTTP__BODY_BYTES", "1.5"), ("DANVAN__UNIT", "7")]).unwrap_err();
    let expected =
        "node.toml (overridden by DANVAN__HTTP__BODY_BYTES): http.body_bytes: invalid type: floating point `1.5`";
    assert!(error.starts_with(expected), "{error}");
}
