//! What most programs need, in one import.

pub use crate::catalogue::Catalogue;
pub use crate::engine::{ContestDuration, ContestRequest, Engine, Error, Limits, PageLimit};
pub use crate::id::{ContestId, ProblemId, UserId};
#[cfg(feature = "memory")]
pub use crate::memory::MemoryStore;
pub use crate::model::{
    Contest, ContestStatus, Difficulty, IdempotencyKey, NewSolve, Problem, Progress, Slug, Tally,
    Topic,
};
pub use crate::select::{
    Mix, ProblemCount, Seed, SelectionError, SelectionRequest, ShortagePolicy,
};
pub use crate::time::Timestamp;
