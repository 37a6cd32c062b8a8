//! Use case: give a contest extra time.

use crate::id::ContestId;
use crate::model::{EventKind, RangeError};
use crate::rules::{Change, Context, Decision, Refusal, Stop, UseCase, check_accepting};
use crate::store::ContestSelector;
use crate::time::Timestamp;
use crate::user::ContestRecord;

/// Moves the deadline of an active contest to a later instant.
///
/// | in this order | |
/// |---|---|
/// | the user has no such contest | [`Refusal::ContestNotFound`] |
/// | its deadline is this one already | returned unchanged |
/// | it would last too long | [`Refusal::LimitExceeded`] |
/// | it has ended | [`Refusal::ContestNotAccepting`] |
/// | its deadline is later | [`Refusal::EarlierDeadline`] |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extend {
    /// The contest.
    pub contest: ContestId,
    /// Its new deadline.
    pub deadline: Timestamp,
}

impl UseCase for Extend {
    type Answer = ContestRecord;

    fn contest(&self) -> ContestSelector {
        ContestSelector::Id(self.contest)
    }

    fn decide(&self, given: &Context<'_>) -> Result<Decision<ContestRecord>, Stop> {
        let contest = given.found(self.contest)?;
        let Self { deadline, .. } = *self;
        if contest.deadline == deadline {
            return Ok(Decision::unchanged(contest.clone()));
        }
        let most = given.settings.limits.extended_minutes;
        check_length(contest, deadline, most)?;
        check_accepting(contest, given.snapshot.record.as_ref(), given.now)?;
        if deadline < contest.deadline {
            let (contest, deadline) = (contest.id, contest.deadline);
            return Err(Refusal::EarlierDeadline { contest, deadline }.into());
        }
        let mut change = Change::new(given);
        if let Some(open) = &mut change.record.open {
            open.deadline = deadline;
        }
        let extended = ContestRecord {
            deadline,
            ..contest.clone()
        };
        change.update(extended.clone());
        change.event(EventKind::ContestExtended {
            contest: contest.id,
            deadline,
        });
        Ok(Decision {
            answer: extended,
            commit: Some(change.commit()),
        })
    }
}

/// Checks how long a contest would last until `deadline`.
fn check_length(contest: &ContestRecord, deadline: Timestamp, most: u16) -> Result<(), RangeError> {
    const MINUTE: u128 = 60_000_000;
    let length = deadline.saturating_since(contest.started_at);
    // Rounded up, so that a part of a minute above the maximum is refused.
    let minutes = usize::try_from(length.as_micros().div_ceil(MINUTE)).unwrap_or(usize::MAX);
    let what = "duration in minutes with extra time";
    RangeError::check_size("extended_minutes", what, minutes, 0..=most.into())
}
