//! Use case: create a contest.

use crate::engine::observe::operation_span;
use crate::engine::{ContestRequest, Engine, Error};
use crate::id::{ContestId, UserId};
use crate::model::Contest;
use crate::select::Selection;
use crate::store::{CreateContestError, Creation, Idempotency, NewContest};
use crate::time::Timestamp;

/// How often a selection is made anew because some of it was solved or retired before it was
/// stored. Once is rare; as often as this, something solves problems faster than we select them.
const ATTEMPTS: usize = 3;

impl Engine {
    /// Creates a contest that begins now: selects problems the user has not solved and stores the
    /// contest whole, in one step.
    ///
    /// At the moment it is stored, none of its problems is retired, or solved unless the request
    /// allows it and it was when it was selected: the store checks that in the same step, and a
    /// selection that is out of date is made again with the same seed. A solve that lands later
    /// stays, and so does the problem in the contest.
    ///
    /// # Errors
    /// - [`Error::ActiveContestExists`] with the id of the active contest. Of any number of
    ///   concurrent calls, in any number of processes, one wins and the others get this.
    /// - [`Error::IdempotencyKeyReused`] when the key was used for a different request.
    /// - [`Error::Selection`] when no problem is eligible, or too few in strict mode.
    /// - [`Error::LimitExceeded`], [`Error::SelectionOutdated`], [`Error::TimedOut`] or
    ///   [`Error::Store`].
    ///
    /// # Cancel safety
    /// The contest is created whole or not at all. A caller that cannot know which repeats the call
    /// under the same idempotency key.
    pub async fn create_contest(
        &self,
        user: UserId,
        request: &ContestRequest,
    ) -> Result<Contest, Error> {
        let span = operation_span!("contest.create", user = user);
        self.observe(span, async {
            self.inner.limits.check_contest(request)?;
            let now = self.inner.clock.now();
            let creation = self.create_at(user, request, now).await?;
            let (Creation::Created {
                contest: record, ..
            }
            | Creation::Repeated(record)) = creation;
            self.view(record, now).await
        })
        .await
    }

    async fn create_at(
        &self,
        user: UserId,
        request: &ContestRequest,
        now: Timestamp,
    ) -> Result<Creation, Error> {
        let seed = self.seed_for(request.selection());
        let id = ContestId::new(now, self.inner.seeds.next_seed());
        let idempotency = request.idempotency_key().map(|key| Idempotency {
            key: key.clone(),
            request: *request.digest().as_bytes(),
        });
        let mut catalogue = self.catalogue();
        for attempt in 1..=ATTEMPTS {
            let basis = self.basis(&catalogue, request.selection(), seed, now);
            // Apart, so that what callers hold of this call stays small.
            let selection = Box::pin(self.select_from(user, basis)).await;
            let Selection {
                problems,
                repeats,
                record,
            } = match (selection, &idempotency) {
                (Ok(selection), _) => selection,
                // The contest of this key may have used up what there was to select.
                (Err(Error::Selection(refusal)), Some(idempotency)) => {
                    return self
                        .repeated(user, idempotency)
                        .await?
                        .ok_or(refusal.into());
                }
                (Err(error), _) => return Err(error),
            };
            let contest = NewContest {
                id,
                started_at: now,
                deadline: now + request.duration().as_duration(),
                problems,
                selection: record,
                idempotency: idempotency.clone(),
                late_policy: self.inner.late_policy,
                repeats,
            };
            match self.inner.store.create_contest(user, &contest).await {
                Ok(creation) => return Ok(creation),
                Err(CreateContestError::ActiveContestExists { contest }) => {
                    return Err(Error::ActiveContestExists { contest });
                }
                Err(CreateContestError::KeyReused { contest }) => {
                    return Err(Error::IdempotencyKeyReused { contest });
                }
                Err(CreateContestError::Store(error)) => return Err(error.into()),
                // Solved meanwhile: asking again notices.
                Err(CreateContestError::ProblemsUnavailable { .. }) if attempt == 1 => {}
                // Then it must be a catalogue this engine has not seen, which takes longer to load.
                Err(CreateContestError::ProblemsUnavailable { .. }) => {
                    catalogue = self.load_catalogue().await?;
                }
            }
        }
        Err(Error::SelectionOutdated)
    }

    /// The contest of an earlier creation under the same key.
    async fn repeated(
        &self,
        user: UserId,
        idempotency: &Idempotency,
    ) -> Result<Option<Creation>, Error> {
        match self
            .inner
            .store
            .find_contest_by_key(user, &idempotency.key)
            .await?
        {
            None => Ok(None),
            Some((record, request)) if request == idempotency.request => {
                Ok(Some(Creation::Repeated(record)))
            }
            Some((record, _)) => Err(Error::IdempotencyKeyReused { contest: record.id }),
        }
    }
}
