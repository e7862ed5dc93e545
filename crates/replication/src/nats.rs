//! The adapter to NATS: the only place that names its client.

mod address;
mod answering;
mod confronting;
mod connection;
mod courier;
mod fetching;
mod heartbeats;
mod monitor;
mod reading;
mod receiving;
mod server;
mod shipment;
mod shipper_status;
mod shipping;
mod streams;

pub use address::{AddressError, AuthorityError, check_authority_file, check_broker_addresses};
pub use answering::FetchResponder;
pub use connection::{ConnectError, Link, Nats, NatsConfig};
pub use fetching::{FetchSource, SPOOL_SOURCE, SpoolSource};
pub use heartbeats::{HeartbeatListener, HeartbeatPublisher};
pub use receiving::{ReceiverHandle, ReceiverService, ReceiverSettings, ReceiverStatus};
pub use server::{BrokerUser, ServerConfig, server_config};
pub use shipper_status::{ShipperHandle, ShipperStatus};
pub use shipping::ShipperService;
pub use streams::{LOG_STREAM, RECEIPT_STREAM, SpoolSettings};
