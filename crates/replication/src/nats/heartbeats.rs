//! Heartbeats over plain NATS: not stored, the next one replaces the last.

use super::connection::Nats;
use crate::heartbeat::Heartbeat;
use crate::subject::{Subject, UnitToken};
use futures_util::StreamExt;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A node's heart.
#[derive(Debug, Clone, Copy)]
pub struct HeartbeatPublisher;

impl HeartbeatPublisher {
    /// Publishes what `source` says every `every`, while there is a connection, until `shutdown` is cancelled. Must be
    /// called within a tokio runtime.
    pub fn spawn(
        nats: Nats,
        unit: &UnitToken,
        every: Duration,
        source: impl Fn() -> Heartbeat + Send + 'static,
        shutdown: CancellationToken,
    ) -> JoinHandle<()> {
        let subject: String = Subject::status(unit).into();
        let beat = async move {
            let mut ticks = tokio::time::interval(every);
            ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            let link = nats.link();
            loop {
                ticks.tick().await;
                if !link.borrow().up {
                    continue;
                }
                let sent = nats.client.publish(subject.clone(), source().to_bytes().into()).await;
                if let Err(error) = sent {
                    tracing::debug!(%error, "a heartbeat was not sent");
                }
            }
        };
        tokio::spawn(async move {
            shutdown.run_until_cancelled(beat).await;
        })
    }
}

/// An aggregator's ear.
#[derive(Debug, Clone, Copy)]
pub struct HeartbeatListener;

impl HeartbeatListener {
    /// Hands every heartbeat of every unit to `hear`, which must not block, until `shutdown` is cancelled. Must be called
    /// within a tokio runtime.
    pub fn spawn(
        nats: Nats,
        hear: impl Fn(UnitToken, Heartbeat) + Send + 'static,
        shutdown: CancellationToken,
    ) -> JoinHandle<()> {
        let listen = async move {
            let subject: String = Subject::all_statuses().into();
            let Ok(mut messages) = nats.client.subscribe(subject).await else {
                return;
            };
            while let Some(message) = messages.next().await {
                let heard = Subject::unit(&message.subject).zip(Heartbeat::parse(&message.payload));
                if let Some((unit, heartbeat)) = heard {
                    hear(unit, heartbeat);
                } else {
                    tracing::debug!(subject = %message.subject, "not a heartbeat");
                }
            }
        };
        tokio::spawn(async move {
            shutdown.run_until_cancelled(listen).await;
        })
    }
}
