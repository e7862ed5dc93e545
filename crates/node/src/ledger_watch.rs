//! The ledger as the process watches it: once it takes nothing in any more the process ends, also when nobody asks it for anything.

use std::time::Duration;

use danvan_daemon::Gate;
use danvan_ledger::{AppendError, JournalOpenError, Ledger, OpenError};
use danvan_replication::{Alarm, ShipperStatus};
use tokio::sync::watch::Receiver;
use tokio::time::{MissedTickBehavior, interval};

use crate::failure::Failure;

/// How long a failure may go unnoticed while nobody appends. Nothing is acknowledged meanwhile.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Waits for the ledger to fail, or for the shipper to find that it is not that of the aggregators; then shuts `gate` and raises the
/// failure.
pub(crate) async fn watch_ledger(
    ledger: Ledger,
    shipper: Option<Receiver<ShipperStatus>>,
    gate: Gate,
    failure: Failure,
) {
    let reason = tokio::select! {
        error = failed(&ledger) => stopped(&ledger, &error),
        alarm = alarmed(shipper) => ledger.contradiction().map_or_else(|| contradicted(&alarm), |found| contradicted(&found)),
    };
    gate.shut("failed");
    failure.raise(reason);
}

async fn failed(ledger: &Ledger) -> AppendError {
    let mut ticks = interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Some(error) = ledger.failure() {
            return error;
        }
    }
}

async fn alarmed(shipper: Option<Receiver<ShipperStatus>>) -> Alarm {
    if let Some(mut shipper) = shipper
        && let Ok(status) = shipper.wait_for(|status| status.alarm.is_some()).await
        && let Some(alarm) = &status.alarm
    {
        return alarm.clone();
    }
    std::future::pending().await
}

/// Why the ledger takes nothing in any more, for the operator.
pub(crate) fn stopped(ledger: &Ledger, error: &AppendError) -> String {
    match ledger.contradiction() {
        Some(found) => contradicted(&found),
        None => format!(
            "đĩa hoặc chữ ký của sổ bị lỗi; phiếu đã xác nhận vẫn còn, lần khởi động sau sẽ kiểm tra lại đĩa | the ledger's disk or \
             signature failed; what was acknowledged is kept, the next start examines the disk: {error}"
        ),
    }
}

/// Why the ledger did not open, for the operator.
pub(crate) fn unopened(error: &OpenError) -> String {
    match error {
        OpenError::Journal(JournalOpenError::Lost { .. }) | OpenError::RootDiffers { .. } => contradicted(error),
        OpenError::Journal(JournalOpenError::Locked) => {
            format!("máy tại xã này đang chạy ở một tiến trình khác | this node runs already: {error}")
        }
        _ => {
            format!("không mở được sổ, chưa có gì bị thay đổi | the ledger does not open, nothing was changed: {error}")
        }
    }
}

pub(crate) fn contradicted(found: &impl std::fmt::Display) -> String {
    format!(
        "đĩa này thiếu hoặc khác những mục mà chính máy này đã ký, có thể do phục hồi từ bản sao cũ; máy không nhận phiếu cho đến khi lần \
         khởi động sau lấy lại được sổ từ các máy tổng hợp | this disk lacks or changed entries that this node itself has signed, as \
         after an older copy was put back; the node takes no forms before its next start has caught up from the aggregators: {found}"
    )
}
