//! The time of a decision.

use std::time::Duration;

use crate::time::Timestamp;

/// The time of a decision or a read by a `clock`, for a user whose last commit was at `last`: the later
/// of the two, unless the last commit is more than `allowance` ahead.
///
/// So clocks that differ slightly do not make time run backwards, and a clock that was far ahead does
/// not lock a user out.
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
