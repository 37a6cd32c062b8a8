//! Options of what users may do with contests, and of what is told of them.

use std::time::Duration;

use clap::{ArgAction, Args};
use contest_core::model::LatePolicy;
use contest_core::rules::ResumePolicy;

use super::duration;

#[derive(Debug, Args)]
pub(crate) struct ContestOptions {
    /// How long after the deadline of a new contest problems may still be ticked off, as late; 0s for
    /// not at all
    #[arg(
        long, env = "CONTEST_GRACE", default_value = "0s", value_parser = duration,
        value_name = "TIME", help_heading = "Contests",
    )]
    pub(crate) grace: Duration,
    /// Let users resume a contest they have abandoned, until its deadline
    #[arg(
        long, env = "CONTEST_RESUME", default_value = "false", action = ArgAction::Set,
        num_args = 0..=1, require_equals = true, default_missing_value = "true",
        help_heading = "Contests",
    )]
    pub(crate) resume: bool,

    /// Keep what happens to users as events, and stream them to them; let all processes of a store do
    /// so, or none
    #[arg(
        long, env = "CONTEST_EVENTS", default_value = "false", action = ArgAction::Set,
        num_args = 0..=1, require_equals = true, default_missing_value = "true",
        help_heading = "Events",
    )]
    pub(crate) events: bool,
    /// How long events are kept for those who come back
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
