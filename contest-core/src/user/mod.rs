//! What is kept of a user: plain data.
//!
//! A user's present is one small [`UserRecord`]. Contests and the log of solves are kept beside it, and
//! nothing of them is needed to answer how far a user has come.

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
pub use record::{EndedContests, Import, OpenContest, UserRecord};
pub use solve::{Solve, SolveKey};
pub use stored::{FORMAT, Unknown};
