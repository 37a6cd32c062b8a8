//! A store whose operations are counted and timed.
//!
//! It sees what a wrapper that treats all operations alike cannot: whether a creation created
//! something, how a contest ended, and that a refusal is not a failure. Labels are names of
//! operations and outcomes; no id is ever one.

mod life;

use std::collections::{BTreeMap, HashSet};

use contest_core::catalogue::Catalogue;
use contest_core::lifecycle::NotAccepting;
use contest_core::model::{
    ContestCounts, ContestRecord, ContestStatus, IdempotencyKey, NewSolve, PerDifficulty,
    SolveEvent, Topic,
};
use contest_core::store::{
    ContestPage, ContestRepository, CreateContestError, Creation, ExtendError, FinishError,
    FinishKind, Mark, MarkError, Marked, NewContest, ProblemRepository, ProgressRepository,
    PublishError, RecordSolvesError, RecordedSolves, ResetError, ResumeError, SolveEventPage,
    SolveRepository, Store, StoreError, StoreOperation as Operation, async_trait,
};
use contest_core::time::Timestamp;
use contest_core::{ContestId, ProblemId, UserId};

use crate::telemetry::metrics::{self, Outcome, StoreCall};

/// The store inside, measured.
#[derive(Debug)]
pub(super) struct Measured<S>(pub(super) S);

/// Whether an error means that the store failed; otherwise the rules said no.
trait Refusal {
    fn failure(&self) -> Option<&StoreError>;
}

impl Refusal for StoreError {
    fn failure(&self) -> Option<&StoreError> {
        Some(self)
    }
}

macro_rules! refusals {
    ($($error:ident),*) => {$(
        impl Refusal for $error {
            fn failure(&self) -> Option<&StoreError> {
                match self {
                    Self::Store(error) => Some(error),
                    _ => None,
                }
            }
        }
    )*};
}

refusals!(
    PublishError,
    RecordSolvesError,
    CreateContestError,
    MarkError,
    FinishError,
    ExtendError,
    ResumeError,
    ResetError
);

async fn measured<T, E: Refusal>(
    operation: Operation,
    call: impl Future<Output = Result<T, E>> + Send,
) -> Result<T, E> {
    let mut measure = StoreCall::begin(operation);
    let answer = call.await;
    measure.outcome = match answer.as_ref().map_err(Refusal::failure) {
        Ok(_) => Outcome::Done,
        Err(None) => Outcome::Refused,
        Err(Some(error)) if error.is_transient() => Outcome::Unavailable,
        Err(Some(_)) => Outcome::Failed,
    };
    answer
}

fn count_if_late(why: NotAccepting) {
    if let NotAccepting::Ended {
        status: ContestStatus::Expired,
        ..
    } = why
    {
        metrics::came_too_late();
    }
}

#[async_trait]
impl<S: Store> ProblemRepository for Measured<S> {
    async fn load_catalogue(&self) -> Result<Catalogue, StoreError> {
        measured(Operation::LoadCatalogue, self.0.load_catalogue()).await
    }

    async fn publish_catalogue(&self, catalogue: &Catalogue) -> Result<u64, PublishError> {
        let call = self.0.publish_catalogue(catalogue);
        measured(Operation::PublishCatalogue, call).await
    }
}

#[async_trait]
impl<S: Store> SolveRepository for Measured<S> {
    async fn solved_among(
        &self,
        user: UserId,
        candidates: &[ProblemId],
    ) -> Result<HashSet<ProblemId>, StoreError> {
        let call = self.0.solved_among(user, candidates);
        measured(Operation::SolvedAmong, call).await
    }

    async fn record_solves(
        &self,
        user: UserId,
        solves: &[NewSolve],
    ) -> Result<RecordedSolves, RecordSolvesError> {
        let call = self.0.record_solves(user, solves);
        measured(Operation::RecordSolves, call).await
    }

    async fn solve_history(
        &self,
        user: UserId,
        page: SolveEventPage,
    ) -> Result<Vec<SolveEvent>, StoreError> {
        let call = self.0.solve_history(user, page);
        measured(Operation::SolveHistory, call).await
    }
}

#[async_trait]
impl<S: Store> ContestRepository for Measured<S> {
    async fn create_contest(
        &self,
        user: UserId,
        contest: &NewContest,
    ) -> Result<Creation, CreateContestError> {
        let call = self.0.create_contest(user, contest);
        let answer = measured(Operation::CreateContest, call).await;
        if let Ok(Creation::Created { contest, settled }) = &answer {
            metrics::contest_created(contest.selection.shortfall());
            if settled.is_some() {
                metrics::contest_expired();
            }
        }
        answer
    }

    async fn find_contest(
        &self,
        user: UserId,
        contest: ContestId,
    ) -> Result<Option<ContestRecord>, StoreError> {
        let call = self.0.find_contest(user, contest);
        measured(Operation::FindContest, call).await
    }

    async fn find_active_contest(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<ContestRecord>, StoreError> {
        let call = self.0.find_active_contest(user, now);
        measured(Operation::FindActiveContest, call).await
    }

    async fn find_contest_by_key(
        &self,
        user: UserId,
        key: &IdempotencyKey,
    ) -> Result<Option<(ContestRecord, [u8; 32])>, StoreError> {
        let call = self.0.find_contest_by_key(user, key);
        measured(Operation::FindContestByKey, call).await
    }

    async fn list_contests(
        &self,
        user: UserId,
        page: ContestPage,
    ) -> Result<Vec<ContestRecord>, StoreError> {
        let call = self.0.list_contests(user, page);
        measured(Operation::ListContests, call).await
    }

    async fn mark_problem(
        &self,
        user: UserId,
        contest: ContestId,
        problem: ProblemId,
        mark: Mark,
        now: Timestamp,
    ) -> Result<Marked, MarkError> {
        let call = self.0.mark_problem(user, contest, problem, mark, now);
        let answer = measured(Operation::MarkProblem, call).await;
        if let Err(MarkError::NotAccepting(why)) = &answer {
            count_if_late(*why);
        }
        answer
    }

    async fn finish_contest(
        &self,
        user: UserId,
        contest: ContestId,
        kind: FinishKind,
        now: Timestamp,
    ) -> Result<ContestRecord, FinishError> {
        let call = self.0.finish_contest(user, contest, kind, now);
        let answer = measured(Operation::FinishContest, call).await;
        match &answer {
            Ok(_) => metrics::contest_ended(kind),
            Err(FinishError::NotAccepting(why)) => count_if_late(*why),
            Err(_) => {}
        }
        answer
    }
}

#[async_trait]
impl<S: Store> ProgressRepository for Measured<S> {
    async fn solved_by_difficulty(&self, user: UserId) -> Result<PerDifficulty<u64>, StoreError> {
        let call = self.0.solved_by_difficulty(user);
        measured(Operation::SolvedByDifficulty, call).await
    }

    async fn solved_by_topic(&self, user: UserId) -> Result<BTreeMap<Topic, u64>, StoreError> {
        let call = self.0.solved_by_topic(user);
        measured(Operation::SolvedByTopic, call).await
    }

    async fn count_contests(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<ContestCounts, StoreError> {
        let call = self.0.count_contests(user, now);
        measured(Operation::CountContests, call).await
    }

    async fn count_solves_between(
        &self,
        user: UserId,
        bounds: &[Timestamp],
    ) -> Result<Vec<u64>, StoreError> {
        let call = self.0.count_solves_between(user, bounds);
        measured(Operation::CountSolvesBetween, call).await
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;
    use std::sync::Arc;
    use std::time::Duration;

    use contest_core::Engine;
    use contest_core::engine::{ContestDuration, ContestRequest};
    use contest_core::memory::MemoryStore;
    use contest_core::select::ProblemCount;
    use contest_core::store::{InFlightLimit, Intercepted};
    use contest_core::time::ManualClock;
    use futures::FutureExt as _;
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    /// What is counted while `work` runs.
    fn counted(work: impl Future<Output = ()>) -> String {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        ::metrics::with_local_recorder(&recorder, || runtime.block_on(work));
        handle.render()
    }

    #[test]
    fn expired_contests_and_calls_after_their_deadline_are_counted() {
        let metrics = counted(async {
            let clock = Arc::new(ManualClock::new(Timestamp::from_micros(0)));
            let store = MemoryStore::with_catalogue(Catalogue::neetcode150());
            let engine = Engine::builder(Measured(store)).clock(Arc::clone(&clock));
            let engine = engine.build().await.unwrap();
            let user = crate::identity::new_user();
            let (count, minutes) = (ProblemCount::new(1), ContestDuration::from_minutes(10));
            let request = ContestRequest::new(count.unwrap(), minutes.unwrap());
            let contest = engine.create_contest(user, &request).await.unwrap();
            clock.advance(Duration::from_mins(10));
            let problem = contest.problems[0].problem.id;
            engine
                .mark_solved(user, contest.id, problem)
                .await
                .unwrap_err();
            engine.complete_contest(user, contest.id).await.unwrap_err();
            engine.create_contest(user, &request).await.unwrap();
            clock.advance(Duration::from_mins(10));
            engine.reset_progress(user).await.unwrap();
        });
        assert!(metrics.contains("contest_late_calls_total 2"), "{metrics}");
        assert!(
            metrics.contains("contest_contests_created_total 2"),
            "{metrics}"
        );
        let ended = "contest_contests_ended_total{ending=\"expired\"} 2";
        assert!(metrics.contains(ended), "{metrics}");
    }

    #[test]
    fn a_call_that_is_dropped_is_counted_as_cancelled() {
        let metrics = counted(async {
            let limit = InFlightLimit::new(NonZeroUsize::MIN);
            let store = Measured(Intercepted::new(MemoryStore::new(), limit.clone()));
            let taken = contest_core::store::Interceptor::before(&limit, Operation::FindContest);
            let _permit = taken.await.unwrap();
            assert!(store.load_catalogue().now_or_never().is_none());
        });
        let cancelled = "{operation=\"load_catalogue\",outcome=\"cancelled\"";
        assert!(metrics.contains(cancelled), "{metrics}");
        assert!(
            metrics.contains("contest_store_operations_active 0"),
            "{metrics}"
        );
    }
}
