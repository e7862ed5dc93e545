//! The connection: made in the background, kept for ever, with a clear word on whether it stands.

use crate::jitter::Jitter;
use crate::subject::inbox_prefix;
use async_nats::{Client, ConnectOptions, Event};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// A dead line is noticed after about three of these.
const PING_EVERY: Duration = Duration::from_secs(12);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const FIRST_DELAY_MS: u64 = 100;
const LONGEST_DELAY_MS: u64 = 30_000;

/// Where the broker is and who we are there.
#[derive(Clone)]
pub struct NatsConfig {
    url: String,
    token: String,
    credentials: Option<(String, String)>,
    ca: Option<PathBuf>,
    seed: u64,
}

impl NatsConfig {
    /// The broker at `url` (`nats://host:port` or `tls://host:port`, several separated by commas). `token` is the unit or
    /// the aggregator: it names the connection and its inbox `_INBOX_<token>`. `seed` spreads the delays of reconnecting.
    #[must_use]
    pub fn new(url: impl Into<String>, token: impl Into<String>, seed: u64) -> Self {
        Self { url: url.into(), token: token.into(), credentials: None, ca: None, seed }
    }

    /// Logs in with these.
    #[must_use]
    pub fn with_user(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.credentials = Some((user.into(), password.into()));
        self
    }

    /// Trusts the certificates in this PEM file in addition to the system's.
    #[must_use]
    pub fn with_ca(mut self, file: PathBuf) -> Self {
        self.ca = Some(file);
        self
    }
}

impl std::fmt::Debug for NatsConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NatsConfig({} as {}, secret)", self.url, self.token)
    }
}

/// Why no connection can ever stand. The caller reports the configuration; an unreachable broker is no error.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The address or the certificate file cannot be used.
    #[error("cannot use the broker's address {url}: {reason}")]
    Configuration {
        /// The address as configured.
        url: String,
        /// What the client says.
        reason: String,
    },
}

/// Whether the connection stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Link {
    /// How many connections there have been; a new number means that everything may be different at the broker.
    pub generation: u64,
    /// True while there is one.
    pub up: bool,
    /// What the broker or the client last complained about since the connection came up. When it is gone, why none comes up, as soon
    /// as the first attempt has failed.
    pub last_error: Option<String>,
}

/// A connection to the broker; clones share it.
#[derive(Clone)]
pub struct Nats {
    pub(super) client: Client,
    link: watch::Receiver<Link>,
}

impl std::fmt::Debug for Nats {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Nats({:?})", *self.link.borrow())
    }
}

impl Nats {
    /// Begins to connect and returns at once; the connection is sought and renewed for ever in the background.
    pub async fn connect(config: &NatsConfig) -> Result<Self, ConnectError> {
        let (sender, link) = watch::channel(Link::default());
        let jitter = Mutex::new(Jitter::new(config.seed));
        let mut options = ConnectOptions::new()
            .name(&config.token)
            .custom_inbox_prefix(inbox_prefix(&config.token))
            .retry_on_initial_connect()
            .ping_interval(PING_EVERY)
            .connection_timeout(CONNECT_TIMEOUT)
            .reconnect_delay_callback(move |attempts| {
                let mut jitter = jitter.lock().unwrap_or_else(PoisonError::into_inner);
                reconnect_delay(attempts, &mut jitter)
            })
            .event_callback(move |event| {
                tell(&sender, &event);
                std::future::ready(())
            });
        if let Some((user, password)) = &config.credentials {
            options = options.user_and_password(user.clone(), password.clone());
        }
        if let Some(file) = &config.ca {
            options = options.add_root_certificates(file.clone());
        }
        let addresses: Vec<&str> = config.url.split(',').map(str::trim).collect();
        let client = async_nats::connect_with_options(addresses, options)
            .await
            .map_err(|error| ConnectError::Configuration { url: config.url.clone(), reason: error.to_string() })?;
        Ok(Self { client, link })
    }

    /// Whether the connection stands; the receiver wakes on every change.
    #[must_use]
    pub fn link(&self) -> watch::Receiver<Link> {
        self.link.clone()
    }
}

fn tell(sender: &watch::Sender<Link>, event: &Event) {
    sender.send_modify(|link| match event {
        Event::Connected => {
            link.generation += 1;
            link.up = true;
            link.last_error = None;
        }
        Event::Disconnected | Event::Closed => link.up = false,
        Event::ServerError(error) => link.last_error = Some(error.to_string()),
        Event::ClientError(error) => link.last_error = Some(error.to_string()),
        Event::LameDuckMode | Event::Draining | Event::SlowConsumer(_) => {}
    });
}

/// None before the first attempt; then anything up to a bound that doubles: a whole district that lost its power comes
/// back spread over the bound, not as one.
fn reconnect_delay(attempts: usize, jitter: &mut Jitter) -> Duration {
    if attempts <= 1 {
        return Duration::ZERO;
    }
    let doublings = u32::try_from(attempts - 2).unwrap_or(u32::MAX).min(16);
    let bound = (FIRST_DELAY_MS << doublings).min(LONGEST_DELAY_MS);
    Duration::from_millis(FIRST_DELAY_MS / 2 + jitter.next_bits() % bound)
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_nats::ClientError;

    #[test]
    fn reconnecting_is_spread_and_bounded() {
        let mut jitter = Jitter::new(3);
        assert_eq!(reconnect_delay(1, &mut jitter), Duration::ZERO);
        let delays: Vec<_> = (0..200).map(|_| reconnect_delay(60, &mut jitter)).collect();
        assert!(delays.iter().all(|delay| *delay <= Duration::from_secs(31)));
        assert!(delays.iter().max().unwrap().saturating_sub(*delays.iter().min().unwrap()) > Duration::from_secs(15));
    }

    #[test]
    fn a_new_connection_starts_without_a_complaint() {
        let (sender, link) = watch::channel(Link::default());
        tell(&sender, &Event::ClientError(ClientError::Other("connection refused".to_owned())));
        assert_eq!(link.borrow().last_error.as_deref(), Some("nats: connection refused"));
        tell(&sender, &Event::Connected);
        assert_eq!(*link.borrow(), Link { generation: 1, up: true, last_error: None });
    }

    #[test]
    fn a_password_is_never_shown() {
        let config = NatsConfig::new("nats://127.0.0.1:4222", "x-1", 0).with_user("x-1", "hunter2");
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
