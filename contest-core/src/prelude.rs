//! What most programs need, in one import.

pub use crate::catalogue::Catalogue;
pub use crate::engine::{
    ContestDuration, ContestRequest, Engine, Error, Limits, PageLimit, ResumePolicy,
};
pub use crate::id::{ContestId, ProblemId, UserId};
pub use crate::lifecycle::LatePolicy;
#[cfg(feature = "memory")]
pub use crate::memory::MemoryStore;
pub use crate::model::{
    Contest, ContestStatus, Difficulty, IdempotencyKey, NewSolve, Problem, Progress, Slug, Tally,
    Topic,
};
pub use crate::select::{
    Eligibility, Mix, ProblemCount, Seed, SelectionError, SelectionRequest, ShortagePolicy,
    SolvedRule,
};
pub use crate::time::Timestamp;
