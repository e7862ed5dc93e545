//! The peer: plain JetStream, one message per event, published with many in flight and consumed at the same time.

use async_nats::jetstream::consumer::AckPolicy;
use async_nats::jetstream::consumer::pull::Config as PullConfig;
use async_nats::jetstream::stream::{Config, StorageType};
use async_nats::jetstream::{self, Context};
use futures_util::StreamExt as _;

use crate::{Sample, Stopwatch};

/// Why a round could not be run.
pub type PeerError = Box<dyn std::error::Error + Send + Sync>;

/// Publishes every event as one message and consumes all of them; the clock stops at the last acknowledged one.
///
/// # Errors
/// Anything that the broker refused.
pub async fn jetstream_round(url: &str, events: Vec<Vec<u8>>, in_flight: usize) -> Result<Sample, PeerError> {
    let client = async_nats::connect(url).await?;
    let context = jetstream::ContextBuilder::new().max_ack_inflight(in_flight).build(client);
    let stream = context
        .create_stream(Config {
            name: "PEER".to_owned(),
            subjects: vec!["peer.events".to_owned()],
            storage: StorageType::File,
            ..Config::default()
        })
        .await?;
    let consumer = stream
        .create_consumer(PullConfig {
            durable_name: Some("peer".to_owned()),
            ack_policy: AckPolicy::All,
            max_ack_pending: 1 << 20,
            ..PullConfig::default()
        })
        .await?;
    let count = events.len();
    let watch = Stopwatch::start();
    let publisher = tokio::spawn(publish(context.clone(), events, in_flight));
    let mut messages = consumer.stream().max_messages_per_batch(2000).messages().await?;
    for place in 1..=count {
        let message = messages.next().await.ok_or("the consumer ended early")??;
        if place % 500 == 0 || place == count {
            message.ack().await?;
        }
    }
    publisher.await??;
    let sample = Sample::new(count as u64, watch.elapsed(), Vec::new());
    context.delete_stream("PEER").await?;
    Ok(sample)
}

/// Every publish is acknowledged by the broker; `in_flight` of them may wait at a time.
async fn publish(context: Context, events: Vec<Vec<u8>>, in_flight: usize) -> Result<(), PeerError> {
    let mut waiting = futures_util::stream::FuturesUnordered::new();
    for event in events {
        if waiting.len() >= in_flight {
            waiting.next().await.transpose()?;
        }
        let acknowledged = context.publish("peer.events", event.into()).await?;
        waiting.push(acknowledged.into_future());
    }
    while waiting.next().await.transpose()?.is_some() {}
    Ok(())
}
