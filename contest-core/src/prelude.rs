//! What most programs need, in one import.

pub use crate::catalogue::Catalogue;
pub use crate::engine::{Engine, Error, PageLimit};
pub use crate::id::{ContestId, ProblemId, UserId};
#[cfg(feature = "memory")]
pub use crate::memory::MemoryStore;
pub use crate::model::{
    ContestStatus, Difficulty, IdempotencyKey, LatePolicy, NewSolve, Problem, Slug, Topic,
};
pub use crate::progress::{Contest, Progress, Tally};
pub use crate::rules::{ContestDuration, ContestRequest, Limits, Refusal, ResumePolicy};
pub use crate::select::{
    Eligibility, Mix, ProblemCount, Seed, SelectionError, SelectionRequest, ShortagePolicy,
    SolvedRule,
};
pub use crate::time::Timestamp;
