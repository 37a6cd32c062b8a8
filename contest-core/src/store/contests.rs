//! The port for contests.

use std::collections::BTreeSet;

use async_trait::async_trait;

use crate::id::{ContestId, ProblemId, UserId};
use crate::lifecycle::{LatePolicy, NotAccepting};
use crate::model::{AssignedProblem, ContestRecord, EndingKind, IdempotencyKey};
use crate::select::SelectionRecord;
use crate::store::StoreError;
use crate::store::solves::first;
use crate::time::Timestamp;

/// Keeps contests.
///
/// # Contract
/// - At most one contest of a user is active at any instant: stored without an ending, its deadline
///   still to come. This holds against any number of concurrent calls from any number of processes.
/// - A stored ending never changes, but that
///   [`resume_contest`](crate::store::LifeRepository::resume_contest) takes an abandonment back.
#[async_trait]
pub trait ContestRepository: Send + Sync {
    /// Creates a contest. `contest.started_at` is now.
    ///
    /// # Contract
    /// In one step, in this order of precedence:
    /// - If `contest.idempotency` names a key the user has used before: the same request digest gets
    ///   the contest of that time, as it is now ([`Creation::Repeated`]); another one is refused.
    /// - If the user has an active contest, the call is refused with its id. One that begins later,
    ///   by the clock of whoever created it, is active.
    /// - If one of the problems is unknown, retired, or solved by the user and not one of
    ///   `contest.repeats`, the call is refused with all such problems. A solve that lands later does
    ///   not undo the contest.
    /// - Otherwise an expired contest without a stored ending is settled: its ending becomes
    ///   [`EndingKind::Expired`](crate::model::EndingKind::Expired) at its deadline, and the answer
    ///   names it. The new contest is stored with all its problems, in order, unmarked, with its
    ///   selection record and its key.
    ///
    /// # Errors
    /// [`CreateContestError`]; nothing is changed then, and nothing is settled.
    async fn create_contest(
        &self,
        user: UserId,
        contest: &NewContest,
    ) -> Result<Creation, CreateContestError>;

    /// The user's contest with this id.
    ///
    /// # Errors
    /// When the store fails.
    async fn find_contest(
        &self,
        user: UserId,
        contest: ContestId,
    ) -> Result<Option<ContestRecord>, StoreError>;

    /// The user's contest that is active at `now`.
    ///
    /// # Errors
    /// When the store fails.
    async fn find_active_contest(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<ContestRecord>, StoreError>;

    /// The contest the user created under this key, with the digest of the request of that time.
    ///
    /// # Errors
    /// When the store fails.
    async fn find_contest_by_key(
        &self,
        user: UserId,
        key: &IdempotencyKey,
    ) -> Result<Option<(ContestRecord, [u8; 32])>, StoreError>;

    /// The user's contests, greatest id (latest created) first.
    ///
    /// # Contract
    /// - Pages do not overlap or leave gaps while contests are added.
    /// - The cost grows with the page, not with what lies before it.
    ///
    /// # Errors
    /// When the store fails.
    async fn list_contests(
        &self,
        user: UserId,
        page: ContestPage,
    ) -> Result<Vec<ContestRecord>, StoreError>;

    /// Marks or unmarks a problem of a contest.
    ///
    /// # Contract
    /// - Marking, only while the contest accepts marks: see [`ContestRecord::check_marking`].
    ///   Unmarking, only while it accepts work: see [`ContestRecord::check_accepting`].
    /// - What is already so stays as it is, with its first time.
    /// - Marking records a solve at `now` with this contest, unless the problem is already solved.
    ///   Unmarking removes the current solve if it was recorded by this contest, and no other.
    ///
    /// # Errors
    /// [`MarkError`]; nothing is changed then.
    async fn mark_problem(
        &self,
        user: UserId,
        contest: ContestId,
        problem: ProblemId,
        mark: Mark,
        now: Timestamp,
    ) -> Result<Marked, MarkError>;

    /// Ends a contest at `now`.
    ///
    /// # Contract
    /// - Only while the contest accepts work: see
    ///   [`ContestRecord::check_accepting`]. Of calls that race, one succeeds.
    ///
    /// # Errors
    /// [`FinishError`]; nothing is changed then.
    async fn finish_contest(
        &self,
        user: UserId,
        contest: ContestId,
        kind: FinishKind,
        now: Timestamp,
    ) -> Result<ContestRecord, FinishError>;
}

/// A contest to create.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "stores read it whole")]
pub struct NewContest {
    /// Its id; new, among the contests of all users.
    pub id: ContestId,
    /// When it begins: now.
    pub started_at: Timestamp,
    /// When it stops accepting work; later than `started_at`.
    pub deadline: Timestamp,
    /// Its problems, in order, without repeats, at least one.
    pub problems: Vec<ProblemId>,
    /// How they were picked.
    pub selection: SelectionRecord,
    /// The key it is created under, if the caller chose one.
    pub idempotency: Option<Idempotency>,
    /// Those of `problems` that may be solved already: the selection repeats them on purpose.
    pub repeats: BTreeSet<ProblemId>,
    /// What becomes of marks after the deadline.
    pub late_policy: LatePolicy,
}

impl NewContest {
    /// The contest as it is stored: the user's, not ended, its problems unmarked.
    pub fn to_record(&self, user: UserId) -> ContestRecord {
        let unmarked = |problem: &ProblemId| AssignedProblem {
            problem: *problem,
            completed_at: None,
        };
        ContestRecord {
            id: self.id,
            user,
            started_at: self.started_at,
            deadline: self.deadline,
            ending: None,
            problems: self.problems.iter().map(unmarked).collect(),
            selection: self.selection.clone(),
            late_policy: self.late_policy,
        }
    }
}

/// The key of a creation and what was asked for under it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "stores read it whole")]
pub struct Idempotency {
    /// The caller's key.
    pub key: IdempotencyKey,
    /// A digest of the request: equal if and only if the requests are.
    pub request: [u8; 32],
}

/// What [`ContestRepository::create_contest`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Creation {
    /// It created a contest.
    Created {
        /// The contest.
        contest: ContestRecord,
        /// The expired contest that was settled in the same step, if there was one.
        settled: Option<ContestId>,
    },
    /// This contest was created earlier under the same key; nothing was done.
    Repeated(ContestRecord),
}

/// Why a contest was not created.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CreateContestError {
    /// The user has an active contest.
    #[error("the contest {contest} is still active")]
    ActiveContestExists {
        /// The active contest.
        contest: ContestId,
    },
    /// The key belongs to a creation that asked for something else.
    #[error("the idempotency key was used for another request, which created {contest}")]
    KeyReused {
        /// The contest that was created under the key.
        contest: ContestId,
    },
    /// Some problems are unknown, retired or solved now. The selection is out of date.
    #[error("{} problem(s) cannot be used any more, the first is {}", problems.len(), first(problems))]
    ProblemsUnavailable {
        /// All of them, in the order of the contest.
        problems: Vec<ProblemId>,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Which part of the list of contests is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "stores read it whole")]
pub struct ContestPage {
    /// Only contests with a smaller id; `None` for the latest.
    pub before: Option<ContestId>,
    /// The most contests to return; zero gives none.
    pub limit: u32,
}

/// What to do with a problem of a contest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mark {
    /// Mark it as solved.
    Solved,
    /// Take the mark back.
    Unsolved,
}

/// What [`ContestRepository::mark_problem`] left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "stores build it")]
pub struct Marked {
    /// When the problem was marked in this contest, if it is marked now.
    pub completed_at: Option<Timestamp>,
    /// Whether this call changed that.
    pub changed: bool,
}

/// Why a problem was not marked or unmarked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MarkError {
    /// The user has no contest with this id.
    #[error("there is no such contest")]
    ContestNotFound,
    /// The contest does not accept work.
    #[error("the contest does not accept work: {0}")]
    NotAccepting(NotAccepting),
    /// The contest accepts work and does not have this problem.
    #[error("the contest does not have this problem")]
    ProblemNotInContest,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How a user ends a contest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FinishKind {
    /// Finish it.
    Complete,
    /// Give it up.
    Abandon,
}

impl From<FinishKind> for EndingKind {
    fn from(kind: FinishKind) -> Self {
        match kind {
            FinishKind::Complete => Self::Completed,
            FinishKind::Abandon => Self::Abandoned,
        }
    }
}

/// Why a contest was not ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FinishError {
    /// The user has no contest with this id.
    #[error("there is no such contest")]
    ContestNotFound,
    /// The contest does not accept work.
    #[error("the contest does not accept work: {0}")]
    NotAccepting(NotAccepting),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
