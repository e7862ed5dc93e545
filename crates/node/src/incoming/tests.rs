//! A client on a real socket sees why it was refused, however much it sends.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use danvan_daemon::{DrainToken, bind, serve};
use tokio::task::{JoinHandle, spawn_blocking};

use super::*;
use crate::testbed::Bed;

/// More than the buffers of both ends of a connection hold.
const LARGE: usize = 24 << 20;

struct Site {
    bed: Bed,
    address: SocketAddr,
    stop: DrainToken,
    served: JoinHandle<()>,
}

impl Site {
    async fn new() -> Self {
        let bed = Bed::new().await;
        let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), DrainToken::new());
        let serving = serve(listener, bed.app.clone(), stop.clone(), Duration::from_secs(30));
        let served = tokio::spawn(async move { serving.await.unwrap() });
        Self { bed, address, stop, served }
    }

    /// Sends the whole request before it reads; the status and the next one on the same connection.
    async fn sent(&self, token: &str, kind: &str, length: &str, body: Vec<u8>) -> (String, String) {
        let address = self.address;
        let head = format!(
            "POST /api/v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: {kind}\r\n{length}\r\n\r\n"
        );
        let sent = spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(&body).unwrap();
            let first = status(&mut stream);
            stream.write_all(b"GET /api/v1/status HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
            let mut rest = String::new();
            stream.read_to_string(&mut rest).unwrap();
            let next = rest.split("HTTP/1.1 ").nth(1).unwrap_or_default();
            (first, next[..3].to_owned())
        });
        sent.await.unwrap()
    }

    async fn close(self) {
        self.stop.cancel();
        self.served.await.unwrap();
    }
}

/// The status of an answer; its head and no more is read.
fn status(stream: &mut TcpStream) -> String {
    let mut head = [0; 12];
    stream.read_exact(&mut head).unwrap();
    String::from_utf8(head[9..].to_vec()).unwrap()
}

fn chunked(body: &[u8]) -> Vec<u8> {
    let mut framed = Vec::new();
    for chunk in body.chunks(1 << 16) {
        framed.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        framed.extend_from_slice(chunk);
        framed.extend_from_slice(b"\r\n");
    }
    framed.extend_from_slice(b"0\r\n\r\n");
    framed
}

#[tokio::test]
async fn whoever_sends_much_is_told_why_it_is_refused_and_keeps_the_connection() {
    let site = Site::new().await;
    let (large, token) = (vec![b' '; LARGE], site.bed.token.clone());
    let declared = format!("content-length: {LARGE}");
    let json = "application/json";
    for (token, kind, status) in [("wrong", json, "401"), (&token, "text/plain", "415"), (&token, json, "413")] {
        let seen = site.sent(token, kind, &declared, large.clone()).await;
        assert_eq!((seen.0.as_str(), seen.1.as_str()), (status, "200"), "{status}");
    }
    let seen = site.sent(&token, json, "transfer-encoding: chunked", chunked(&large)).await;
    assert_eq!((seen.0.as_str(), seen.1.as_str()), ("413", "200"));
    assert_eq!(site.bed.entries().len(), 1, "nothing was stored");
    site.close().await;
}

#[tokio::test]
async fn whoever_waits_to_be_told_to_go_on_is_refused_without_a_body() {
    let site = Site::new().await;
    let address = site.address;
    let seen = spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        let head = "POST /api/v1/events HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 1000000\r\n\r\n";
        stream.write_all(head.as_bytes()).unwrap();
        status(&mut stream)
    });
    assert_eq!(seen.await.unwrap(), "401");
    site.close().await;
}
