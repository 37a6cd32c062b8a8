//! A random catalogue, and the history of random users.

use std::sync::Arc;
use std::time::Duration;

use contest_core::model::{Rating, SubmissionId};
use contest_core::prelude::*;
use contest_core::scoring::{Attempt, Verdict};
use contest_core::select::SequentialSeeds;
use contest_core::time::{Clock, ManualClock};
use contest_core::user::{
    AssignedProblem, ContestRecord, Ending, EndingKind, FORMAT, Mark, Unknown,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::Strategy;

use super::{Backwards, Facts, backwards};
use crate::support::{HOUR, clock, count, publish, user};

/// The user whose selections are checked. Up to 3 others are members of groups.
pub(crate) const ME: u128 = 1;
const MEMBERS: std::ops::RangeInclusive<u128> = 1..=3;

/// The parts of a world.
#[derive(Debug, Clone)]
pub(crate) struct Scenario {
    problems: Vec<Spec>,
    history: Vec<Act>,
}

/// A problem.
#[derive(Debug, Clone)]
struct Spec {
    difficulty: usize,
    /// One bit for each of four topics.
    topics: u8,
    rating: Option<i16>,
    /// It is retired after all events.
    retired: bool,
}

/// An event.
#[derive(Debug, Clone)]
enum Act {
    Attempt {
        who: u128,
        problem: usize,
        hours_ago: u32,
        how: How,
    },
    Contest {
        count: u16,
        seed: u64,
        /// Whether solved problems may be in it.
        again: bool,
        /// One bit for each problem that is marked.
        marks: u8,
        ending: Option<bool>,
    },
    Reset,
}

/// How an attempt outside contests is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Ticked,
    Accepted,
    Rejected,
    /// Accepted at first.
    AcceptedThenRejected,
}

/// A store with the whole history, and the facts known without asking the store.
pub(crate) struct World {
    pub(crate) store: MemoryStore,
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) backwards: Backwards,
    pub(crate) facts: Facts,
}

impl World {
    pub(crate) fn me() -> UserId {
        user(ME)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

fn spec() -> impl Strategy<Value = Spec> {
    let rating = proptest::option::weighted(0.8, (0..40_i16).prop_map(|n| 800 + 40 * n));
    let retired = proptest::bool::weighted(0.1);
    (0..3_usize, 0..16_u8, rating, retired).prop_map(|(difficulty, topics, rating, retired)| Spec {
        difficulty,
        topics,
        rating,
        retired,
    })
}

fn act() -> impl Strategy<Value = Act> {
    let how = prop_oneof![
        4 => Just(How::Ticked),
        2 => Just(How::Accepted),
        1 => Just(How::Rejected),
        1 => Just(How::AcceptedThenRejected),
    ];
    let attempt = (MEMBERS, any::<prop::sample::Index>(), 0..1_500_u32, how);
    let attempt = attempt.prop_map(|(who, problem, hours_ago, how)| Act::Attempt {
        who,
        problem: problem.index(1 << 16),
        hours_ago,
        how,
    });
    let ending = proptest::option::of(any::<bool>());
    let contest = (1..6_u16, any::<u64>(), any::<bool>(), any::<u8>(), ending);
    let contest = contest.prop_map(|(count, seed, again, marks, ending)| Act::Contest {
        count,
        seed,
        again,
        marks,
        ending,
    });
    prop_oneof![12 => attempt, 8 => contest, 1 => Just(Act::Reset)]
}

/// Up to `most` problems, and up to 24 events.
pub(crate) fn scenario(most: usize) -> impl Strategy<Value = Scenario> {
    (vec(spec(), 1..=most), vec(act(), 0..24))
        .prop_map(|(problems, history)| Scenario { problems, history })
}

/// The catalogue of these problems, with or without the retired ones retired.
pub(crate) fn catalogue(scenario: &Scenario, retired: bool) -> Catalogue {
    let problems = scenario.problems.iter().enumerate().map(|(n, spec)| {
        let slug = format!("problem-{n:03}");
        let topics = ["a", "b", "c", "d"].into_iter().enumerate();
        let topics = topics.filter(|(bit, _)| spec.topics & 1 << bit != 0);
        Problem::new(&slug, &slug, Difficulty::ALL[spec.difficulty])
            .unwrap()
            .with_topics(topics.map(|(_, name)| Topic::new(name).unwrap()))
            .with_rating(spec.rating.map(|rating| Rating::new(rating).unwrap()))
            .with_retired(retired && spec.retired)
    });
    Catalogue::new(problems).unwrap()
}

/// Runs all events.
pub(crate) async fn play(scenario: &Scenario) -> World {
    let all = catalogue(scenario, false);
    let store = MemoryStore::with_catalogue(all.clone());
    let (clock, strategy) = (clock(), Backwards::default());
    let engine = Engine::builder(store.clone())
        .clock(clock.clone())
        .seeds(SequentialSeeds::new(7))
        .strategy(backwards(), strategy.clone())
        .build()
        .await
        .unwrap();
    let mut world = World {
        store,
        engine,
        clock,
        backwards: strategy,
        facts: Facts::default(),
    };
    for act in &scenario.history {
        world.clock.advance(7 * HOUR);
        world.act(act, &all).await;
    }
    world.clock.advance(7 * HOUR);
    let now_retired = catalogue(scenario, true);
    publish(&world.engine, &now_retired).await;
    world
}

impl World {
    async fn act(&mut self, act: &Act, all: &Catalogue) {
        match *act {
            Act::Attempt {
                who,
                problem,
                hours_ago,
                how,
            } => {
                let id = all.problems()[problem % all.problems().len()].id;
                let at = self.now().as_micros() - i64::from(hours_ago) * 3_600_000_000;
                // Attempts of different kinds are made at different times.
                let at = Timestamp::from_micros(at - how as i64);
                self.attempt(who, id, at, how).await;
            }
            Act::Contest {
                count: n,
                seed,
                again,
                marks,
                ending,
            } => {
                let rule = [SolvedRule::Exclude, SolvedRule::Allow][usize::from(again)];
                let selection = SelectionRequest::new(count(n))
                    .with_eligibility(Eligibility::default().with_solved(rule))
                    .with_seed(Seed(seed));
                self.contest(selection, marks, ending).await;
            }
            Act::Reset => {
                self.engine.reset_progress(Self::me()).await.unwrap();
                self.facts.reset();
            }
        }
    }

    async fn attempt(&mut self, who: u128, problem: ProblemId, at: Timestamp, how: How) {
        let verdicts: &[_] = match how {
            How::Ticked => {
                let solves = [NewSolve::new(problem, at)];
                self.engine.record_solves(user(who), &solves).await.unwrap();
                self.facts.solve(who, problem, at);
                return;
            }
            How::Accepted => &[Verdict::Accepted],
            How::Rejected => &[Verdict::Rejected],
            How::AcceptedThenRejected => &[Verdict::Accepted, Verdict::Rejected],
        };
        for verdict in verdicts {
            let submission = SubmissionId::new("s").unwrap();
            let attempts = [Attempt::new(problem, at, *verdict).with_submission(submission)];
            let recorded = self.engine.record_attempts_outside(user(who), &attempts);
            recorded.await.unwrap();
        }
        if how == How::Accepted {
            self.facts.solve(who, problem, at);
        }
    }

    /// Runs a contest: marks some of its problems, a minute apart, and ends it or lets it expire.
    async fn contest(&mut self, selection: SelectionRequest, marked: u8, ending: Option<bool>) {
        let duration = ContestDuration::from_minutes(60).unwrap();
        let request = ContestRequest::with_selection(selection, duration);
        let contest = match self.engine.create_contest(Self::me(), &request).await {
            Ok(created) => created.contest,
            Err(Error::Refused(Refusal::Selection(SelectionError::NoEligibleProblems))) => return,
            Err(error) => panic!("{error}"),
        };
        let mut marks = Vec::new();
        for (bit, entry) in contest.problems.iter().enumerate() {
            let mut mark = None;
            if marked & 1 << bit != 0 {
                self.clock.advance(Duration::from_mins(1));
                // Every second one is ticked, the others are judged.
                let judged = bit % 2 == 1;
                self.solve_in(&contest, entry.problem.id, judged).await;
                let (at, newly) = (self.now(), !self.facts.is_solved(entry.problem.id));
                mark = Some(Mark { at, newly, judged });
            }
            marks.push(mark);
        }
        let (me, id) = (Self::me(), contest.id);
        match ending {
            Some(true) => drop(self.engine.complete_contest(me, id).await.unwrap()),
            Some(false) => drop(self.engine.abandon_contest(me, id).await.unwrap()),
            None => {}
        }
        let ending = ending.map(|completed| Ending {
            kind: [EndingKind::Abandoned, EndingKind::Completed][usize::from(completed)],
            at: self.now(),
        });
        self.facts.meet(record(contest, &marks, ending));
    }
}

impl World {
    async fn solve_in(&self, contest: &Contest, problem: ProblemId, judged: bool) {
        let (me, now) = (Self::me(), self.now());
        if judged {
            let attempts = [Attempt::new(problem, now, Verdict::Accepted)];
            let recorded = self.engine.record_attempts(me, contest.id, &attempts).await;
            assert_eq!(recorded.unwrap().recorded, 1);
        } else {
            let marked = self.engine.mark_solved(me, contest.id, problem).await;
            assert_eq!(marked.unwrap().completed_at, Some(now));
        }
    }
}

/// A contest with these marks, in the order of its problems, as a store has it.
fn record(contest: Contest, marks: &[Option<Mark>], ending: Option<Ending>) -> ContestRecord {
    let problems = contest.problems.iter().zip(marks);
    let problems = problems.map(|(entry, mark)| AssignedProblem {
        problem: entry.problem.id,
        difficulty: entry.difficulty,
        points: entry.points,
        mark: *mark,
        attempts: Vec::new(),
    });
    ContestRecord {
        problems: problems.collect(),
        format: FORMAT,
        id: contest.id,
        started_at: contest.started_at,
        deadline: contest.deadline,
        ending,
        late_policy: contest.late_policy,
        epoch: 0,
        selection: contest.selection,
        scoring: contest.scoring,
        round: None,
        idempotency: None,
        unknown: Unknown::default(),
    }
}
