//! The life of a contest as pure functions of what is stored and the time.
//!
//! ```text
//!            complete
//! active ──────────────────► completed
//!        ───── abandon ────► abandoned   (resume, before the deadline, takes it back)
//!        ─ deadline passes ► expired     (within the grace period, marks are accepted as late)
//! ```
//!
//! Expiry needs no write: a contest without a stored ending *is* expired from its deadline on. All
//! three ends are final, but that a host may let a user take an abandonment back. Stores decide with
//! these functions, or with the same conditions in their own language, inside the step that writes.

use std::fmt;
use std::time::Duration;

use crate::model::{ContestStatus, Ending, EndingKind};
use crate::time::Timestamp;

/// How a contest has ended by `now`, if it has.
///
/// ```
/// use contest_core::{lifecycle, model::EndingKind, time::Timestamp};
///
/// let deadline = Timestamp::from_micros(100);
/// assert_eq!(lifecycle::ending_at(None, deadline, Timestamp::from_micros(99)), None);
/// let ending = lifecycle::ending_at(None, deadline, Timestamp::from_micros(100)).unwrap();
/// assert_eq!((ending.kind, ending.at), (EndingKind::Expired, deadline));
/// ```
pub fn ending_at(stored: Option<Ending>, deadline: Timestamp, now: Timestamp) -> Option<Ending> {
    stored.or_else(|| {
        (now >= deadline).then_some(Ending {
            kind: EndingKind::Expired,
            at: deadline,
        })
    })
}

/// Whether a contest accepts work at `now`: marking, completing, abandoning.
///
/// The interval is half-open: work is accepted if and only if no end is stored and
/// `started_at <= now < deadline`.
///
/// # Errors
/// [`NotAccepting`] with the reason.
pub fn check_accepting(
    stored: Option<Ending>,
    started_at: Timestamp,
    deadline: Timestamp,
    now: Timestamp,
) -> Result<(), NotAccepting> {
    match ending_at(stored, deadline, now) {
        Some(ending) => Err(ending.into()),
        None if now < started_at => Err(NotAccepting::NotStarted {
            starts_at: started_at,
        }),
        None => Ok(()),
    }
}

/// What becomes of a mark that arrives after the deadline. A contest keeps the policy it was created
/// with, so that what is accepted follows from what is stored and the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum LatePolicy {
    /// It is refused.
    #[default]
    Reject,
    /// It is accepted for this long after the deadline, and is late. The contest is expired all the
    /// same: nothing else is accepted.
    AcceptFor(Duration),
}

impl LatePolicy {
    /// The longest grace an engine gives: seven days.
    pub const MAX_GRACE: Duration = Duration::from_hours(7 * 24);

    /// The first instant at which a mark is too late, for a contest with this deadline.
    pub fn marks_until(self, deadline: Timestamp) -> Timestamp {
        match self {
            Self::Reject => deadline,
            Self::AcceptFor(grace) => deadline + grace,
        }
    }
}

/// Whether a contest accepts a mark at `now`: as [`check_accepting`], and after the deadline of a
/// contest that was neither completed nor abandoned for as long as its policy says. A mark at or
/// after the deadline is late. Taking a mark back is never accepted late.
///
/// # Errors
/// [`NotAccepting`] with the reason.
///
/// ```
/// use std::time::Duration;
/// use contest_core::lifecycle::{LatePolicy, check_marking};
/// use contest_core::time::Timestamp;
///
/// let (start, deadline) = (Timestamp::from_micros(0), Timestamp::from_micros(100));
/// let late = Timestamp::from_micros(104);
/// let grace = LatePolicy::AcceptFor(Duration::from_micros(5));
/// assert!(check_marking(None, start, deadline, grace, late).is_ok());
/// assert!(check_marking(None, start, deadline, LatePolicy::Reject, late).is_err());
/// ```
pub fn check_marking(
    stored: Option<Ending>,
    started_at: Timestamp,
    deadline: Timestamp,
    late: LatePolicy,
    now: Timestamp,
) -> Result<(), NotAccepting> {
    let refused = match check_accepting(stored, started_at, deadline, now) {
        Ok(()) => return Ok(()),
        Err(refused) => refused,
    };
    let expired = matches!(
        refused,
        NotAccepting::Ended {
            status: ContestStatus::Expired,
            ..
        }
    );
    if expired && now >= deadline && now < late.marks_until(deadline) {
        Ok(())
    } else {
        Err(refused)
    }
}

/// Why a contest does not accept work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotAccepting {
    /// It ended.
    Ended {
        /// How it ended; never [`ContestStatus::Active`].
        status: ContestStatus,
        /// When it ended.
        ended_at: Timestamp,
    },
    /// It begins later, by the clock of whoever created it.
    NotStarted {
        /// When it begins.
        starts_at: Timestamp,
    },
}

impl From<Ending> for NotAccepting {
    fn from(ending: Ending) -> Self {
        Self::Ended {
            status: ending.kind.into(),
            ended_at: ending.at,
        }
    }
}

impl fmt::Display for NotAccepting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended { status, ended_at } => write!(f, "it is {status} since {ended_at}"),
            Self::NotStarted { starts_at } => write!(f, "it starts at {starts_at}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    #[test]
    fn i2_work_is_accepted_in_the_half_open_interval() {
        let accepts = |now| check_accepting(None, at(10), at(20), at(now)).is_ok();
        assert_eq!([9, 10, 19, 20].map(accepts), [false, true, true, false]);
    }

    #[test]
    fn i3_a_stored_ending_wins_over_the_deadline() {
        let stored = Some(Ending {
            kind: EndingKind::Abandoned,
            at: at(15),
        });
        for now in [10, 15, 20, 99] {
            assert_eq!(ending_at(stored, at(20), at(now)), stored);
            assert!(check_accepting(stored, at(10), at(20), at(now)).is_err());
        }
    }
}
