//! Use cases: compare a user's record with the log, and count it anew.

use crate::engine::observe::operation_span;
use crate::engine::{Engine, Error};
use crate::id::UserId;
use crate::progress::{Discrepancy, recount};
use crate::rules::{Change, Context, Decision, Needs, Stop, UseCase};
use crate::store::ContestSelector;

/// Counts the record anew, and keeps it if `repair` says so and it differs.
struct Recount {
    repair: bool,
}

impl UseCase for Recount {
    type Answer = Vec<Discrepancy>;

    fn contest(&self) -> ContestSelector {
        ContestSelector::None
    }

    fn decide(&self, given: &Context<'_>) -> Result<Decision<Self::Answer>, Stop> {
        let Some(recorded) = &given.snapshot.record else {
            return Ok(Decision {
                answer: Vec::new(),
                commit: None,
            });
        };
        let Some(history) = given.history else {
            let log = Some(Needs::ALWAYS);
            return Err(Stop::Needs(Needs {
                log,
                all_contests: true,
                ..Needs::default()
            }));
        };
        if given.catalogue.revision() != given.snapshot.revision {
            return Err(Stop::CatalogueBehind);
        }
        let counted = recount(
            recorded,
            &history.solves,
            &history.contests,
            given.catalogue,
        );
        let answer = Discrepancy::between(recorded, &counted, given.catalogue);
        let mut change = Change::new(given);
        change.record = counted;
        let repair = self.repair && !answer.is_empty();
        let commit = repair.then(|| change.commit_timeless());
        Ok(Decision { answer, commit })
    }
}

impl Engine {
    /// Compares the user's record with the log and the contests: empty if they agree. Reads everything
    /// that is kept of the user.
    ///
    /// # Errors
    /// [`Error::Contended`], [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn verify_user(&self, user: UserId) -> Result<Vec<Discrepancy>, Error> {
        let span = operation_span!("contest.verify_user", user = user);
        let repair = false;
        self.observe(span, async {
            Ok(self.run(user, &Recount { repair }).await?.answer)
        })
        .await
    }

    /// Counts the user's record anew from the log and the contests. Says what differed.
    ///
    /// # Errors
    /// [`Error::Contended`], [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// The record is replaced or not.
    pub async fn rebuild_user(&self, user: UserId) -> Result<Vec<Discrepancy>, Error> {
        let span = operation_span!("contest.rebuild_user", user = user);
        let repair = true;
        self.observe(span, async {
            Ok(self.run(user, &Recount { repair }).await?.answer)
        })
        .await
    }

    /// The users with a record, by ascending id, after `after`; at most `limit`.
    ///
    /// # Errors
    /// [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn users(&self, after: Option<UserId>, limit: u32) -> Result<Vec<UserId>, Error> {
        let span = operation_span!("contest.users");
        self.observe(span, async {
            Ok(self.inner.store.list_users(after, limit).await?)
        })
        .await
    }
}
