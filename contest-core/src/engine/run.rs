//! The one loop behind every change: load, decide, commit; after a conflict, again. Before it, one
//! attempt on the remembered state of the user, which needs no load.

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

/// The most decisions per call. Each conflict means that another call succeeded.
const ATTEMPTS: u32 = 64;

/// The most commits of unknown outcome per call. A store that cannot write, for example because its disk is
/// full, may fail at the end of each commit.
const UNKNOWN: usize = 3;

/// The longest wait after a conflict.
const LONGEST_WAIT: Duration = Duration::from_millis(50);

/// The [effort](UseCase::effort) from which a decision is long: a few milliseconds.
const LONG: usize = 100_000;

/// The result of a use case.
pub(super) struct Done<T> {
    pub(super) answer: T,
    /// The user's data after it.
    pub(super) after: Arc<Snapshot>,
    /// The time of the decision.
    pub(super) now: Timestamp,
}

/// A commit of unknown outcome, with the answer to give if it was kept.
struct Unsettled<T> {
    done: Done<T>,
    /// The contest it creates, if it does.
    created: Option<ContestId>,
    error: StoreError,
}

impl Engine {
    /// Runs a use case until it is decided and kept, or refused.
    ///
    /// After a commit of unknown outcome, looks for that commit before deciding again: by its own id,
    /// or by the contest it creates. If it was kept and another call has committed since, it is not
    /// found; the use case is then decided again on top of both, as if the caller had called twice. After
    /// [`UNKNOWN`] such commits, none of which is found, the call fails with the store's error.
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

    /// Decides on the remembered state of the user. `None` if a fresh load is needed.
    ///
    /// The remembered state may be stale; a commit detects that. A refusal or an answer without a
    /// commit may be wrong, and history has the stored version: neither is used here. An unused commit
    /// version goes to `spare`, so that seeds are drawn as if nothing were remembered.
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
        }) = self.compute(use_case, &context)
        else {
            *spare = Some(version);
            return Ok(None);
        };
        self.commit(&snapshot, commit, answer, now, unsettled).await
    }

    /// Loads, decides and commits; starts again after a conflict.
    async fn run_afresh<U: UseCase>(
        &self,
        user: UserId,
        use_case: &U,
        mut spare: Option<Version>,
        mut unsettled: Vec<Unsettled<U::Answer>>,
    ) -> Result<Done<U::Answer>, Error> {
        let mut guard = None;
        for attempt in 0..ATTEMPTS {
            let snapshot = self
                .inner
                .store
                .load_user(user, &use_case.contest())
                .await?;
            if let Some(done) = self.find_kept(user, &snapshot, &mut unsettled).await? {
                return Ok(done);
            }
            if unsettled.len() >= UNKNOWN
                && let Some(last) = unsettled.pop()
            {
                return Err(last.error.into());
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
            if guard.is_none() {
                guard = Some(self.inner.queues.wait_for(user).await);
            } else {
                self.wait(attempt).await;
            }
        }
        Err(Error::Contended { attempts: ATTEMPTS })
    }

    /// Commits a decision made on a snapshot, and remembers the state it left. `None` if it must be
    /// decided again: it was not kept, or its outcome is unknown and it joined `unsettled`.
    ///
    /// Dropping the future while the store commits leaves the older snapshot remembered. It is stale if
    /// the commit is kept, which the next commit detects.
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
                tracing::warn!(error = %error, "the outcome of a commit is unknown: checking whether it was stored");
                let created = match &commit.contest {
                    Some(ContestWrite::Insert { contest, .. }) => Some(contest.id),
                    _ => None,
                };
                let after = Arc::new(after(commit, revision));
                let done = Done { answer, after, now };
                unsettled.push(Unsettled {
                    done,
                    created,
                    error,
                });
            }
        }
        Ok(None)
    }

    /// Runs a use case in `span`, and returns its answer.
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

    /// Runs a use case that changes nothing, or needs history, and returns its answer. It needs a fresh
    /// load.
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

    /// Decides, reloading the catalogue and gathering history if the decision needs them. `None` if the
    /// user's data changed in between.
    async fn decide<U: UseCase>(
        &self,
        user: UserId,
        use_case: &U,
        snapshot: &Snapshot,
        now: Timestamp,
        version: Version,
    ) -> Result<Option<Decision<U::Answer>>, Error> {
        let mut catalogue = self.catalogue();
        let mut gathered: Option<(HistoryNeeds, History)> = None;
        loop {
            let settings = &self.inner.settings;
            let context = Context {
                user,
                snapshot,
                history: gathered.as_ref().map(|(_, history)| history),
                catalogue: &catalogue,
                now,
                version,
                settings,
            };
            match self.compute(use_case, &context) {
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
                Err(Stop::Needs(needs)) => {
                    if gathered.as_ref().is_some_and(|(had, _)| *had == needs) {
                        return Err(asked_again(&needs).into());
                    }
                    let Some(history) = self.gather(user, snapshot, &needs).await? else {
                        return Ok(None);
                    };
                    gathered = Some((needs, history));
                }
            }
        }
    }

    /// Decides, a long decision in the way the host chose.
    fn compute<U: UseCase>(
        &self,
        use_case: &U,
        context: &Context<'_>,
    ) -> Result<Decision<U::Answer>, Stop> {
        let mut decided = None;
        if let Some(run) = &self.inner.long_computations
            && use_case.effort(context) >= LONG
        {
            run(&mut || decided = Some(decide(use_case, context)));
        }
        decided.unwrap_or_else(|| decide(use_case, context))
    }

    /// The id of the next commit.
    pub(super) fn new_version(&self) -> Version {
        let (high, low) = (self.inner.seeds.next_seed(), self.inner.seeds.next_seed());
        Version::from_random(high, low)
    }

    /// The answer of a commit of unknown outcome, if it was kept.
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

    /// Waits a short random time, so that processes do not stay in step.
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
    /// Whether it wrote the stored record.
    fn is_stored(&self, snapshot: &Snapshot) -> bool {
        self.done.after.version() == snapshot.version()
    }
}

/// The stored state after a commit, as far as the commit shows it. The revision is that of the snapshot
/// it was decided on; the stored one may be later, unless the commit relies on it.
fn after(commit: Commit, revision: Revision) -> Snapshot {
    Snapshot {
        record: Some(commit.record),
        contest: commit.contest.map(ContestWrite::into_contest),
        revision,
    }
}

/// Refuses data of a later format: it is neither written over nor exported. `newest` is its greatest
/// format.
pub(super) fn check_format(newest: Option<u16>) -> Result<(), StoreError> {
    match newest {
        Some(format) if format > FORMAT => Err(StoreError::permanent(format!(
            "the user's data has format {format}, and this version writes {FORMAT}: update it"
        ))),
        _ => Ok(()),
    }
}

/// Fails if the catalogue is the stored one and still lacks what the decision needs.
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
