//! Plain values of the domain, without I/O.

mod contest;
mod difficulty;
mod epoch;
mod event;
mod problem;
mod range;
mod rating;
mod solve;
mod text;

pub use contest::{ContestStatus, Ending, EndingKind, LatePolicy, ParseContestStatusError};
pub use difficulty::{Difficulty, ParseDifficultyError, PerDifficulty};
pub use epoch::Epoch;
pub use event::{Event, EventKind, EventNumber};
pub use problem::{Problem, ProblemError};
#[cfg(any(feature = "csv", feature = "json"))]
pub(crate) use problem::{check_link, check_title};
pub use range::{BackwardsError, RangeError};
pub use rating::{ParseRatingError, Rating};
pub use solve::NewSolve;
pub use text::{
    IdempotencyKey, IdempotencyKeyError, Slug, SlugError, SubmissionId, SubmissionIdError, Title,
    TitleError, Topic, TopicError,
};
