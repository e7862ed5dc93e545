//! Waiting for a condition until a deadline: the only place of the system tests where time passes on purpose.

use std::future::Future;
use std::time::Duration;

use anyhow::{Result, bail};
use tokio::time::{Instant, sleep};

const POLL: Duration = Duration::from_millis(20);

/// Asks `condition` again and again until it gives a value.
///
/// # Errors
/// After `within` without one; `what` names what was waited for.
pub async fn eventually<T, F>(what: &str, within: Duration, mut condition: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Option<T>>,
{
    let deadline = Instant::now() + within;
    loop {
        if let Some(value) = condition().await {
            return Ok(value);
        }
        if Instant::now() > deadline {
            bail!("waited {within:?} in vain: {what}");
        }
        sleep(POLL).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_condition_that_never_holds_ends_at_the_deadline() {
        let waited = eventually("nothing", Duration::from_millis(30), || async { None::<()> }).await;
        assert!(waited.unwrap_err().to_string().ends_with("nothing"));
    }

    #[tokio::test]
    async fn a_condition_that_holds_later_gives_its_value() {
        let mut asked = 0;
        let value = eventually("three", Duration::from_secs(10), || {
            asked += 1;
            std::future::ready((asked == 3).then_some(asked))
        });
        assert_eq!(value.await.unwrap(), 3);
    }
}
