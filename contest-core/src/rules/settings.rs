//! What a host allows its users.

use std::time::Duration;

use crate::model::LatePolicy;
use crate::rules::{Limits, ResumePolicy};
use crate::select::Strategies;

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
