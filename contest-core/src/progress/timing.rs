//! How long each problem of a contest took.

use std::time::Duration;

use crate::id::ProblemId;
use crate::time::Timestamp;

/// When a problem of a contest was marked, and how long it took, by the wall clock: a break counts for
/// the problem marked after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct ProblemTiming {
    /// The problem.
    #[cfg_attr(feature = "serde", serde(rename = "problem_id"))]
    pub problem: ProblemId,
    /// When it was marked.
    pub completed_at: Timestamp,
    /// From the start of the contest to the mark.
    #[cfg_attr(
        feature = "serde",
        serde(rename = "seconds_since_start", with = "crate::encoding::seconds")
    )]
    pub since_start: Duration,
    /// From the previous mark, or the start of the contest, to this mark.
    #[cfg_attr(
        feature = "serde",
        serde(rename = "seconds_spent", with = "crate::encoding::seconds")
    )]
    pub spent: Duration,
    /// From the deadline to the mark, if it is late.
    #[cfg_attr(
        feature = "serde",
        serde(
            rename = "seconds_late",
            default,
            with = "crate::encoding::optional_seconds"
        )
    )]
    pub late_by: Option<Duration>,
}

/// The timings of marks, in the order of marking; marks of the same instant in the order given.
pub(crate) fn timings(
    started_at: Timestamp,
    deadline: Timestamp,
    marks: impl Iterator<Item = (ProblemId, Option<Timestamp>)>,
) -> Vec<ProblemTiming> {
    let marks = marks.filter_map(|(problem, at)| Some((at?, problem)));
    let mut marks: Vec<_> = marks.collect();
    marks.sort_by_key(|(at, _)| *at);
    let mut before = started_at;
    let timing = |(completed_at, problem): (Timestamp, ProblemId)| {
        let spent = completed_at.saturating_since(before);
        before = completed_at;
        ProblemTiming {
            problem,
            completed_at,
            since_start: completed_at.saturating_since(started_at),
            spent,
            late_by: late_by(completed_at, deadline),
        }
    };
    marks.into_iter().map(timing).collect()
}

/// How long after the deadline a mark was made, if it is late. At the deadline it is late by zero.
pub(crate) fn late_by(completed_at: Timestamp, deadline: Timestamp) -> Option<Duration> {
    (completed_at >= deadline).then(|| completed_at.saturating_since(deadline))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    fn problem(number: u128) -> ProblemId {
        ProblemId::from_uuid(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn time_is_spent_from_mark_to_mark_in_the_order_of_marking() {
        let marks = [
            (1, Some(at(50))),
            (2, None),
            (3, Some(at(20))),
            (4, Some(at(105))),
        ];
        let marks = marks.map(|(number, at)| (problem(number), at));
        let timings = timings(at(10), at(100), marks.into_iter());
        let seen = timings.iter().map(|timing| {
            let seconds = [timing.since_start, timing.spent].map(|time| time.as_secs());
            (
                timing.problem,
                seconds,
                timing.late_by.map(|by| by.as_secs()),
            )
        });
        let expected = [
            (problem(3), [10, 10], None),
            (problem(1), [40, 30], None),
            (problem(4), [95, 55], Some(5)),
        ];
        assert_eq!(seen.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_mark_at_the_deadline_is_late_by_nothing() {
        assert_eq!(late_by(at(99), at(100)), None);
        assert_eq!(late_by(at(100), at(100)), Some(Duration::ZERO));
        assert_eq!(late_by(at(107), at(100)), Some(Duration::from_secs(7)));
    }
}
