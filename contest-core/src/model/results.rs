//! What came of a contest.

use std::time::Duration;

use crate::id::ContestId;
use crate::model::{ContestRecord, ContestStatus, ProblemTiming};
use crate::time::Timestamp;

/// What came of a contest, or has so far.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ContestResult {
    /// Which contest.
    pub contest: ContestId,
    /// When it began.
    pub started_at: Timestamp,
    /// When it stops accepting work: the first instant that is too late.
    pub deadline: Timestamp,
    /// The state at [`ContestResult::as_of`]. A contest whose deadline passed first is expired,
    /// however many of its problems are marked.
    pub status: ContestStatus,
    /// When it ended: the deadline, if it expired.
    pub ended_at: Option<Timestamp>,
    /// How many problems there are and how many are marked.
    pub problems: ProblemsResult,
    /// The points, if its problems were to give any.
    pub points: Option<PointsResult>,
    /// From its start to its end, or to [`ContestResult::as_of`] while it is active; at most to the
    /// deadline. Zero before its start.
    pub time_spent: Duration,
    /// How long each marked problem took, in the order of marking.
    pub timings: Vec<ProblemTiming>,
    /// The instant this was taken at.
    pub as_of: Timestamp,
}

/// The problems of a contest by how they went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[allow(clippy::exhaustive_structs, reason = "three numbers that add up")]
pub struct ProblemsResult {
    /// All of them.
    pub total: u64,
    /// The marked ones, late ones included.
    pub completed: u64,
    /// The ones marked at the deadline or after.
    pub late: u64,
}

/// The points of a contest. What late ones are worth is for the host to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[allow(clippy::exhaustive_structs, reason = "three numbers that add up")]
pub struct PointsResult {
    /// Of all problems.
    pub total: u64,
    /// Of the marked ones, late ones included.
    pub completed: u64,
    /// Of the ones marked at the deadline or after.
    pub late: u64,
}

impl ContestRecord {
    /// What came of the contest by `now`.
    ///
    /// A mark counts once it is there, whatever `now` is: what is stored does not say what was stored
    /// before.
    pub fn result(&self, now: Timestamp) -> ContestResult {
        let ending = self.ending_at(now);
        let mut problems = ProblemsResult::default();
        let mut points = None;
        let mut worth = self.selection.points();
        for assigned in &self.problems {
            let completed = u64::from(assigned.completed_at.is_some());
            let late = u64::from(assigned.completed_at.is_some_and(|at| at >= self.deadline));
            problems.total += 1;
            problems.completed += completed;
            problems.late += late;
            if let Some(worth) = worth.next().flatten().map(u64::from) {
                let points: &mut PointsResult = points.get_or_insert_default();
                points.total += worth;
                points.completed += worth * completed;
                points.late += worth * late;
            }
        }
        // It ends at its deadline at the latest.
        let until = ending.map_or(now, |ending| ending.at);
        ContestResult {
            contest: self.id,
            started_at: self.started_at,
            deadline: self.deadline,
            status: self.status(now),
            ended_at: ending.map(|ending| ending.at),
            problems,
            points,
            time_spent: until.saturating_since(self.started_at),
            timings: self.timings(),
            as_of: now,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;
    use crate::id::UserId;
    use crate::lifecycle::LatePolicy;
    use crate::model::{AssignedProblem, Difficulty, Ending, EndingKind, Problem};
    use crate::select::{ProblemCount, Seed, SelectionRequest, Slot, select};

    const fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    /// A contest from second 100 to second 200 of problems that are worth `points`, with the times at
    /// which they are marked.
    fn contest(points: [Option<u32>; 3], marks: [Option<i64>; 3]) -> ContestRecord {
        let problem = |n| Problem::new(format!("p-{n}"), "P", Difficulty::Easy).unwrap();
        let catalogue = Catalogue::new((0..3).map(problem)).unwrap();
        let slots = points.map(|points| {
            let slot = Slot::of_difficulty(Difficulty::Easy..=Difficulty::Hard);
            points.map_or(slot.clone(), |points| slot.with_points(points))
        });
        let request = SelectionRequest::new(ProblemCount::new(3).unwrap())
            .with_slots(slots.to_vec())
            .unwrap();
        let selection = select(&catalogue, &request, Seed(1), |_| false).unwrap();
        let problems = selection.problems.iter().zip(marks);
        ContestRecord {
            id: ContestId::new(at(100), 1),
            user: UserId::from_uuid(uuid::Uuid::nil()),
            started_at: at(100),
            deadline: at(200),
            ending: None,
            problems: problems
                .map(|(problem, mark)| AssignedProblem {
                    problem: *problem,
                    completed_at: mark.map(at),
                })
                .collect(),
            selection: selection.record,
            late_policy: LatePolicy::AcceptFor(Duration::from_secs(50)),
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

    #[test]
    fn problems_and_points_are_counted_with_late_ones_apart() {
        let points = [Some(1), None, Some(4)];
        let result = contest(points, [Some(150), None, Some(200)]).result(at(210));
        let problems = ProblemsResult {
            total: 3,
            completed: 2,
            late: 1,
        };
        assert_eq!(result.problems, problems);
        let points = PointsResult {
            total: 5,
            completed: 5,
            late: 4,
        };
        assert_eq!(result.points, Some(points));
        let on_time = contest([Some(2); 3], [None, Some(199), None]).result(at(150));
        let points = PointsResult {
            total: 6,
            completed: 2,
            late: 0,
        };
        assert_eq!((on_time.points, on_time.problems.late), (Some(points), 0));
        let without = contest([None; 3], [None; 3]).result(at(150));
        assert_eq!((without.points, without.problems.completed), (None, 0));
    }

    #[test]
    fn time_is_spent_until_the_end_or_now_and_never_past_the_deadline() {
        let spent = |record: ContestRecord, now| record.result(at(now)).time_spent.as_secs();
        let running = || contest([None; 3], [None; 3]);
        let seen = [90, 100, 130, 200, 999].map(|now| spent(running(), now));
        assert_eq!(seen, [0, 0, 30, 100, 100]);
        assert_eq!(spent(ended(EndingKind::Completed, 140), 999), 40);
        assert_eq!(spent(ended(EndingKind::Abandoned, 105), 999), 5);
        assert_eq!(spent(ended(EndingKind::Expired, 200), 999), 100);
    }

    #[test]
    fn expired_is_a_state_of_its_own_whatever_is_marked() {
        let all = contest([None; 3], [Some(110), Some(120), Some(130)]);
        let seen = |now| {
            let result = all.result(at(now));
            (result.status, result.ended_at)
        };
        assert_eq!(seen(199), (ContestStatus::Active, None));
        assert_eq!(seen(200), (ContestStatus::Expired, Some(at(200))));
        let result = ended(EndingKind::Abandoned, 105).result(at(300));
        assert_eq!(result.status, ContestStatus::Abandoned);
    }

    #[test]
    fn each_problem_took_the_time_since_the_mark_before_it() {
        let record = contest([None; 3], [Some(150), Some(110), None]);
        let timings = record.result(at(160)).timings;
        let seen = timings
            .iter()
            .map(|timing| (timing.problem, timing.spent.as_secs()));
        let [first, second, _] = record.problems[..] else {
            panic!("three problems")
        };
        let expected = [(second.problem, 10), (first.problem, 40)];
        assert_eq!(seen.collect::<Vec<_>>(), expected);
    }
}
