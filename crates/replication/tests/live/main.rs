//! The services against a real nats-server, over real ledgers.
//!
//! The server is the one that `DANVAN_NATS_SERVER` names or that `deploy/nats/install.py` has put in place.
#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

mod broker;
mod fetching;
mod fleet;
mod journeys;
mod rights;
mod sink;
