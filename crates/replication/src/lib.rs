//! Batches from the nodes to the aggregators, receipts back.
//!
//! NATS JetStream is a courier with a spool, never the truth: it may lose, repeat, delay and reorder everything, and
//! nothing is lost, because a node keeps sending until every required aggregator has cosigned, and an aggregator takes
//! nothing that does not continue what it holds. `schemas/replication.md` describes subjects, documents and rules.
//!
//! | concern | type |
//! |---|---|
//! | what a node publishes next (pure) | [`Shipper`] |
//! | what a batch means to who mirrors the log (pure) | [`judge`], [`OriginState`], [`Verdict`] |
//! | documents | [`Receipt`], [`Heartbeat`], [`FetchRequest`], [`FetchReply`], [`pack`], [`unpack`] |
//! | the broker | [`Nats`], [`ShipperService`], [`ReceiverService`], [`HeartbeatPublisher`], [`HeartbeatListener`] |
//! | entries for a node that lost them | [`FetchSource`], [`SpoolSource`], [`FetchResponder`], [`HeldLogs`] |
//! | the broker's configuration | [`server_config`] |
//!
//! # In scope
//!
//! The way of a batch and of its receipt, both machines, the only adapter to NATS.
//!
//! # Out of scope
//!
//! Making batches durable at the aggregator and cosigning them (its [`BatchSink`]), keys and enrolment, putting a ledger
//! together again.
//!
//! # Must never know
//!
//! The domain, HTTP.

mod fetch;
mod heartbeat;
mod jitter;
mod nats;
mod observer;
mod packing;
mod receipt;
mod receiver;
mod shipper;
mod sink;
mod subject;

pub use fetch::{
    FetchError, FetchOutcome, FetchReply, FetchReplyError, FetchRequest, FetchRequestError, Fetched, HeldLogs,
    HeldLogsError,
};
pub use heartbeat::Heartbeat;
pub use jitter::{Backoff, Jitter};
pub use nats::{
    AddressError, AuthorityError, BrokerUser, ConnectError, FetchResponder, FetchSource, HeartbeatListener,
    HeartbeatPublisher, LOG_STREAM, Link, Nats, NatsConfig, RECEIPT_STREAM, ReceiverHandle, ReceiverService,
    ReceiverSettings, ReceiverStatus, SPOOL_SOURCE, ServerConfig, ShipperHandle, ShipperService, ShipperStatus,
    SpoolSettings, SpoolSource, check_authority_file, check_broker_addresses, server_config,
};
pub use observer::{Observer, Unobserved};
pub use packing::{MAX_PACKED_BYTES, PackError, UnpackError, pack, unpack};
pub use receipt::{Receipt, ReceiptError, ReceiptStatus};
pub use receiver::{Contradiction, HeldCopy, OriginState, Refusal, Verdict, judge};
pub use shipper::{Action, Alarm, Heard, Input, Shipper, ShipperSettings, SpoolLast, Step};
pub use sink::{BatchSink, Received, SinkError, SpoolCursor};
pub use subject::{AggregatorToken, Subject, TokenError, UnitToken, inbox_prefix};
