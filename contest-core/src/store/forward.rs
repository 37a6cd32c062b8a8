//! Forwarding every method of the repositories, written once.

/// Implements the six repositories for a type. Each method becomes
/// `$around!(self, Operation, method(arguments))`.
macro_rules! forward_repositories {
    ($around:ident, [$($generics:tt)*], $type:ty) => {
        // The block keeps the imports of the expansion out of the module that uses it.
        const _: () = {
        use std::collections::{BTreeMap, HashMap, HashSet};

        use $crate::catalogue::Catalogue;
        use $crate::id::{ContestId, ProblemId, UserId};
        use $crate::model::{
            ContestCounts, ContestRecord, Epoch, IdempotencyKey, NewSolve, PerDifficulty, Practice,
            Solve, SolveEvent, Topic,
        };
        use $crate::store::{
            ContestPage, CreateContestError, Creation, ExtendError, FinishError, FinishKind, Mark,
            MarkError, Marked, NewContest, PublishError, RecordSolvesError, RecordedSolves, Reset,
            ResetError, ResumeError, SolveEventPage, SolvePage, StoreError,
        };
        use $crate::time::Timestamp;

        #[async_trait::async_trait]
        impl<$($generics)*> $crate::store::ProblemRepository for $type {
            async fn load_catalogue(&self) -> Result<Catalogue, StoreError> {
                $around!(self, LoadCatalogue, load_catalogue())
            }

            async fn publish_catalogue(&self, catalogue: &Catalogue) -> Result<u64, PublishError> {
                $around!(self, PublishCatalogue, publish_catalogue(catalogue))
            }
        }

        #[async_trait::async_trait]
        impl<$($generics)*> $crate::store::SolveRepository for $type {
            async fn solved_among(
                &self,
                user: UserId,
                candidates: &[ProblemId],
            ) -> Result<HashSet<ProblemId>, StoreError> {
                $around!(self, SolvedAmong, solved_among(user, candidates))
            }

            async fn record_solves(
                &self,
                user: UserId,
                solves: &[NewSolve],
            ) -> Result<RecordedSolves, RecordSolvesError> {
                $around!(self, RecordSolves, record_solves(user, solves))
            }

            async fn solve_history(
                &self,
                user: UserId,
                page: SolveEventPage,
            ) -> Result<Vec<SolveEvent>, StoreError> {
                $around!(self, SolveHistory, solve_history(user, page))
            }
        }

        #[async_trait::async_trait]
        impl<$($generics)*> $crate::store::PracticeRepository for $type {
            async fn practice_among(
                &self,
                user: UserId,
                candidates: &[ProblemId],
            ) -> Result<HashMap<ProblemId, Practice>, StoreError> {
                $around!(self, PracticeAmong, practice_among(user, candidates))
            }

            async fn list_solves(
                &self,
                user: UserId,
                page: SolvePage,
            ) -> Result<Vec<Solve>, StoreError> {
                $around!(self, ListSolves, list_solves(user, page))
            }
        }

        #[async_trait::async_trait]
        impl<$($generics)*> $crate::store::LifeRepository for $type {
            async fn extend_contest(
                &self,
                user: UserId,
                contest: ContestId,
                deadline: Timestamp,
                now: Timestamp,
            ) -> Result<ContestRecord, ExtendError> {
                $around!(self, ExtendContest, extend_contest(user, contest, deadline, now))
            }

            async fn resume_contest(
                &self,
                user: UserId,
                contest: ContestId,
                now: Timestamp,
            ) -> Result<ContestRecord, ResumeError> {
                $around!(self, ResumeContest, resume_contest(user, contest, now))
            }

            async fn reset_progress(
                &self,
                user: UserId,
                now: Timestamp,
            ) -> Result<Reset, ResetError> {
                $around!(self, ResetProgress, reset_progress(user, now))
            }

            async fn current_epoch(&self, user: UserId) -> Result<Epoch, StoreError> {
                $around!(self, CurrentEpoch, current_epoch(user))
            }
        }

        #[async_trait::async_trait]
        impl<$($generics)*> $crate::store::ContestRepository for $type {
            async fn create_contest(
                &self,
                user: UserId,
                contest: &NewContest,
            ) -> Result<Creation, CreateContestError> {
                $around!(self, CreateContest, create_contest(user, contest))
            }

            async fn find_contest(
                &self,
                user: UserId,
                contest: ContestId,
            ) -> Result<Option<ContestRecord>, StoreError> {
                $around!(self, FindContest, find_contest(user, contest))
            }

            async fn find_active_contest(
                &self,
                user: UserId,
                now: Timestamp,
            ) -> Result<Option<ContestRecord>, StoreError> {
                $around!(self, FindActiveContest, find_active_contest(user, now))
            }

            async fn find_contest_by_key(
                &self,
                user: UserId,
                key: &IdempotencyKey,
            ) -> Result<Option<(ContestRecord, [u8; 32])>, StoreError> {
                $around!(self, FindContestByKey, find_contest_by_key(user, key))
            }

            async fn list_contests(
                &self,
                user: UserId,
                page: ContestPage,
            ) -> Result<Vec<ContestRecord>, StoreError> {
                $around!(self, ListContests, list_contests(user, page))
            }

            async fn mark_problem(
                &self,
                user: UserId,
                contest: ContestId,
                problem: ProblemId,
                mark: Mark,
                now: Timestamp,
            ) -> Result<Marked, MarkError> {
                $around!(self, MarkProblem, mark_problem(user, contest, problem, mark, now))
            }

            async fn finish_contest(
                &self,
                user: UserId,
                contest: ContestId,
                kind: FinishKind,
                now: Timestamp,
            ) -> Result<ContestRecord, FinishError> {
                $around!(self, FinishContest, finish_contest(user, contest, kind, now))
            }
        }

        #[async_trait::async_trait]
        impl<$($generics)*> $crate::store::ProgressRepository for $type {
            async fn solved_by_difficulty(
                &self,
                user: UserId,
            ) -> Result<PerDifficulty<u64>, StoreError> {
                $around!(self, SolvedByDifficulty, solved_by_difficulty(user))
            }

            async fn solved_by_topic(
                &self,
                user: UserId,
            ) -> Result<BTreeMap<Topic, u64>, StoreError> {
                $around!(self, SolvedByTopic, solved_by_topic(user))
            }

            async fn count_contests(
                &self,
                user: UserId,
                now: Timestamp,
            ) -> Result<ContestCounts, StoreError> {
                $around!(self, CountContests, count_contests(user, now))
            }

            async fn count_solves_between(
                &self,
                user: UserId,
                bounds: &[Timestamp],
            ) -> Result<Vec<u64>, StoreError> {
                $around!(self, CountSolvesBetween, count_solves_between(user, bounds))
            }
        }
        };
    };
}
pub(super) use forward_repositories;
