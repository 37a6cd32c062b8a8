//! Options for contests and their events.

use std::time::Duration;

use clap::{ArgAction, Args};
use contest_core::model::LatePolicy;
use contest_core::rules::ResumePolicy;

use super::duration;

#[derive(Debug, Args)]
pub(crate) struct ContestOptions {
    /// How long after its deadline a new contest accepts late marks; 0s to refuse them
    #[arg(
        long, env = "CONTEST_GRACE", default_value = "0s", value_parser = duration,
        value_name = "TIME", help_heading = "Contests",
    )]
    pub(crate) grace: Duration,
    /// Let users resume an abandoned contest until its deadline
    #[arg(
        long, env = "CONTEST_RESUME", default_value = "false", action = ArgAction::Set,
        num_args = 0..=1, require_equals = true, default_missing_value = "true",
        help_heading = "Contests",
    )]
    pub(crate) resume: bool,

    /// Record events and stream them to their users; set it alike for all processes on a store
    #[arg(
        long, env = "CONTEST_EVENTS", default_value = "false", action = ArgAction::Set,
        num_args = 0..=1, require_equals = true, default_missing_value = "true",
        help_heading = "Events",
    )]
    pub(crate) events: bool,
    /// How long events are kept for clients that reconnect
    #[arg(
        long, env = "CONTEST_KEEP_EVENTS", default_value = "24h", value_parser = duration,
        value_name = "TIME", help_heading = "Events",
    )]
    pub(crate) keep_events: Duration,
}

impl ContestOptions {
    pub(crate) fn late_policy(&self) -> LatePolicy {
        if self.grace.is_zero() {
            LatePolicy::Reject
        } else {
            LatePolicy::AcceptFor(self.grace)
        }
    }

    pub(crate) fn resume_policy(&self) -> ResumePolicy {
        if self.resume {
            ResumePolicy::BeforeDeadline
        } else {
            ResumePolicy::Never
        }
    }
}
