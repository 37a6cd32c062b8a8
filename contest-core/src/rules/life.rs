//! What state a contest is in, and what it accepts.

use crate::model::{ContestStatus, Ending, EndingKind};
use crate::rules::Refusal;
use crate::time::Timestamp;
use crate::user::{ContestRecord, UserRecord};

/// How a contest has ended by `now`, if it has. `record` is the user's, of the same instant.
///
/// A contest is open from its creation, whatever a clock says: its start is not looked at.
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

/// Whether a contest accepts work at `now`: marking, unmarking, completing, abandoning. It does until
/// it ends; the first instant that is too late is its deadline.
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

/// Whether a contest accepts a mark at `now`: while it accepts work, and after the deadline of a
/// contest that was neither completed nor abandoned for as long as its late policy says.
///
/// # Errors
/// [`Refusal::ContestNotAccepting`] with how it ended.
pub fn check_marking(
    contest: &ContestRecord,
    record: Option<&UserRecord>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let until = contest.late_policy.marks_until(contest.deadline);
    // Without a grace nothing is accepted late, also by a clock that is still before the deadline of a
    // contest that was settled.
    let graceful = until > contest.deadline && now < until;
    match check_accepting(contest, record, now) {
        Err(Refusal::ContestNotAccepting {
            status: ContestStatus::Expired,
            ..
        }) if graceful => Ok(()),
        other => other,
    }
}
