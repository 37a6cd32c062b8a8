//! The one loop behind every change: load, decide, commit; after a conflict, again. Before it, one attempt
//! on what is remembered of the user, which needs no load.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use tracing::Span;

use crate::catalogue::{Catalogue, Revision};
use crate::engine::{Engine, Error};
use crate::id::{ContestId, UserId, Version};
use crate::rules::{Context, Decision, History, HistoryNeeds, Stop, UseCase, decide};
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
    /// The user's data after it.
    pub(super) after: Arc<Snapshot>,
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
        async move {
            let (mut spare, mut unsettled) = (None, Vec::new());
            let tried = self.try_remembered(user, use_case, &mut spare, &mut unsettled);
            if let Some(done) = tried.await? {
                return Ok(done);
            }
            self.run_afresh(user, use_case, spare, unsettled).await
        }
        .boxed()
    }

    /// Decides on what is remembered of the user. `None` if it has to be decided on a fresh load.
    ///
    /// What is remembered may be stale, which a commit finds out. A refusal or an answer without a commit
    /// may be wrong, and history is of the stored version: neither comes from here. A version that no commit
    /// has used is left to spare, so that seeds are drawn as if nothing were remembered.
    async fn try_remembered<U: UseCase>(
        &self,
        user: UserId,
        use_case: &U,
        spare: &mut Option<Version>,
        unsettled: &mut Vec<Unsettled<U::Answer>>,
    ) -> Result<Option<Done<U::Answer>>, Error> {
        let remembered = &self.inner.remembered;
        let Some(snapshot) = remembered.recall(user, &use_case.contest()) else {
            return Ok(None);
        };
        let now = self.time_of(snapshot.record.as_ref());
        let version = self.new_version();
        let context = Context {
            user,
            snapshot: &snapshot,
            history: None,
            catalogue: &self.catalogue(),
            now,
            version,
            settings: &self.inner.settings,
        };
        let Ok(Decision {
            answer,
            commit: Some(commit),
        }) = decide(use_case, &context)
        else {
            *spare = Some(version);
            return Ok(None);
        };
        self.commit(&snapshot, commit, answer, now, unsettled).await
    }

    /// Loads, decides and commits, and again after a conflict.
    async fn run_afresh<U: UseCase>(
        &self,
        user: UserId,
        use_case: &U,
        mut spare: Option<Version>,
        mut unsettled: Vec<Unsettled<U::Answer>>,
    ) -> Result<Done<U::Answer>, Error> {
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
            let version = spare.take().unwrap_or_else(|| self.new_version());
            let decided = self.decide(user, use_case, &snapshot, now, version);
            let Some(decision) = decided.await? else {
                continue;
            };
            let Decision { answer, commit } = decision;
            let Some(commit) = commit else {
                let after = Arc::new(snapshot);
                return Ok(Done { answer, after, now });
            };
            let kept = self.commit(&snapshot, commit, answer, now, &mut unsettled);
            if let Some(done) = kept.await? {
                return Ok(done);
            }
            if turn.is_none() {
                turn = Some(self.inner.queues.turn(user).await);
            } else {
                self.wait(attempt).await;
            }
        }
        Err(Error::Contended { attempts: ATTEMPTS })
    }

    /// Commits what was decided on a snapshot, and remembers what it left. `None` if it has to be decided
    /// again: it was not kept, or it joined those of unknown outcome.
    ///
    /// A future that is dropped while the store commits leaves the user's older snapshot remembered. That
    /// is stale if the commit is kept, which the next one finds out.
    async fn commit<T>(
        &self,
        snapshot: &Snapshot,
        commit: Commit,
        answer: T,
        now: Timestamp,
        unsettled: &mut Vec<Unsettled<T>>,
    ) -> Result<Option<Done<T>>, Error> {
        let record = snapshot.record.as_ref().map(|record| record.format);
        let contest = snapshot.contest.as_ref().map(|contest| contest.format);
        check_format(record.max(contest))?;
        let (user, expected) = (commit.user, commit.expected);
        let (remembered, revision) = (&self.inner.remembered, snapshot.revision);
        let Err(error) = self.inner.store.commit_user(&commit).await else {
            let after = remembered.keep(user, expected, after(commit, revision));
            return Ok(Some(Done { answer, after, now }));
        };
        remembered.doubt(user);
        match error {
            CommitError::Conflict => {}
            CommitError::Outdated => drop(self.load_catalogue().await?),
            CommitError::Failed(error) => return Err(error.into()),
            CommitError::Unknown(error) => {
                tracing::warn!(error = %error, "the outcome of a commit is unknown: looking for it");
                let created = match &commit.contest {
                    Some(ContestWrite::Insert { contest, .. }) => Some(contest.id),
                    _ => None,
                };
                let after = Arc::new(after(commit, revision));
                let done = Done { answer, after, now };
                unsettled.push(Unsettled { done, created });
            }
        }
        Ok(None)
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

    /// Runs a use case that changes nothing, or goes by history, and gives its answer. What is remembered
    /// would not do.
    pub(super) fn fresh_answer<'e, U>(
        &'e self,
        user: UserId,
        use_case: &'e U,
    ) -> BoxFuture<'e, Result<U::Answer, Error>>
    where
        U: UseCase + Sync,
        U::Answer: Send,
    {
        async move {
            Ok(self
                .run_afresh(user, use_case, None, Vec::new())
                .await?
                .answer)
        }
        .boxed()
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
        version: Version,
    ) -> Result<Option<Decision<U::Answer>>, Error> {
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
            match decide(use_case, &context) {
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

    /// The id of a commit that is still to be decided.
    fn new_version(&self) -> Version {
        let (high, low) = (self.inner.seeds.next_seed(), self.inner.seeds.next_seed());
        Version::from_random(high, low)
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
    /// Whether it made what is stored.
    fn is_stored(&self, snapshot: &Snapshot) -> bool {
        self.done.after.version() == snapshot.version()
    }
}

/// What is stored once a commit is kept, as far as the commit tells. The revision is that of the snapshot
/// it was decided on; the stored one may be later, unless the commit relies on it.
fn after(commit: Commit, revision: Revision) -> Snapshot {
    Snapshot {
        record: Some(commit.record),
        contest: commit.contest.map(ContestWrite::into_contest),
        revision,
    }
}

/// Values of a later version are never written over, nor exported. `newest` is the greatest format of them.
pub(super) fn check_format(newest: Option<u16>) -> Result<(), StoreError> {
    match newest {
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
