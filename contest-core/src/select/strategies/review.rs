//! Solved problems that are due for review, by the FSRS model of memory.

use std::sync::LazyLock;

use fsrs::{FSRS, FSRS6_DEFAULT_DECAY, FSRSItem, FSRSReview, current_retrievability};

use crate::select::context::Recalled;
use crate::select::{
    Choice, Needs, Order, Practice, ReviewOptions, Rule, SelectionStrategy, Source, StrategyVersion,
};
use crate::time::Timestamp;

/// [`Strategy::Review`](crate::select::Strategy::Review): all solved problems that are due, the one
/// most likely to be forgotten first.
impl SelectionStrategy for ReviewOptions {
    fn version(&self) -> StrategyVersion {
        StrategyVersion(1)
    }

    fn needs(&self) -> Needs {
        Needs::default().with_log().with_contests()
    }

    fn source(&self) -> Source {
        Source::Solved
    }

    fn order<'a>(&self, mut choice: Choice<'a>) -> Order<'a> {
        let recalled = &choice.context().recalled;
        if recalled.get().is_some() {
            choice.note_solved();
        }
        let recalled = recalled.get_or_init(|| by_urgency(&mut choice));
        let desired = self.desired();
        let due = recalled.partition_point(|((retrievability, _), _)| *retrievability < desired);
        let (due, others) = recalled.split_at(due);
        choice.note_all(others.iter().map(|(_, candidate)| *candidate), Rule::NotDue);
        Box::new(due.iter().map(|(_, candidate)| *candidate))
    }
}

/// All solved problems, the one most likely to be forgotten first. The same for all parts of a request.
fn by_urgency<'a>(choice: &mut Choice<'a>) -> Vec<Recalled<'a>> {
    const NEVER: (u16, Timestamp) = (u16::MAX, Timestamp::MAX);
    let now = choice.now();
    let recalled = choice.map(|candidate| {
        let recall = recall(&candidate.practice(), now);
        let urgency = recall.map(|recall| (recall.retrievability, recall.last_reviewed_at));
        (urgency.unwrap_or(NEVER), candidate)
    });
    let mut recalled: Vec<_> = recalled.collect();
    recalled.sort_unstable_by_key(|(urgency, candidate)| (*urgency, candidate.place.id));
    recalled
}

impl ReviewOptions {
    /// The retrievability below which a problem is due.
    fn desired(self) -> u16 {
        u16::from(self.desired_retention()) * 100
    }
}

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// FSRS-6 with its default parameters, which fit the average learner.
static MODEL: LazyLock<Option<FSRS>> = LazyLock::new(|| FSRS::new(&[]).ok());

/// A solved problem that is due for review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Overdue {
    /// The chance that the user still knows how to solve it, in ten-thousandths. The lowest comes
    /// first.
    ///
    /// The model uses floating point. Platforms may differ by less than a hundredth of this unit, so
    /// the due problems and their order are the same on all of them unless a value is that close to a
    /// boundary.
    pub retrievability: u16,
    /// When it was last solved or missed.
    pub last_reviewed_at: Timestamp,
}

/// Whether a problem is due for review at `now`, by the user's history with it.
///
/// Only history before `now` counts, so that a decision can be repeated later:
///
/// | event | review |
/// |---|---|
/// | it was solved, in a contest or elsewhere, for the first time or again | "good", at that time |
/// | a contest had it, and it was not marked | "again" (missed), at the start of the contest |
/// | a contest had it, and was abandoned with nothing marked | none |
///
/// Two events of the same kind at the same time count once. Unmarked problems of a contest in progress
/// count as missed at its start, which does not make any of them due soon; normally no contest is in
/// progress during a selection. Only problems solved before `now` can be due: a problem that was never
/// solved is not forgotten.
///
/// From the history the model (FSRS-6, with its default parameters) derives the stability of the
/// memory, counting whole days of 24 hours since the first review, and from that the chance of recall
/// at `now`. A problem is due if the chance is below the [desired
/// retention](ReviewOptions::desired_retention). The cost grows with the contests that had the problem.
///
/// ```
/// use std::time::Duration;
/// use contest_core::select::{Practice, due};
/// use contest_core::select::ReviewOptions;
/// use contest_core::time::Timestamp;
///
/// let solved_at = Timestamp::from_micros(0);
/// let practice = Practice { solved_at: &[solved_at], ..Practice::default() };
/// let options = ReviewOptions::default();
/// let days = |days: u64| solved_at + Duration::from_hours(24 * days);
/// assert!(due(&practice, days(1), options).is_none());
/// let overdue = due(&practice, days(30), options).unwrap();
/// assert!(overdue.retrievability < 9_000);
/// ```
pub fn due(practice: &Practice<'_>, now: Timestamp, options: ReviewOptions) -> Option<Overdue> {
    recall(practice, now).filter(|overdue| overdue.retrievability < options.desired())
}

/// How well a problem is remembered at `now`, if it was solved before.
fn recall(practice: &Practice<'_>, now: Timestamp) -> Option<Overdue> {
    let reviews = reviews(practice, now);
    let (first, last) = (reviews.first()?.at, reviews.last()?.at);
    if !reviews.iter().any(|review| review.outcome == Outcome::Good) {
        return None;
    }
    let mut day = 0;
    let reviews = reviews.iter().map(|review| {
        let (before, today) = (day, days_between(first, review.at));
        day = today;
        FSRSReview {
            rating: review.outcome.rating(),
            delta_t: today.saturating_sub(before),
        }
    });
    let item = FSRSItem {
        reviews: reviews.collect(),
    };
    let memory = MODEL.as_ref()?.memory_state(item, None).ok()?;
    let elapsed = last_days(last, now);
    let retrievability = current_retrievability(memory, elapsed, FSRS6_DEFAULT_DECAY);
    Some(Overdue {
        retrievability: ten_thousandths(retrievability),
        last_reviewed_at: last,
    })
}

/// The outcome of a review. At equal times, a miss sorts before a solve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Again,
    Good,
}

impl Outcome {
    /// The model's number for it.
    const fn rating(self) -> u32 {
        match self {
            Self::Again => 1,
            Self::Good => 3,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Review {
    at: Timestamp,
    outcome: Outcome,
}

/// The reviews before `now`, in order of time.
fn reviews(practice: &Practice<'_>, now: Timestamp) -> Vec<Review> {
    let good = practice.solved_at.iter().map(|at| Review {
        at: *at,
        outcome: Outcome::Good,
    });
    let missed = practice.encounters.iter().filter(|encounter| {
        let marked = encounter.marked_at.is_some_and(|at| at < now);
        !marked && !encounter.untouched
    });
    let missed = missed.map(|encounter| Review {
        at: encounter.started_at,
        outcome: Outcome::Again,
    });
    let mut reviews: Vec<_> = good
        .chain(missed)
        .filter(|review| review.at < now)
        .collect();
    reviews.sort_unstable();
    reviews.dedup();
    reviews
}

/// The whole days from one instant to a later one.
fn days_between(from: Timestamp, to: Timestamp) -> u32 {
    let micros = to.as_micros().saturating_sub(from.as_micros());
    u32::try_from(micros / MICROS_PER_DAY).unwrap_or_default()
}

/// The days from one instant to a later one, with the fraction.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "the fraction needs no more precision"
)]
fn last_days(from: Timestamp, to: Timestamp) -> f32 {
    let micros = to.as_micros().saturating_sub(from.as_micros());
    (micros as f64 / MICROS_PER_DAY as f64) as f32
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "limited to the range above"
)]
fn ten_thousandths(part: f32) -> u16 {
    (part * 10_000.0).round().clamp(0.0, 10_000.0) as u16
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::id::ContestId;
    use crate::select::Encounter;

    const START: Timestamp = Timestamp::from_micros(1_795_478_400_000_000);

    fn day(days: u64) -> Timestamp {
        START + Duration::from_hours(24 * days)
    }

    /// The data that a practice borrows.
    #[derive(Debug, Clone)]
    struct Past(Vec<Timestamp>, Vec<Encounter>);

    impl Past {
        fn practice(&self) -> Practice<'_> {
            Practice {
                solved_at: &self.0,
                encounters: &self.1,
            }
        }

        fn met(&mut self, at: u64, marked: Option<Timestamp>) {
            self.0.extend(marked);
            self.0.sort_unstable();
            self.1.push(Encounter {
                started_at: day(at),
                contest: ContestId::new(day(at), self.1.len() as u64),
                marked_at: marked,
                untouched: false,
            });
        }
    }

    /// A practice of contests: the day of each, and whether the problem was marked an hour in.
    fn practice(solved: Option<u64>, contests: &[(u64, bool)]) -> Past {
        let mut past = Past(solved.map(day).into_iter().collect(), Vec::new());
        for (at, marked) in contests {
            past.met(*at, marked.then_some(day(*at) + Duration::from_hours(1)));
        }
        past
    }

    fn retrievability(past: &Past, now: Timestamp) -> Option<u16> {
        recall(&past.practice(), now).map(|recall| recall.retrievability)
    }

    /// Computed independently, from the published formulas of the model. If these numbers change, raise
    /// the version of the strategy.
    #[test]
    fn golden_numbers() {
        let once = practice(Some(0), &[]);
        let at = |days| retrievability(&once, day(days)).unwrap();
        assert_eq!(
            [1, 2, 3, 7, 30, 365].map(at),
            [9468, 9095, 8809, 8083, 6675, 4589]
        );
        let marked = practice(None, &[(0, true), (3, true), (10, true)]);
        let missed = practice(None, &[(0, true), (3, false), (10, true)]);
        let forgot = practice(None, &[(0, true), (3, true), (10, false)]);
        let at_40 = |practice| retrievability(practice, day(40)).unwrap();
        assert_eq!([&marked, &missed, &forgot].map(at_40), [9173, 7488, 6329]);
    }

    #[test]
    fn a_problem_is_due_below_the_desired_retention() {
        let once = practice(Some(0), &[]);
        let first_due = |percent| {
            let options = ReviewOptions::default()
                .with_desired_retention(percent)
                .unwrap();
            (0..1_000).find(|days| due(&once.practice(), day(*days), options).is_some())
        };
        // After one good review the model's stability is 2.3 days: the chance is 90 % then.
        assert_eq!(first_due(90), Some(3));
        assert!(first_due(95) < first_due(90) && first_due(90) < first_due(80));
        let overdue = due(&once.practice(), day(3), ReviewOptions::default()).unwrap();
        assert_eq!(overdue.last_reviewed_at, day(0));
    }

    #[test]
    fn a_problem_never_solved_is_not_due() {
        assert_eq!(retrievability(&practice(None, &[]), day(9)), None);
        assert_eq!(retrievability(&practice(None, &[(0, false)]), day(9)), None);
    }

    #[test]
    fn events_at_now_or_later_do_not_count() {
        let before = practice(Some(0), &[(5, false)]);
        let after = practice(Some(0), &[(5, false), (20, true), (30, false)]);
        for now in [day(10), day(20)] {
            assert_eq!(retrievability(&before, now), retrievability(&after, now));
        }
        let now = day(20) + Duration::from_micros(1);
        assert!(
            retrievability(&after, now) > retrievability(&before, now),
            "reviewed just now"
        );
        assert_eq!(retrievability(&before, day(0)), None);
    }

    #[test]
    fn equal_events_at_one_time_are_one_review() {
        let once = practice(None, &[(0, true)]);
        let mut twice = once.clone();
        twice.0.extend_from_slice(&once.0);
        assert_eq!(
            reviews(&twice.practice(), day(9)),
            reviews(&once.practice(), day(9))
        );
    }

    #[test]
    fn a_contest_abandoned_with_nothing_marked_is_no_evidence() {
        let solved = practice(Some(0), &[]);
        let mut abandoned = practice(Some(0), &[(3, false)]);
        assert_ne!(
            retrievability(&abandoned, day(9)),
            retrievability(&solved, day(9))
        );
        abandoned.1[0].untouched = true;
        assert_eq!(
            retrievability(&abandoned, day(9)),
            retrievability(&solved, day(9))
        );
    }

    #[test]
    fn the_ends_of_time_are_no_trouble() {
        let [first, last] = [i64::MIN, i64::MAX].map(Timestamp::from_micros);
        let mut ancient = practice(None, &[(0, true)]);
        ancient.0.insert(0, first);
        assert!(retrievability(&ancient, last).is_some());
        assert_eq!(retrievability(&ancient, first), None);
    }

    fn history() -> impl Strategy<Value = Past> {
        vec((0_u64..1_000, any::<bool>()), 0..12).prop_map(|mut contests| {
            contests.sort_unstable();
            practice(Some(0), &contests)
        })
    }

    proptest! {
        #[test]
        fn later_is_less_retrievable(practice in history(), wait in 0_u64..1_000, more in 1_u64..1_000) {
            let at = |days| retrievability(&practice, day(1_001 + days)).unwrap();
            prop_assert!(at(wait + more) <= at(wait));
        }

        #[test]
        fn a_miss_at_the_end_leaves_less_than_a_mark(practice in history(), wait in 1_u64..1_000) {
            let then = |marked: bool| {
                let mut practice = practice.clone();
                practice.met(1_001, marked.then_some(day(1_001)));
                retrievability(&practice, day(1_001 + wait)).unwrap()
            };
            prop_assert!(then(false) < then(true));
        }
    }
}
