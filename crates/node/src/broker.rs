//! How the broker is reached.

use std::path::{Path, PathBuf};

use danvan_daemon::{OsRandomness, Randomness as _};
use danvan_replication::{Nats, NatsConfig, TokenError, UnitToken};

use crate::prepared::Prepared;
use crate::run::RunError;

/// The broker of the settings.
pub(crate) struct Broker {
    url: String,
    unit: UnitToken,
    login: Option<(String, String)>,
    ca: Option<PathBuf>,
}

impl Broker {
    /// `None` where none is configured.
    pub(crate) fn of(dir: &Path, prepared: &Prepared) -> Result<Option<Self>, TokenError> {
        let Some(url) = prepared.settings.nats.url.clone() else { return Ok(None) };
        let unit = UnitToken::new(prepared.settings.unit.as_str())?;
        let ca = prepared.settings.nats.ca_file.as_ref().map(|file| dir.join(file));
        Ok(Some(Self { url, unit, login: prepared.login.clone(), ca }))
    }

    /// Who we are there.
    pub(crate) const fn unit(&self) -> &UnitToken {
        &self.unit
    }

    /// A connection of its own, sought from now on.
    pub(crate) async fn connect(&self) -> Result<Nats, RunError> {
        let mut config = NatsConfig::new(&self.url, self.unit.as_str(), draw_seed()?);
        if let Some((user, password)) = &self.login {
            config = config.with_user(user, password);
        }
        if let Some(file) = &self.ca {
            config = config.with_ca(file.clone());
        }
        Ok(Nats::connect(&config).await?)
    }
}

/// What spreads delays, so that a fleet does not come back as one.
pub(crate) fn draw_seed() -> std::io::Result<u64> {
    let mut seed = [0; 8];
    OsRandomness.fill(&mut seed)?;
    Ok(u64::from_le_bytes(seed))
}
