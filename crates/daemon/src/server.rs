//! Serving HTTP until drained.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;

use crate::drain::DrainToken;

/// Why a port was not opened. The operator frees the port or chooses another.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {error}")]
pub struct BindError {
    address: SocketAddr,
    error: std::io::Error,
}

/// Why serving ended early. The caller stops the process.
#[derive(Debug, thiserror::Error)]
#[error("serving failed: {0}")]
pub struct ServeError(#[from] std::io::Error);

/// Opens the port.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, BindError> {
    TcpListener::bind(address).await.map_err(|error| BindError { address, error })
}

/// Serves until `drain` is cancelled, then accepts nothing new and gives requests in flight `grace` to finish. Streams that
/// never end (live pages) are cut when the grace is over.
pub async fn serve(listener: TcpListener, app: Router, drain: DrainToken, grace: Duration) -> Result<(), ServeError> {
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, app).with_graceful_shutdown(drain.clone().cancelled_owned());
    let patience = async {
        drain.cancelled().await;
        tokio::time::sleep(grace).await;
    };
    tokio::select! {
        served = serving => Ok(served?),
        () = patience => {
            tracing::info!("cut the requests that outlived the grace");
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    #[tokio::test]
    async fn a_request_in_flight_is_answered_after_the_drain_began() {
        let begun = DrainToken::new();
        let drain = DrainToken::new();
        let (seen, token) = (begun.clone(), drain.clone());
        let slow = get(move || async move {
            seen.cancel();
            token.cancelled().await;
            "done"
        });
        let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().route("/", slow);
        let served = tokio::spawn(serve(listener, app, drain.clone(), Duration::from_secs(30)));
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
        begun.cancelled().await;
        drain.cancel();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("done"), "{answer}");
        served.await.unwrap().unwrap();
        assert!(TcpStream::connect(address).await.is_err());
    }

    #[tokio::test]
    async fn a_taken_port_is_named() {
        let taken = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = taken.local_addr().unwrap();
        let error = bind(address).await.unwrap_err().to_string();
        assert!(error.starts_with(&format!("cannot listen on {address}: ")), "{error}");
    }
}
