//! The state of a contest at a time, and which operations it accepts.

use crate::model::{ContestStatus, Ending, EndingKind};
use crate::rules::Refusal;
use crate::time::Timestamp;
use crate::user::{ContestRecord, UserRecord};

/// How a contest has ended by `now`, if it has. `record` is the user's record of the same snapshot.
///
/// A contest is open from its creation, even if the clock reads a time before its start.
pub fn ending_at(
    contest: &ContestRecord,
    record: Option<&UserRecord>,
    now: Timestamp,
) -> Option<Ending> {
    let is_open = record.is_some_and(|record| record.is_open(contest.id));
    let expired = Ending {
        kind: EndingKind::Expired,
        at: contest.deadline,
    };
    contest
        .ending
        .or_else(|| (!is_open || now >= contest.deadline).then_some(expired))
}

/// Whether a contest is active at `now`, and so accepts marking, unmarking, completing and abandoning.
/// At the instant of its deadline it no longer is.
///
/// # Errors
/// [`Refusal::ContestNotAccepting`] with how it ended.
pub fn check_accepting(
    contest: &ContestRecord,
    record: Option<&UserRecord>,
    now: Timestamp,
) -> Result<(), Refusal> {
    match ending_at(contest, record, now) {
        None => Ok(()),
        Some(Ending { kind, at }) => Err(Refusal::ContestNotAccepting {
            contest: contest.id,
            status: kind.into(),
            ended_at: at,
        }),
    }
}

/// Whether a contest accepts a mark at `now`: while it is active, and after its deadline for as long as
/// its late policy says, unless it was completed or abandoned.
///
/// # Errors
/// [`Refusal::ContestNotAccepting`] with how it ended.
pub fn check_marking(
    contest: &ContestRecord,
    record: Option<&UserRecord>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let until = contest.late_policy.marks_until(contest.deadline);
    // Without a grace period no late mark is accepted. `until > deadline` ensures it even when a
    // contest is settled and this clock is still before the deadline.
    let graceful = until > contest.deadline && now < until;
    match check_accepting(contest, record, now) {
        Err(Refusal::ContestNotAccepting {
            status: ContestStatus::Expired,
            ..
        }) if graceful => Ok(()),
        other => other,
    }
}
