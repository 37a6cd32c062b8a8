//! What is kept of a user: plain data.
//!
//! A user's present is one small [`UserRecord`]. Contests and the log of solves are kept beside it, and
//! nothing of them is needed to answer how far a user has come.

mod contest;
mod record;
mod solve;
mod stored;

pub use contest::{
    AssignedProblem, ContestRecord, Ending, EndingKind, Idempotency, Mark, RequestDigest,
};
pub use record::{EndedContests, OpenContest, UserRecord};
pub use solve::{Solve, SolveKey};
pub use stored::{FORMAT, Unknown};
