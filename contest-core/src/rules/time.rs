//! Which time a decision is made at.

use std::time::Duration;

use crate::model::LatePolicy;
use crate::rules::{Limits, ResumePolicy};
use crate::select::Strategies;
use crate::time::Timestamp;

/// What a host allows its users.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// What requests may ask for.
    pub limits: Limits,
    /// What becomes of marks after the deadline of a new contest.
    pub late_policy: LatePolicy,
    /// Whether an abandoned contest can be resumed.
    pub resume_policy: ResumePolicy,
    /// How far the clocks of the host's processes may be apart. Default: 60 seconds.
    pub clock_allowance: Duration,
    /// The host's own strategies.
    pub strategies: Strategies,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            late_policy: LatePolicy::default(),
            resume_policy: ResumePolicy::default(),
            clock_allowance: Duration::from_mins(1),
            strategies: Strategies::new(),
        }
    }
}

/// The time of a decision or a read by a `clock`, for a user whose last commit was at `last`: the later
/// of the two, unless the last commit is more than `allowance` ahead.
///
/// So clocks that are a little apart do not make time run backwards, and no user is locked out by one that
/// was far ahead.
///
/// ```
/// use std::time::Duration;
/// use contest_core::rules::decision_time;
/// use contest_core::time::Timestamp;
///
/// let (clock, minute) = (Timestamp::from_micros(0), Duration::from_secs(60));
/// let ahead = clock + minute;
/// assert_eq!(decision_time(clock, Some(ahead), minute), ahead);
/// assert_eq!(decision_time(clock, Some(ahead + Duration::from_micros(1)), minute), clock);
/// ```
pub fn decision_time(clock: Timestamp, last: Option<Timestamp>, allowance: Duration) -> Timestamp {
    match last {
        Some(last) if last <= clock + allowance => last.max(clock),
        _ => clock,
    }
}
