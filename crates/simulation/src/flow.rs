//! The strands of a unit's year.

mod evaluation;
mod feedback;
mod rollout;
mod service;
mod survey;

pub(crate) use evaluation::evaluate;
pub(crate) use feedback::{hear_and_answer, write_letters};
pub(crate) use rollout::{pledge, reach_out, roll_out};
pub(crate) use service::{SERVICE_EVENTS, count_services};
pub(crate) use survey::{COMMITMENTS_FROM_DAY, ask};
