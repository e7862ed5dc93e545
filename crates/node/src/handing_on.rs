//! The rest of the logs that ended: what an aggregator does not hold of them is sent before anything of the log that goes on,
//! so that whoever reads the spool reads the incarnations of a log in their order.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use danvan_daemon::DrainToken;
use danvan_ledger::{Ledger, OpenError};
use danvan_replication::{Nats, ShipperService, ShipperSettings, ShipperStatus, UnitToken, Unobserved};
use danvan_tlog::{LogKey, Size, VerifierKey};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::broker::draw_seed;

/// How long receipts are waited for once all of an ended log lies in the spool. Later ones are asked for at the next start.
const RECEIPTED_WITHIN: Duration = Duration::from_secs(10);

/// Sends what is not receipted of each ended log, in order. A log that cannot be opened is traced and left out: the one that
/// goes on must not wait for an operator.
pub(crate) async fn hand_on(
    ended: Vec<(PathBuf, LogKey)>,
    nats: Nats,
    unit: UnitToken,
    required: Vec<VerifierKey>,
    stop: DrainToken,
) {
    for (directory, key) in ended {
        let origin = key.origin();
        let opened = spawn_blocking(move || Ledger::open_ended(&directory, key.origin(), key)).await;
        match opened.unwrap_or_else(|error| Err(OpenError::Io(std::io::Error::other(error)))) {
            Ok(ledger) => send(ledger, &nats, &unit, &required, &stop).await,
            Err(error) => tracing::error!(%origin, %error, "an ended log cannot be handed on"),
        }
    }
}

async fn send(ledger: Ledger, nats: &Nats, unit: &UnitToken, required: &[VerifierKey], stop: &DrainToken) {
    let (size, receipts) = (ledger.size(), ledger.receipts());
    let is_held = |mirror: &VerifierKey| receipts.get(mirror.name()).is_some_and(|receipt| receipt.size() >= size);
    if required.iter().all(is_held) {
        return;
    }
    let Ok(seed) = draw_seed() else { return };
    tracing::info!(origin = %ledger.origin(), size = size.get(), "handing on a log that ended");
    let (log, stop) = (ledger.verifier_key().clone(), stop.child_token());
    let shipper = ShipperService::spawn(
        std::future::ready(()),
        nats.clone(),
        ledger,
        unit,
        log,
        required.to_vec(),
        ShipperSettings::default(),
        seed,
        Arc::new(Unobserved),
        stop.clone(),
    );
    let mut status = shipper.watch();
    let is_over =
        |status: &ShipperStatus, reached: fn(&ShipperStatus) -> Size| status.alarm.is_some() || reached(status) >= size;
    let published = status.wait_for(|status| is_over(status, |status| status.published)).await;
    if published.is_ok_and(|status| status.alarm.is_none()) {
        let _ = timeout(RECEIPTED_WITHIN, status.wait_for(|status| is_over(status, |status| status.delivered))).await;
    }
    stop.cancel();
    shipper.join().await;
}
