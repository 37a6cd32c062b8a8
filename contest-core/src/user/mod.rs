//! A user's stored data: plain values.
//!
//! A user's current state is one small [`UserRecord`]. Contests and the log of solves are stored
//! separately, and progress is computed without them.

mod contest;
#[cfg(feature = "serde")]
mod exported;
mod record;
mod solve;
mod stored;

pub use contest::{
    AssignedProblem, ContestRecord, Ending, EndingKind, Idempotency, Mark, RequestDigest,
};
#[cfg(feature = "serde")]
pub use exported::Exported;
pub use record::{DayCounts, EndedContests, Import, OpenContest, UserRecord};
pub use solve::{Solve, SolveKey};
pub use stored::{FORMAT, Unknown};
