//! UmaDB 0.7: an event store with a gRPC face, its server in this process, asked through its own client.

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use umadb_client::{AsyncUmaDbClient, UmaDbClient};
use umadb_core::mvcc::StorageOptions;
use umadb_dcb::{DcbEvent, DcbEventStoreAsync as _};
use umadb_server::{ServerOptions, start_server_with_options};

use super::{SetUpError, Store};

/// Server and client; both end with the value.
pub struct Umadb {
    runtime: Runtime,
    client: AsyncUmaDbClient,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<()>>,
}

impl Umadb {
    /// A fresh store in `folder` with default settings, and a client of it on loopback.
    ///
    /// # Errors
    /// The server does not answer within ten seconds.
    pub fn open(folder: &Path) -> Result<Self, SetUpError> {
        let runtime = Runtime::new()?;
        let listen_addr = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let storage = StorageOptions::default().db_path(folder.join("umadb"));
        let url = format!("http://{listen_addr}");
        let options = ServerOptions { listen_addr, tls: None, api_key: None, storage };
        let (stop, stopped) = oneshot::channel();
        let server = runtime.spawn(async move {
            let _ended = start_server_with_options(options, stopped).await;
        });
        let client = runtime.block_on(connect(&url))?;
        Ok(Self { runtime, client, stop: Some(stop), server: Some(server) })
    }
}

async fn connect(url: &str) -> Result<AsyncUmaDbClient, SetUpError> {
    for _attempt in 0..500 {
        if let Ok(client) = UmaDbClient::new(url.to_owned()).connect_async().await {
            return Ok(client);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err("UmaDB did not answer".into())
}

impl Store for Umadb {
    fn append(&self, events: &[Vec<u8>]) {
        let events = events.iter().map(|event| DcbEvent::default().event_type("answered").data(event.clone()));
        let appended = self.runtime.block_on(self.client.append(events.collect(), None, None));
        assert!(appended.is_ok(), "UmaDB failed: {appended:?}");
    }
}

impl Drop for Umadb {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _gone = stop.send(());
        }
        if let Some(server) = self.server.take() {
            let _ended = self.runtime.block_on(async { tokio::time::timeout(Duration::from_secs(5), server).await });
        }
    }
}
