//! The aggregator's side of fetching: questions of units that lost entries come in by core NATS and are answered one by one.

use super::connection::Nats;
use crate::fetch::{FetchOutcome, FetchReply, FetchRequest, HeldLogs};
use crate::observer::Observer;
use crate::receipt::ReceiptStatus;
use crate::subject::{AggregatorToken, Subject};
use async_nats::Message;
use futures_util::StreamExt;
use std::sync::Arc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// So many questions are read for at once: a district that restores all its nodes must not starve what else reads the disk.
const AT_ONCE: usize = 4;

/// Answers for an aggregator.
#[derive(Debug, Clone, Copy)]
pub struct FetchResponder;

impl FetchResponder {
    /// Answers the questions to `aggregator` from `held`, until `shutdown` is cancelled. Must be called within a tokio
    /// runtime.
    pub fn spawn(
        nats: Nats,
        aggregator: &AggregatorToken,
        held: Arc<dyn HeldLogs>,
        observer: Arc<dyn Observer>,
        shutdown: CancellationToken,
    ) -> JoinHandle<()> {
        let subject: String = Subject::fetches_from(aggregator).into();
        let listen = async move {
            let questions = match nats.client.subscribe(subject).await {
                Ok(questions) => questions,
                Err(error) => {
                    tracing::error!(%error, "questions for entries cannot be heard");
                    return;
                }
            };
            let answer = |question| {
                let (nats, held, observer) = (nats.clone(), Arc::clone(&held), Arc::clone(&observer));
                async move { observer.fetch_answered(answer(&nats, held, question).await) }
            };
            questions.for_each_concurrent(AT_ONCE, answer).await;
        };
        tokio::spawn(async move {
            shutdown.run_until_cancelled(listen).await;
        })
    }
}

async fn answer(nats: &Nats, held: Arc<dyn HeldLogs>, question: Message) -> FetchOutcome {
    let asked = FetchRequest::parse(&question.payload);
    let (Some(unit), Ok(asked), Some(to)) = (Subject::fetching_unit(&question.subject), asked, question.reply) else {
        tracing::warn!(subject = %question.subject, "not a question for entries");
        return FetchOutcome::Malformed;
    };
    let (origin, range) = (asked.origin().clone(), asked.range());
    let from = unit.clone();
    let reply = tokio::task::spawn_blocking(move || held.answer(&from, &asked)).await;
    let reply = match reply.map_err(|error| error.to_string()) {
        Ok(Ok(reply)) => reply,
        Ok(Err(error)) => {
            tracing::error!(%unit, %origin, %range, %error, "what is held cannot be read; the unit is not answered");
            return FetchOutcome::Failed;
        }
        Err(error) => {
            tracing::error!(%unit, %origin, %range, error, "answering ended abnormally");
            return FetchOutcome::Failed;
        }
    };
    let outcome = match &reply {
        FetchReply::Entries(_) => FetchOutcome::Entries,
        FetchReply::Standing(receipt) if receipt.status() == ReceiptStatus::UnknownOrigin => FetchOutcome::Unknown,
        FetchReply::Standing(_) => FetchOutcome::Standing,
    };
    if let Err(error) = nats.client.publish(to, reply.into_bytes().into()).await {
        tracing::warn!(%unit, %origin, %error, "an answer was not sent");
        return FetchOutcome::Failed;
    }
    tracing::info!(%unit, %origin, %range, outcome = outcome.as_str(), "a unit asked for entries");
    outcome
}
