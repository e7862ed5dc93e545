//! The text of a nats-server configuration: a store that syncs every write, and one user for each unit and aggregator
//! with exactly the subjects that the protocol needs.

use super::streams::{LOG_STREAM, RECEIPT_STREAM};
use crate::subject::{AggregatorToken, Subject, UnitToken, inbox_prefix};
use std::fmt::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

/// So many messages may answer one request, within so long.
const ANSWERS: u32 = 1;
const ANSWER_WITHIN: &str = "1m";

/// Somebody who may log in.
#[derive(Clone)]
pub struct BrokerUser<Token> {
    /// Who it is; also the user name.
    pub token: Token,
    /// The password, or a bcrypt hash of it (`$2a$…`) as nats-server takes it.
    pub password: String,
}

impl<Token: std::fmt::Debug> std::fmt::Debug for BrokerUser<Token> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BrokerUser({:?}, secret)", self.token)
    }
}

/// What a broker of one deployment is made of.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// The name that it reports.
    pub name: String,
    /// Where clients connect.
    pub listen: SocketAddr,
    /// Where its monitoring listens, if anywhere.
    pub monitor: Option<SocketAddr>,
    /// Where it keeps the streams.
    pub store: PathBuf,
    /// The most bytes of all streams together; well below the free space of the disk.
    pub max_store_bytes: u64,
    /// False only to measure what syncing costs.
    pub sync_always: bool,
    /// The nodes.
    pub units: Vec<BrokerUser<UnitToken>>,
    /// The aggregators.
    pub aggregators: Vec<BrokerUser<AggregatorToken>>,
}

/// The configuration file. It holds passwords: the caller writes it where only the server's user can read it.
#[must_use]
pub fn server_config(config: &ServerConfig) -> String {
    let mut text = String::new();
    let mut line = |indent: usize, content: &str| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{:1$}{content}", "", indent * 2);
    };
    line(0, &format!("server_name: {}", quoted(&config.name)));
    line(0, &format!("listen: {}", quoted(&config.listen.to_string())));
    if let Some(monitor) = config.monitor {
        line(0, &format!("http: {}", quoted(&monitor.to_string())));
    }
    line(0, "max_payload: 1MB");
    line(0, "ping_interval: \"15s\"");
    line(0, "jetstream {");
    line(1, &format!("store_dir: {}", quoted(&config.store.to_string_lossy())));
    line(1, &format!("max_file_store: {}", config.max_store_bytes));
    line(1, "max_memory_store: 67108864");
    if config.sync_always {
        line(1, "sync_interval: always");
    }
    line(0, "}");
    line(0, "authorization {");
    line(1, "users: [");
    for unit in &config.units {
        user(&mut line, unit.token.as_str(), &unit.password, &unit_may(&unit.token));
    }
    for aggregator in &config.aggregators {
        user(&mut line, aggregator.token.as_str(), &aggregator.password, &aggregator_may(&aggregator.token));
    }
    line(1, "]");
    line(0, "}");
    text
}

struct May {
    publish: Vec<String>,
    subscribe: Vec<String>,
    /// Whether it may answer what it was asked, wherever the asker listens for that. No subject pattern can say so: a
    /// wildcard stands for a whole token, and `_INBOX_<unit>` is one.
    answers: bool,
}

fn user(line: &mut impl FnMut(usize, &str), name: &str, password: &str, may: &May) {
    line(2, "{");
    line(3, &format!("user: {}", quoted(name)));
    line(3, &format!("password: {}", quoted(password)));
    line(3, "permissions {");
    for (verb, subjects) in [("publish", &may.publish), ("subscribe", &may.subscribe)] {
        line(4, &format!("{verb}: ["));
        for subject in subjects {
            line(5, &quoted(subject));
        }
        line(4, "]");
    }
    if may.answers {
        line(4, &format!("allow_responses: {{ max: {ANSWERS}, expires: \"{ANSWER_WITHIN}\" }}"));
    }
    line(3, "}");
    line(2, "}");
}

/// A node speaks of itself only and reads nothing but its own last batch, its receipts and its answers.
fn unit_may(unit: &UnitToken) -> May {
    let log = Subject::log(unit);
    let receipts = Subject::receipts_for(unit);
    May {
        publish: vec![
            log.to_string(),
            Subject::status(unit).into(),
            Subject::enrolment(unit).into(),
            Subject::fetches_of(unit).into(),
            format!("$JS.API.DIRECT.GET.{LOG_STREAM}.{log}"),
            format!("$JS.API.DIRECT.GET.{RECEIPT_STREAM}.{receipts}"),
        ],
        subscribe: vec![receipts.into(), format!("{}.>", inbox_prefix(unit.as_str()))],
        answers: false,
    }
}

/// An aggregator keeps both streams and reads the spool; it can write receipts in its own name only, and no batch.
fn aggregator_may(aggregator: &AggregatorToken) -> May {
    let mut publish: Vec<String> = vec![Subject::receipts_by(aggregator).into()];
    for stream in [LOG_STREAM, RECEIPT_STREAM] {
        publish.extend(["INFO", "CREATE", "UPDATE"].map(|verb| format!("$JS.API.STREAM.{verb}.{stream}")));
    }
    publish.extend([
        format!("$JS.API.CONSUMER.CREATE.{LOG_STREAM}"),
        format!("$JS.API.CONSUMER.CREATE.{LOG_STREAM}.>"),
        format!("$JS.API.CONSUMER.INFO.{LOG_STREAM}.*"),
        format!("$JS.API.CONSUMER.DELETE.{LOG_STREAM}.*"),
        format!("$JS.API.CONSUMER.MSG.NEXT.{LOG_STREAM}.*"),
    ]);
    May {
        publish,
        subscribe: vec![
            Subject::all_statuses().into(),
            Subject::fetches_from(aggregator).into(),
            Subject::all_enrolments().into(),
            format!("{}.>", inbox_prefix(aggregator.as_str())),
        ],
        answers: true,
    }
}

/// A string of nats-server's configuration language.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> ServerConfig {
        ServerConfig {
            name: "danvan".into(),
            listen: "127.0.0.1:4222".parse().unwrap(),
            monitor: None,
            store: "/tmp/a \"b\"".into(),
            max_store_bytes: 1 << 30,
            sync_always: true,
            units: vec![BrokerUser { token: UnitToken::new("x-1").unwrap(), password: "p".into() }],
            aggregators: vec![BrokerUser { token: AggregatorToken::new("a").unwrap(), password: "q".into() }],
        }
    }

    #[test]
    fn a_unit_gets_the_subjects_of_the_protocol_and_no_others() {
        let may = unit_may(&UnitToken::new("x-1").unwrap());
        assert_eq!(
            may.publish,
            [
                "danvan.v1.log.x-1",
                "danvan.v1.status.x-1",
                "danvan.v1.enrol.x-1",
                "danvan.v1.fetch.x-1.*",
                "$JS.API.DIRECT.GET.DANVAN_LOG.danvan.v1.log.x-1",
                "$JS.API.DIRECT.GET.DANVAN_RECEIPT.danvan.v1.receipt.x-1.>",
            ]
        );
        assert_eq!(may.subscribe, ["danvan.v1.receipt.x-1.>", "_INBOX_x-1.>"]);
    }

    #[test]
    fn an_aggregator_may_answer_and_has_no_pattern_that_matches_nothing() {
        let may = aggregator_may(&AggregatorToken::new("a").unwrap());
        assert!(may.answers);
        let partial = |subject: &&String| subject.split('.').any(|token| token.len() > 1 && token.contains(['*', '>']));
        assert_eq!(may.publish.iter().chain(&may.subscribe).find(partial), None);
        assert_eq!(server_config(&config()).matches("allow_responses").count(), 1, "the unit answers nobody");
    }

    #[test]
    fn the_text_syncs_always_and_quotes_what_it_is_given() {
        let text = server_config(&config());
        assert!(text.contains("sync_interval: always"));
        assert!(text.contains(r#"store_dir: "/tmp/a \"b\"""#), "{text}");
        assert!(!server_config(&ServerConfig { sync_always: false, ..config() }).contains("sync_interval"));
        assert!(!format!("{:?}", config()).contains("\"p\""));
    }
}
