//! Use case: grant extra time in a round.

use std::time::Duration;

use crate::id::RoundId;
use crate::model::{EventKind, RangeError};
use crate::rules::{Change, Context, Decision, Refusal, Stop, UseCase, check_accepting};
use crate::store::ContestSelector;
use crate::time::Timestamp;
use crate::user::{ContestRecord, ExtraTime, RoundEntry};

/// Gives a user extra time in a round, before or after the user has joined it.
///
/// | in this order | |
/// |---|---|
/// | it is as long already | returned unchanged |
/// | it is too long | [`Refusal::LimitExceeded`] |
/// | the user's contest has ended | [`Refusal::ContestNotAccepting`] |
/// | the user's contest has more extra time | [`Refusal::EarlierDeadline`] |
/// | extra time is granted for too many rounds that the user has not joined | [`Refusal::LimitExceeded`] |
///
/// It is the whole extra time, so a call can be repeated. The answer is the contest, once the user has joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantExtraTime {
    /// The round.
    pub round: RoundId,
    /// The extra time.
    pub extra: Duration,
}

/// The most rounds with extra time that a user has not joined.
const WAITING: usize = 1_000;

impl UseCase for GrantExtraTime {
    type Answer = Option<ContestRecord>;

    fn contest(&self) -> ContestSelector {
        ContestSelector::Round(self.round)
    }

    fn decide(&self, given: &Context<'_>) -> Result<Decision<Self::Answer>, Stop> {
        // Stores keep whole microseconds.
        let micros = u64::try_from(self.extra.as_micros()).unwrap_or(u64::MAX);
        let extra = Duration::from_micros(micros);
        let minutes = usize::try_from(extra.as_micros().div_ceil(60_000_000)).unwrap_or(usize::MAX);
        let contest = given.snapshot.contest.as_ref();
        let entry = contest.and_then(|contest| Some((contest, contest.round?)));
        if let Some((contest, _)) = entry.filter(|(_, entry)| entry.extra == extra) {
            return Ok(Decision::unchanged(Some(contest.clone())));
        }
        let most = given.settings.limits.extended_minutes.into();
        RangeError::check_size("extra_minutes", "extra time in minutes", minutes, 0..=most)?;
        match entry {
            Some((contest, entry)) => Self::extend(given, contest, entry, extra),
            None => self.note(given, extra),
        }
    }
}

impl GrantExtraTime {
    /// Moves the deadline of the user's contest.
    fn extend(
        given: &Context<'_>,
        contest: &ContestRecord,
        entry: RoundEntry,
        extra: Duration,
    ) -> Result<Decision<Option<ContestRecord>>, Stop> {
        check_accepting(contest, given.snapshot.record.as_ref(), given.now)?;
        let (id, deadline) = (contest.id, contest.deadline);
        let Some(more) = extra.checked_sub(entry.extra) else {
            let contest = id;
            return Err(Refusal::EarlierDeadline { contest, deadline }.into());
        };
        let deadline = (deadline + more).min(Timestamp::MAX);
        let mut change = Change::new(given);
        if let Some(open) = &mut change.record.open {
            open.deadline = deadline;
        }
        let mut extended = contest.clone();
        extended.deadline = deadline;
        extended.round = Some(RoundEntry { extra, ..entry });
        change.update(extended.clone());
        change.event(EventKind::ContestExtended {
            contest: id,
            deadline,
        });
        Ok(Decision {
            answer: Some(extended),
            commit: Some(change.commit()),
        })
    }

    /// Keeps it until the user joins.
    fn note(
        &self,
        given: &Context<'_>,
        extra: Duration,
    ) -> Result<Decision<Option<ContestRecord>>, Stop> {
        let round = self.round;
        let mut change = Change::new(given);
        let granted = &mut change.record.extra_time;
        let before = granted.clone();
        granted.retain(|granted| granted.round != round);
        if !extra.is_zero() {
            granted.push(ExtraTime { round, extra });
        }
        if *granted == before {
            return Ok(Decision::unchanged(None));
        }
        let rounds = granted.len();
        RangeError::check_size(
            "rounds",
            "number of rounds with extra time",
            rounds,
            0..=WAITING,
        )?;
        Ok(Decision {
            answer: None,
            commit: Some(change.commit_timeless()),
        })
    }
}
