//! Whom a node asks what they hold of its ledger.

use std::path::Path;
use std::time::Duration;

use danvan_daemon::DrainToken;
use danvan_ledger::{MirrorSource, SilentMirror};
use danvan_replication::{FetchSource, Nats, SpoolSource, UnitToken};
use danvan_tlog::VerifierKey;
use tokio::time::timeout;

use crate::broker::Broker;
use crate::prepared::Prepared;
use crate::run::RunError;

/// A source that a blocking thread asks.
pub(crate) type Source = Box<dyn MirrorSource + Send>;

/// Everybody who has to be asked, made anew for each attempt.
pub(crate) enum Sources {
    /// Over the broker.
    Broker(Box<OverBroker>),
    /// Nobody can be reached, and the operator accepts that.
    Nobody(Vec<String>),
    /// Whatever a test wants.
    #[cfg(test)]
    Made(Box<dyn FnMut() -> Vec<Source> + Send>),
}

/// The required aggregators and the spool, asked over one connection.
pub(crate) struct OverBroker {
    nats: Nats,
    unit: UnitToken,
    log: VerifierKey,
    mirrors: Vec<VerifierKey>,
    /// Once cancelled, nobody is waited for.
    patience: DrainToken,
}

/// Whom this node has to ask; `None` where they cannot be asked and no operator accepted that.
pub(crate) async fn sources(
    dir: &Path,
    prepared: &Prepared,
    patience: &DrainToken,
) -> Result<Option<Sources>, RunError> {
    let mirrors: Vec<_> = prepared.settings.aggregators.iter().map(|aggregator| aggregator.mirror.clone()).collect();
    if let Some(broker) = Broker::of(dir, prepared)?
        && !mirrors.is_empty()
    {
        let (nats, unit) = (broker.connect().await?, broker.unit().clone());
        let log = prepared.key(dir)?.verifier_key().clone();
        let over = OverBroker { nats, unit, log, mirrors, patience: patience.clone() };
        return Ok(Some(Sources::Broker(Box::new(over))));
    }
    let names: Vec<String> = mirrors.iter().map(|mirror| mirror.name().as_str().to_owned()).collect();
    Ok(names.iter().all(|name| prepared.without.contains(name)).then_some(Sources::Nobody(names)))
}

impl Sources {
    /// Ready to be asked, or why they cannot be.
    pub(crate) async fn ready(&mut self, connected_within: Duration) -> Result<Vec<Source>, String> {
        match self {
            Self::Broker(broker) => broker.ready(connected_within).await,
            Self::Nobody(names) => Ok(names.iter().map(|name| silent(name, "no broker is configured")).collect()),
            #[cfg(test)]
            Self::Made(make) => Ok(make()),
        }
    }
}

impl OverBroker {
    async fn ready(&self, connected_within: Duration) -> Result<Vec<Source>, String> {
        let mut link = self.nats.link();
        let up = timeout(connected_within, link.wait_for(|link| link.up)).await;
        if !matches!(up, Ok(Ok(_))) {
            let last = self.nats.link().borrow().last_error.clone().unwrap_or_default();
            return Err(format!("chưa tới được máy chủ NATS | the broker is not reached: {last}"));
        }
        let Self { nats, unit, log, mirrors, patience } = self;
        let ask = |mirror: &VerifierKey| {
            let source = FetchSource::new(nats.clone(), unit, log.clone(), mirror.clone(), patience.clone());
            let unnamed = || silent(mirror.name().as_str(), "its key is not named as that of a mirror");
            source.map_or_else(unnamed, |source| Box::new(source) as Source)
        };
        let mut sources: Vec<Source> = mirrors.iter().map(ask).collect();
        sources.push(Box::new(SpoolSource::new(nats.clone(), unit, log.clone(), patience.clone())));
        Ok(sources)
    }
}

fn silent(name: &str, reason: &str) -> Source {
    Box::new(SilentMirror::new(name, reason))
}
