//! Asks a broker's monitoring port whether it syncs every write.

use serde::Deserialize;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const ANSWER_WITHIN: Duration = Duration::from_secs(3);
const MAX_ANSWER_BYTES: u64 = 1 << 20;

#[derive(Deserialize)]
struct Jsz {
    config: JszConfig,
}

#[derive(Deserialize)]
struct JszConfig {
    #[serde(default)]
    sync_always: bool,
}

/// Whether the broker whose monitoring listens at `address` (`host:port`) syncs every write before it acknowledges.
pub(super) async fn syncs_always(address: &str) -> Result<bool, String> {
    let ask = async {
        let mut stream = TcpStream::connect(address).await?;
        let request = format!("GET /jsz HTTP/1.0\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.take(MAX_ANSWER_BYTES).read_to_string(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    match tokio::time::timeout(ANSWER_WITHIN, ask).await {
        Ok(Ok(answer)) => read(&answer).ok_or_else(|| "the monitoring port gave no JetStream report".to_owned()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("the monitoring port does not answer".to_owned()),
    }
}

fn read(answer: &str) -> Option<bool> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let ok = head.split_whitespace().nth(1) == Some("200");
    let report: Jsz = serde_json::from_str(body).ok().filter(|_| ok)?;
    Some(report.config.sync_always)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_that_does_not_sync_is_told_apart_from_one_that_gives_no_report() {
        let with = |config: &str| format!("HTTP/1.0 200 OK\r\nX: y\r\n\r\n{{\"config\":{config}}}");
        assert_eq!(read(&with(r#"{"sync_always":true,"store_dir":"/x"}"#)), Some(true));
        assert_eq!(read(&with(r#"{"sync_interval":120000000000}"#)), Some(false));
        assert_eq!(read("HTTP/1.0 404 Not Found\r\n\r\n{\"config\":{}}"), None);
        assert_eq!(read("noise"), None);
    }
}
