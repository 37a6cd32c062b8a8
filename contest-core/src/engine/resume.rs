//! Use case: resume an abandoned contest.

use crate::engine::observe::operation_span;
use crate::engine::{Engine, Error};
use crate::id::{ContestId, UserId};
use crate::model::Contest;
use crate::store::ResumeError;

/// Whether an abandoned contest can be resumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum ResumePolicy {
    /// It cannot: abandoning is final.
    #[default]
    Never,
    /// It can, until its deadline. The time since it was abandoned is lost.
    BeforeDeadline,
}

impl Engine {
    /// Takes the abandonment of a contest back: it is active again, with the marks and the deadline
    /// it had. A contest that is active already stays as it is, so the call can be repeated.
    ///
    /// # Errors
    /// - [`Error::ResumeNotAllowed`] whatever the contest, unless the engine was built with another
    ///   [policy](crate::engine::EngineBuilder::resume_policy) than [`ResumePolicy::Never`].
    /// - [`Error::ContestNotFound`].
    /// - [`Error::ContestNotAbandoned`] when it was completed or has expired.
    /// - [`Error::DeadlinePassed`] from its deadline on.
    /// - [`Error::ActiveContestExists`] when the user has begun another meanwhile.
    /// - [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// The contest is active again or it is not; the call can be repeated.
    pub async fn resume_contest(&self, user: UserId, contest: ContestId) -> Result<Contest, Error> {
        let span = operation_span!("contest.resume", user = user, contest = contest);
        self.observe(span, async {
            match self.inner.resume_policy {
                ResumePolicy::Never => return Err(Error::ResumeNotAllowed { contest }),
                ResumePolicy::BeforeDeadline => {}
            }
            let now = self.inner.clock.now();
            match self.inner.store.resume_contest(user, contest, now).await {
                Ok(record) => self.view(record, now).await,
                Err(ResumeError::ContestNotFound) => Err(Error::ContestNotFound { contest }),
                Err(ResumeError::NotAbandoned { status }) => {
                    Err(Error::ContestNotAbandoned { contest, status })
                }
                Err(ResumeError::DeadlinePassed { deadline }) => {
                    Err(Error::DeadlinePassed { contest, deadline })
                }
                Err(ResumeError::ActiveContestExists { contest }) => {
                    Err(Error::ActiveContestExists { contest })
                }
                Err(ResumeError::Store(error)) => Err(error.into()),
            }
        })
        .await
    }
}
