//! What most programs need, in one import.

pub use crate::catalogue::Catalogue;
pub use crate::id::{ContestId, ProblemId, UserId};
pub use crate::lifecycle::LatePolicy;
pub use crate::model::{
    ContestStatus, Difficulty, IdempotencyKey, NewSolve, Problem, Progress, Slug, Tally, Topic,
};
pub use crate::next::engine::{Engine, Error, PageLimit};
#[cfg(feature = "memory")]
pub use crate::next::memory::MemoryStore;
pub use crate::next::progress::Contest;
pub use crate::next::rules::{ContestDuration, ContestRequest, Limits, Refusal, ResumePolicy};
pub use crate::select::{
    Eligibility, Mix, ProblemCount, Seed, SelectionError, SelectionRequest, ShortagePolicy,
    SolvedRule,
};
pub use crate::time::Timestamp;
