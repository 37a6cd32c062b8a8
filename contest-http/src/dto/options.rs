//! The host's limits and options.

use std::ops::RangeInclusive;
use std::time::Duration;

use contest_core::model::LatePolicy;
use contest_core::rules::{ResumePolicy, Settings};
use serde::Serialize;
#[cfg(feature = "openapi")]
use utoipa::ToSchema;

use crate::dto::strategy;

/// The host's limits and options.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct ContestOptions {
    problem_count: Range,
    duration_minutes: Range,
    /// The built-in strategies. The host's own are not listed.
    #[cfg_attr(feature = "openapi", schema(example = json!(["uniform", "topic_balanced", "least_used"])))]
    strategies: Vec<&'static str>,
    /// The policy of a new contest for marks after the deadline: `reject`, or `accept` them as late for
    /// `grace_seconds`.
    #[cfg_attr(feature = "openapi", schema(example = "reject"))]
    late_policy: &'static str,
    #[cfg_attr(feature = "openapi", schema(example = 0))]
    grace_seconds: u64,
    /// Whether an abandoned contest may be resumed before its deadline.
    can_resume: bool,
    /// Whether a user's events can be streamed.
    events: bool,
}

/// A range of numbers; both ends are included.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
struct Range {
    #[cfg_attr(feature = "openapi", schema(example = 1))]
    min: u16,
    #[cfg_attr(feature = "openapi", schema(example = 20))]
    max: u16,
}

impl From<RangeInclusive<u16>> for Range {
    fn from(range: RangeInclusive<u16>) -> Self {
        Self {
            min: *range.start(),
            max: *range.end(),
        }
    }
}

impl ContestOptions {
    /// The options of these settings; `events` is whether the user's events can be streamed.
    pub fn of(settings: &Settings, events: bool) -> Self {
        let limits = &settings.limits;
        let (late_policy, grace) = late(settings.late_policy);
        Self {
            problem_count: limits.allowed_problems().into(),
            duration_minutes: limits.allowed_minutes().into(),
            strategies: strategy::kinds(),
            late_policy,
            grace_seconds: grace.as_secs(),
            can_resume: settings.resume_policy == ResumePolicy::BeforeDeadline,
            events,
        }
    }
}

/// The name of a policy for late marks, and how long it accepts them.
pub(super) fn late(policy: LatePolicy) -> (&'static str, Duration) {
    match policy {
        LatePolicy::Reject => ("reject", Duration::ZERO),
        LatePolicy::AcceptFor(grace) => ("accept", grace),
    }
}
