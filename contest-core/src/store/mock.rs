//! A store whose answers are scripted.

use std::collections::{BTreeMap, HashMap, HashSet};

use async_trait::async_trait;

use crate::catalogue::Catalogue;
use crate::id::{ContestId, ProblemId, UserId};
use crate::model::{
    ContestCounts, ContestRecord, Epoch, IdempotencyKey, NewSolve, PerDifficulty, Practice, Solve,
    SolveEvent, Topic,
};
use crate::store::{
    ContestPage, ContestRepository, CreateContestError, Creation, ExtendError, FinishError,
    FinishKind, LifeRepository, Mark, MarkError, Marked, NewContest, PracticeRepository,
    ProblemRepository, ProgressRepository, PublishError, RecordSolvesError, RecordedSolves, Reset,
    ResetError, ResumeError, SolveEventPage, SolvePage, SolveRepository, StoreError,
};
use crate::time::Timestamp;

mockall::mock! {
    /// A store whose answers are scripted with `mockall`: for testing what code does when a store
    /// fails. To test what code does with a store that works, use
    /// [`MemoryStore`](crate::memory::MemoryStore).
    #[derive(Debug)]
    pub Store {}

    #[async_trait]
    impl ProblemRepository for Store {
        async fn load_catalogue(&self) -> Result<Catalogue, StoreError>;
        async fn publish_catalogue(&self, catalogue: &Catalogue) -> Result<u64, PublishError>;
    }

    #[async_trait]
    impl SolveRepository for Store {
        async fn solved_among(
            &self,
            user: UserId,
            candidates: &[ProblemId],
        ) -> Result<HashSet<ProblemId>, StoreError>;
        async fn record_solves(
            &self,
            user: UserId,
            solves: &[NewSolve],
        ) -> Result<RecordedSolves, RecordSolvesError>;
        async fn solve_history(
            &self,
            user: UserId,
            page: SolveEventPage,
        ) -> Result<Vec<SolveEvent>, StoreError>;
    }

    #[async_trait]
    impl PracticeRepository for Store {
        async fn practice_among(
            &self,
            user: UserId,
            candidates: &[ProblemId],
        ) -> Result<HashMap<ProblemId, Practice>, StoreError>;
        async fn list_solves(
            &self,
            user: UserId,
            page: SolvePage,
        ) -> Result<Vec<Solve>, StoreError>;
    }

    #[async_trait]
    impl LifeRepository for Store {
        async fn extend_contest(
            &self,
            user: UserId,
            contest: ContestId,
            deadline: Timestamp,
            now: Timestamp,
        ) -> Result<ContestRecord, ExtendError>;
        async fn resume_contest(
            &self,
            user: UserId,
            contest: ContestId,
            now: Timestamp,
        ) -> Result<ContestRecord, ResumeError>;
        async fn reset_progress(&self, user: UserId, now: Timestamp) -> Result<Reset, ResetError>;
        async fn current_epoch(&self, user: UserId) -> Result<Epoch, StoreError>;
    }

    #[async_trait]
    impl ContestRepository for Store {
        async fn create_contest(
            &self,
            user: UserId,
            contest: &NewContest,
        ) -> Result<Creation, CreateContestError>;
        async fn find_contest(
            &self,
            user: UserId,
            contest: ContestId,
        ) -> Result<Option<ContestRecord>, StoreError>;
        async fn find_active_contest(
            &self,
            user: UserId,
            now: Timestamp,
        ) -> Result<Option<ContestRecord>, StoreError>;
        async fn find_contest_by_key(
            &self,
            user: UserId,
            key: &IdempotencyKey,
        ) -> Result<Option<(ContestRecord, [u8; 32])>, StoreError>;
        async fn list_contests(
            &self,
            user: UserId,
            page: ContestPage,
        ) -> Result<Vec<ContestRecord>, StoreError>;
        async fn mark_problem(
            &self,
            user: UserId,
            contest: ContestId,
            problem: ProblemId,
            mark: Mark,
            now: Timestamp,
        ) -> Result<Marked, MarkError>;
        async fn finish_contest(
            &self,
            user: UserId,
            contest: ContestId,
            kind: FinishKind,
            now: Timestamp,
        ) -> Result<ContestRecord, FinishError>;
    }

    #[async_trait]
    impl ProgressRepository for Store {
        async fn solved_by_difficulty(&self, user: UserId) -> Result<PerDifficulty<u64>, StoreError>;
        async fn solved_by_topic(&self, user: UserId) -> Result<BTreeMap<Topic, u64>, StoreError>;
        async fn count_contests(
            &self,
            user: UserId,
            now: Timestamp,
        ) -> Result<ContestCounts, StoreError>;
        async fn count_solves_between(
            &self,
            user: UserId,
            bounds: &[Timestamp],
        ) -> Result<Vec<u64>, StoreError>;
    }
}
