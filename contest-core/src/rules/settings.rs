//! The host's settings.

use std::time::Duration;

use crate::model::LatePolicy;
use crate::rules::{Limits, ResumePolicy};
use crate::select::Strategies;

/// The host's settings.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// The limits on requests.
    pub limits: Limits,
    /// The policy of new contests for marks after the deadline.
    pub late_policy: LatePolicy,
    /// Whether an abandoned contest can be resumed.
    pub resume_policy: ResumePolicy,
    /// The largest expected difference between the clocks of the host's processes. Default: 60 seconds.
    pub clock_allowance: Duration,
    /// The host's custom strategies.
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
