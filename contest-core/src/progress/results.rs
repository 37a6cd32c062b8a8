//! Results of contests.

use std::time::Duration;

use crate::id::ContestId;
use crate::model::ContestStatus;
use crate::progress::ProblemTiming;
use crate::progress::timing::timings;
use crate::rules::ending_at;
use crate::scoring::{Points, TotalScore};
use crate::time::Timestamp;
use crate::user::{ContestRecord, UserRecord};

/// The result of a contest, final or so far.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ContestResult {
    /// The contest.
    #[cfg_attr(feature = "serde", serde(rename = "contest_id"))]
    pub contest: ContestId,
    /// When it began.
    pub started_at: Timestamp,
    /// The first instant at which it no longer accepts work.
    pub deadline: Timestamp,
    /// The state at [`ContestResult::as_of`]. A contest whose deadline passed first is expired, no
    /// matter how many of its problems are marked.
    pub status: ContestStatus,
    /// When it ended; the deadline if it expired.
    pub ended_at: Option<Timestamp>,
    /// How many problems it has and how many are marked.
    pub problems: ProblemsResult,
    /// The points, if its problems have any.
    pub points: Option<PointsResult>,
    /// The score by the attempts made before its end.
    pub score: TotalScore,
    /// From its start to its end, or to [`ContestResult::as_of`] while it is active; at most to the
    /// deadline. Zero before its start.
    #[cfg_attr(
        feature = "serde",
        serde(rename = "seconds_spent", with = "crate::encoding::seconds")
    )]
    pub time_spent: Duration,
    /// How long each marked problem took, in the order of marking.
    pub timings: Vec<ProblemTiming>,
    /// The instant of this view.
    #[cfg_attr(feature = "serde", serde(rename = "server_now"))]
    pub as_of: Timestamp,
}

/// The problems of a contest, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ProblemsResult {
    /// All problems.
    pub total: u64,
    /// The marked problems, late ones included.
    pub completed: u64,
    /// The problems marked at the deadline or later.
    pub late: u64,
}

/// The points of a contest. The host decides how to value late ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct PointsResult {
    /// Of all problems.
    pub total: Points,
    /// Of the marked problems, late ones included.
    pub completed: Points,
    /// Of the problems marked at the deadline or later.
    pub late: Points,
}

impl ContestResult {
    /// The result of a contest at `now`. `record` is the user's record of the same snapshot.
    pub fn new(contest: &ContestRecord, record: Option<&UserRecord>, now: Timestamp) -> Self {
        let ending = ending_at(contest, record, now);
        let (problems, points) = count(contest);
        // It ends at its deadline at the latest.
        let until = ending.map_or(now, |ending| ending.at);
        Self {
            contest: contest.id,
            started_at: contest.started_at,
            deadline: contest.deadline,
            status: ending.map_or(ContestStatus::Active, |ending| ending.kind.into()),
            ended_at: ending.map(|ending| ending.at),
            problems,
            points,
            score: contest.score().total,
            time_spent: until.saturating_since(contest.started_at),
            timings: contest.timings(),
            as_of: now,
        }
    }
}

fn count(contest: &ContestRecord) -> (ProblemsResult, Option<PointsResult>) {
    let mut problems = ProblemsResult::default();
    let mut points = None;
    for assigned in &contest.problems {
        let completed = u64::from(assigned.mark.is_some());
        let late = u64::from(
            assigned
                .mark
                .is_some_and(|mark| mark.at >= contest.deadline),
        );
        problems.total += 1;
        problems.completed += completed;
        problems.late += late;
        if let Some(worth) = assigned.points {
            let of = |counted: u64| if counted == 0 { Points::ZERO } else { worth };
            let points: &mut PointsResult = points.get_or_insert_default();
            points.total = points.total + worth;
            points.completed = points.completed + of(completed);
            points.late = points.late + of(late);
        }
    }
    (problems, points)
}

impl ContestRecord {
    /// How long each marked problem took, in the order of marking.
    pub fn timings(&self) -> Vec<ProblemTiming> {
        let problems = self.problems.iter();
        let marks = problems.map(|assigned| (assigned.problem, assigned.mark.map(|mark| mark.at)));
        timings(self.started_at, self.deadline, marks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ProblemId;
    use crate::model::{Difficulty, LatePolicy};
    use crate::user::{AssignedProblem, Ending, EndingKind, Mark, OpenContest};

    const fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    /// A contest from second 100 to second 200 of problems with these points and times of marking.
    fn contest(points: [Option<u32>; 3], marks: [Option<i64>; 3]) -> ContestRecord {
        let problems = points.into_iter().zip(marks).zip(0..);
        let problems = problems.map(|((points, mark), number)| AssignedProblem {
            problem: ProblemId::from_uuid(uuid::Uuid::from_u128(number)),
            difficulty: Difficulty::Easy,
            points: points.map(Points::from),
            mark: mark.map(|seconds| Mark {
                at: at(seconds),
                newly: true,
                judged: false,
            }),
            attempts: Vec::new(),
        });
        ContestRecord {
            problems: problems.collect(),
            late_policy: LatePolicy::AcceptFor(Duration::from_secs(50)),
            ..ContestRecord::new(ContestId::new(at(100), 1), at(100), at(200), [])
        }
    }

    fn ended(kind: EndingKind, seconds: i64) -> ContestRecord {
        ContestRecord {
            ending: Some(Ending {
                kind,
                at: at(seconds),
            }),
            ..contest([None; 3], [None; 3])
        }
    }

    /// The result of a contest at a second. Without a stored ending it is the user's open contest.
    fn result(contest: &ContestRecord, seconds: i64) -> ContestResult {
        let record = UserRecord {
            open: contest.ending.is_none().then_some(OpenContest {
                id: contest.id,
                deadline: contest.deadline,
                newly_marked: Vec::new(),
            }),
            ..UserRecord::new()
        };
        ContestResult::new(contest, Some(&record), at(seconds))
    }

    #[test]
    fn problems_and_points_are_counted_with_late_ones_apart() {
        let points = [Some(1), None, Some(4)];
        let late = result(&contest(points, [Some(150), None, Some(200)]), 210);
        let problems = ProblemsResult {
            total: 3,
            completed: 2,
            late: 1,
        };
        assert_eq!(late.problems, problems);
        let points = PointsResult {
            total: 5.into(),
            completed: 5.into(),
            late: 4.into(),
        };
        assert_eq!(late.points, Some(points));
        let on_time = result(&contest([Some(2); 3], [None, Some(199), None]), 150);
        let points = PointsResult {
            total: 6.into(),
            completed: 2.into(),
            late: Points::ZERO,
        };
        assert_eq!((on_time.points, on_time.problems.late), (Some(points), 0));
        let without = result(&contest([None; 3], [None; 3]), 150);
        assert_eq!((without.points, without.problems.completed), (None, 0));
    }

    #[test]
    fn time_is_spent_until_the_end_or_now_and_never_past_the_deadline() {
        let spent = |contest: ContestRecord, now| result(&contest, now).time_spent.as_secs();
        let running = || contest([None; 3], [None; 3]);
        let seen = [90, 100, 130, 200, 999].map(|now| spent(running(), now));
        assert_eq!(seen, [0, 0, 30, 100, 100]);
        assert_eq!(spent(ended(EndingKind::Completed, 140), 999), 40);
        assert_eq!(spent(ended(EndingKind::Abandoned, 105), 999), 5);
    }

    #[test]
    fn expired_is_a_state_of_its_own_whatever_is_marked() {
        let all = contest([None; 3], [Some(110), Some(120), Some(130)]);
        let seen = |now| {
            let result = result(&all, now);
            (result.status, result.ended_at)
        };
        assert_eq!(seen(199), (ContestStatus::Active, None));
        assert_eq!(seen(200), (ContestStatus::Expired, Some(at(200))));
        let abandoned = result(&ended(EndingKind::Abandoned, 105), 300);
        assert_eq!(abandoned.status, ContestStatus::Abandoned);
    }
}
