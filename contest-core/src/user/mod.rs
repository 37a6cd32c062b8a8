//! A user's stored data: plain values.
//!
//! A user's current state is one small [`UserRecord`]. Contests and the log of attempts are stored
//! separately, and progress is computed without them.

mod attempt;
mod contest;
#[cfg(feature = "serde")]
mod exported;
mod record;
mod stored;

pub use attempt::{AttemptKey, AttemptRecord};
pub use contest::{
    AssignedProblem, ContestRecord, Ending, EndingKind, Idempotency, JudgedAttempt, Mark,
    RequestDigest, RoundEntry,
};
#[cfg(feature = "serde")]
pub use exported::Exported;
pub use record::{DayCounts, EndedContests, ExtraTime, Import, OpenContest, UserRecord};
pub use stored::{FORMAT, Unknown};
