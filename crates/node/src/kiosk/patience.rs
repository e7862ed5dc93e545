//! How long a page waits for the citizen before the browser goes back to the start, so that nobody finds what another has typed.
//!
//! A header does it, which needs no script. It cannot see whether somebody is still there: a page with questions waits long, says
//! 20 seconds before the end that it will go, and has a button that keeps the input and starts the time again (WCAG 2.2.1).

use std::time::Duration;

use axum::http::{HeaderValue, header};
use axum::response::Response;

use crate::face::Face;

/// The least time for the page with the commitments, and for reading what a page says.
const ANSWERING: u32 = 120;
/// The least time for writing in one's own words.
const WRITING: u32 = 300;
/// A node that starts is asked again after so long.
const STARTING: u32 = 5;
/// The warning comes at least so long before the end.
const WARNING: u32 = 20;
/// The style sheet has a class for each of these delays of the warning, in seconds.
const FIRST_DELAY: u32 = 100;
const DELAY_STEP: u32 = 60;

/// Seconds without a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Patience(u32);

impl Patience {
    /// For a page that needs one tap.
    pub(super) fn for_a_tap(face: &Face) -> Self {
        Self(face.idle_seconds)
    }

    /// For a page with questions or with something to read.
    pub(super) fn for_answers(face: &Face) -> Self {
        Self(face.idle_seconds.max(ANSWERING))
    }

    /// For a page with text fields.
    pub(super) fn for_writing(face: &Face) -> Self {
        Self(face.idle_seconds.max(WRITING))
    }

    /// While nothing can be answered yet.
    pub(super) fn until_started() -> Self {
        Self(STARTING)
    }

    /// The page, which the browser leaves for the start when this time is over.
    pub(super) fn bound(self, mut page: Response) -> Response {
        if let Ok(value) = HeaderValue::from_str(&format!("{}; url=/", self.0)) {
            page.headers_mut().insert(header::REFRESH, value);
        }
        page
    }

    /// Seconds until the warning shows: a delay that the style sheet knows.
    pub(super) fn warns_after(self) -> u32 {
        let latest = self.0.saturating_sub(WARNING).max(FIRST_DELAY);
        FIRST_DELAY + (latest - FIRST_DELAY) / DELAY_STEP * DELAY_STEP
    }
}

/// How long a rating waits for its commitments when a page is left after `idle`.
pub(super) fn answering(idle: Duration) -> Duration {
    idle.max(Duration::from_secs(ANSWERING.into()))
}

#[cfg(test)]
mod tests {
    use danvan_ui::find_asset;

    use super::*;

    #[test]
    fn every_warning_comes_in_time_and_has_its_class_in_the_style_sheet() {
        let css = find_asset("kiosk.css").map(|asset| String::from_utf8_lossy(&asset.body).into_owned()).unwrap();
        for seconds in ANSWERING..=600 {
            let after = Patience(seconds).warns_after();
            assert!(after + WARNING <= seconds && after + WARNING + DELAY_STEP > seconds, "{after} of {seconds}");
            assert!(css.contains(&format!(".soon-{after} {{ animation-delay: {after}s; }}")), "{after}");
        }
    }
}
