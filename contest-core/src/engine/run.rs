//! The one loop behind every change: load, decide, commit; after a conflict, again.

use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use tracing::Span;

use crate::catalogue::Catalogue;
use crate::engine::{Engine, Error};
use crate::id::{ContestId, UserId, Version};
use crate::rules::{Context, Decision, History, HistoryNeeds, Stop, UseCase};
use crate::store::{Commit, CommitError, ContestSelector, ContestWrite, Snapshot, StoreError};
use crate::time::Timestamp;
use crate::user::{FORMAT, UserRecord};

/// How often a decision is made anew. Each conflict means that another call came through.
const ATTEMPTS: u32 = 64;

/// The longest wait after a conflict.
const LONGEST_WAIT: Duration = Duration::from_millis(50);

/// What came of a use case.
pub(super) struct Done<T> {
    pub(super) answer: T,
    /// The user's record after it.
    pub(super) record: Option<UserRecord>,
    /// The time of the decision.
    pub(super) now: Timestamp,
}

/// A commit that may have been kept, with what its caller is to be told then.
struct Unsettled<T> {
    done: Done<T>,
    /// The contest it creates, if it does.
    created: Option<ContestId>,
}

impl Engine {
    /// Runs a use case until it is decided and kept, or refused.
    ///
    /// A commit whose outcome is unknown is looked for before a new decision is made: by its own id, or by
    /// the contest it creates. One that was kept and followed by another call's commit is not found;
    /// then the use case is decided again, on top of both, as if the caller had called twice.
    ///
    /// Boxed to keep the futures of callers small.
    pub(super) fn run<'e, U>(
        &'e self,
        user: UserId,
        use_case: &'e U,
    ) -> BoxFuture<'e, Result<Done<U::Answer>, Error>>
    where
        U: UseCase + Sync,
        U::Answer: Send,
    {
        self.run_unboxed(user, use_case).boxed()
    }

    async fn run_unboxed<U: UseCase>(
        &self,
        user: UserId,
        use_case: &U,
    ) -> Result<Done<U::Answer>, Error> {
        let mut unsettled: Vec<Unsettled<U::Answer>> = Vec::new();
        let mut turn = None;
        for attempt in 0..ATTEMPTS {
            let snapshot = self
                .inner
                .store
                .load_user(user, &use_case.contest())
                .await?;
            if let Some(done) = self.find_kept(user, &snapshot, &mut unsettled).await? {
                return Ok(done);
            }
            let now = self.time_of(snapshot.record.as_ref());
            let Some(decision) = self.decide(user, use_case, &snapshot, now).await? else {
                continue;
            };
            let Decision { answer, commit } = decision;
            let Some(commit) = commit else {
                return Ok(Done {
                    answer,
                    record: snapshot.record,
                    now,
                });
            };
            check_format(&snapshot)?;
            match self.inner.store.commit_user(&commit).await {
                Ok(()) => {
                    return Ok(Done {
                        answer,
                        record: Some(commit.record),
                        now,
                    });
                }
                Err(CommitError::Conflict) => {}
                Err(CommitError::Outdated) => drop(self.load_catalogue().await?),
                Err(CommitError::Failed(error)) => return Err(error.into()),
                Err(CommitError::Unknown(error)) => {
                    tracing::warn!(error = %error, "the outcome of a commit is unknown: looking for it");
                    unsettled.push(Unsettled::new(commit, answer, now));
                }
            }
            if turn.is_none() {
                turn = Some(self.inner.queues.turn(user).await);
            } else {
                self.wait(attempt).await;
            }
        }
        Err(Error::Contended { attempts: ATTEMPTS })
    }

    /// Runs a use case in `span`, and gives its answer.
    pub(super) async fn answer<U>(
        &self,
        span: Span,
        user: UserId,
        use_case: U,
    ) -> Result<U::Answer, Error>
    where
        U: UseCase + Sync,
        U::Answer: Send,
    {
        self.observe(span, async { Ok(self.run(user, &use_case).await?.answer) })
            .await
    }

    /// The time of a decision or a read about a user.
    pub(super) fn time_of(&self, record: Option<&UserRecord>) -> Timestamp {
        let last = record.and_then(|record| record.last_commit_at);
        let allowance = self.inner.settings.clock_allowance;
        crate::rules::decision_time(self.inner.clock.now(), last, allowance)
    }

    /// Decides, with a newer catalogue and with history where it takes them. `None` if the user's data
    /// changed meanwhile.
    async fn decide<U: UseCase>(
        &self,
        user: UserId,
        use_case: &U,
        snapshot: &Snapshot,
        now: Timestamp,
    ) -> Result<Option<Decision<U::Answer>>, Error> {
        let (high, low) = (self.inner.seeds.next_seed(), self.inner.seeds.next_seed());
        let version = Version::from_random(high, low);
        let mut catalogue = self.catalogue();
        let mut history: Option<History> = None;
        loop {
            let settings = &self.inner.settings;
            let context = Context {
                user,
                snapshot,
                history: history.as_ref(),
                catalogue: &catalogue,
                now,
                version,
                settings,
            };
            match use_case.decide(&context) {
                Ok(decision) => return Ok(Some(decision)),
                Err(Stop::Refused(refusal)) => return Err(refusal.into()),
                Err(Stop::CatalogueBehind) => {
                    let held = catalogue.revision();
                    catalogue = self.load_catalogue().await?;
                    if catalogue.revision() == held {
                        still_behind(&catalogue, snapshot)?;
                        return Ok(None);
                    }
                }
                Err(Stop::Needs(needs)) => match self.gather(user, snapshot, &needs).await? {
                    Some(gathered) if history.is_none() => history = Some(gathered),
                    Some(_) => return Err(asked_again(&needs).into()),
                    None => return Ok(None),
                },
            }
        }
    }

    /// The answer of a commit whose outcome was unknown, if it was kept after all.
    async fn find_kept<T>(
        &self,
        user: UserId,
        snapshot: &Snapshot,
        unsettled: &mut Vec<Unsettled<T>>,
    ) -> Result<Option<Done<T>>, Error> {
        for candidate in std::mem::take(unsettled) {
            let mut kept = candidate.is_stored(snapshot);
            if let Some(created) = candidate.created.filter(|_| !kept) {
                let selector = ContestSelector::Id(created);
                kept = self
                    .inner
                    .store
                    .load_user(user, &selector)
                    .await?
                    .contest
                    .is_some();
            }
            if kept {
                return Ok(Some(candidate.done));
            }
            unsettled.push(candidate);
        }
        Ok(None)
    }

    /// Waits a little, at random, so that processes do not stay in step.
    async fn wait(&self, attempt: u32) {
        let longest = Duration::from_millis(1)
            .saturating_mul(1 << attempt.min(10))
            .min(LONGEST_WAIT);
        let micros = u64::try_from(longest.as_micros())
            .unwrap_or(u64::MAX)
            .max(1);
        let wait = Duration::from_micros(self.inner.seeds.next_seed() % micros);
        #[expect(
            clippy::disallowed_methods,
            reason = "it waits for other processes, not for a rule"
        )]
        tokio::time::sleep(wait).await;
    }
}

impl<T> Unsettled<T> {
    fn new(commit: Commit, answer: T, now: Timestamp) -> Self {
        let created = match &commit.contest {
            Some(ContestWrite::Insert { contest, .. }) => Some(contest.id),
            _ => None,
        };
        let record = Some(commit.record);
        Self {
            created,
            done: Done {
                answer,
                record,
                now,
            },
        }
    }

    /// Whether it made what is stored.
    fn is_stored(&self, snapshot: &Snapshot) -> bool {
        self.done.record.as_ref().map(|record| record.version) == snapshot.version()
    }
}

/// Values of a later version are never written over.
fn check_format(snapshot: &Snapshot) -> Result<(), StoreError> {
    let record = snapshot.record.as_ref().map(|record| record.format);
    let contest = snapshot.contest.as_ref().map(|contest| contest.format);
    match record.max(contest) {
        Some(format) if format > FORMAT => Err(StoreError::permanent(format!(
            "the user's data has format {format}, and this version writes {FORMAT}: update it"
        ))),
        _ => Ok(()),
    }
}

/// The stored catalogue is the one at hand and does not have what the decision needs.
fn still_behind(catalogue: &Catalogue, snapshot: &Snapshot) -> Result<(), StoreError> {
    if catalogue.revision() == snapshot.revision {
        let message = "a contest has a problem that is not stored";
        Err(StoreError::inconsistent(message))
    } else {
        Ok(())
    }
}

fn asked_again(needs: &HistoryNeeds) -> StoreError {
    StoreError::inconsistent(format!("a decision asked twice for {needs:?}"))
}
