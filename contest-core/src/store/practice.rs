//! The port for what a user has done with single problems.

use std::collections::HashMap;

use async_trait::async_trait;

use crate::id::{ProblemId, UserId};
use crate::model::{Practice, Solve};
use crate::store::StoreError;
use crate::time::Timestamp;

/// Answers what a user has done with single problems, for the rules and strategies of selection that
/// need more than whether a problem is solved.
///
/// # Contract
/// - Both answers begin with the user's last [reset](crate::store::LifeRepository::reset_progress):
///   contests that began before it are in neither.
#[async_trait]
pub trait PracticeRepository: Send + Sync {
    /// What the user has done with each of `candidates`: when it was solved, if it is, and which
    /// contests had it, retired problems included.
    ///
    /// # Contract
    /// - Only candidates that are solved, or that a contest had, are in the answer.
    /// - The cost grows with the candidates and the contests that had them, not with what else the
    ///   user has done or with the size of the catalogue.
    ///
    /// # Errors
    /// When the store fails.
    async fn practice_among(
        &self,
        user: UserId,
        candidates: &[ProblemId],
    ) -> Result<HashMap<ProblemId, Practice>, StoreError>;

    /// The user's current solves, longest ago first: by ascending time, then by ascending id of the
    /// problem. Retired problems are included.
    ///
    /// # Contract
    /// - Pages do not overlap or leave gaps while later solves are added.
    /// - The cost grows with the page, not with what lies before it.
    ///
    /// # Errors
    /// When the store fails.
    async fn list_solves(&self, user: UserId, page: SolvePage) -> Result<Vec<Solve>, StoreError>;
}

/// Which part of the current solves is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "stores read it whole")]
pub struct SolvePage {
    /// Only what follows the solve with this time and problem; `None` for the first ones.
    pub after: Option<(Timestamp, ProblemId)>,
    /// The most solves to return; zero gives none.
    pub limit: u32,
}
