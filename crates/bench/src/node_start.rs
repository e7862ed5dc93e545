//! A node that comes up over a ledger without its derived state.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use danvan_daemon::DrainToken;
use danvan_node::Overrides;

use crate::home::{append_all, make_node};
use crate::peer::SetUpError;
use crate::{Sample, Stopwatch, corpus, disk_folder};

const AT_ONCE: usize = 1000;
const PATIENCE: usize = 60_000;

/// Makes a node of `entries` entries and starts it without derived state; the sample is the time until it takes forms.
///
/// # Errors
/// The node cannot be made, or is not ready within a minute.
pub fn node_round(entries: usize) -> Result<Sample, SetUpError> {
    let folder = disk_folder()?;
    let (_identity, ledger) = make_node(folder.path(), None, Vec::new())?;
    for events in corpus(7, entries).chunks(AT_ONCE) {
        append_all(&ledger, events)?;
    }
    ledger.drain()?;
    let listen = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let drain = DrainToken::new();
    let overrides = Overrides { listen: Some(listen), drain: Some(drain.clone()), ..Overrides::default() };
    let runtime = tokio::runtime::Runtime::new()?;
    let watch = Stopwatch::start();
    let directory = folder.path().to_owned();
    let node = runtime.spawn(async move { danvan_node::run(&directory, overrides).await.map_err(SetUpError::from) });
    let is_ready = wait_until_ready(listen);
    let elapsed = watch.elapsed();
    drain.cancel();
    runtime.block_on(node)??;
    if !is_ready {
        return Err("the node was not ready in time".into());
    }
    Ok(Sample::new(entries as u64, elapsed, vec![elapsed]))
}

fn wait_until_ready(listen: SocketAddr) -> bool {
    (0..PATIENCE).any(|_| {
        std::thread::sleep(Duration::from_millis(1));
        answer(listen).is_some_and(|answer| answer.starts_with("HTTP/1.1 200"))
    })
}

fn answer(listen: SocketAddr) -> Option<String> {
    let mut stream = TcpStream::connect(listen).ok()?;
    stream.write_all(b"GET /health/ready HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n").ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    Some(text)
}
