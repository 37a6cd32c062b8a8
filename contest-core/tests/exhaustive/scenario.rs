//! The starting states and the use cases.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use contest_core::catalogue::{Catalogue, Revision};
use contest_core::engine::{Engine, Error, Rounds};
use contest_core::id::{ContestId, ProblemId, UserId};
use contest_core::model::{
    Difficulty, IdempotencyKey, LatePolicy, NewSolve, Problem, SubmissionId,
};
use contest_core::rules::{ContestDuration, ContestRequest, PublishOptions, ResumePolicy};
use contest_core::scoring::{Attempt, Verdict};
use contest_core::select::{
    Eligibility, Mix, ProblemCount, Seed, SelectionRequest, SequentialSeeds, SolvedRule,
};
use contest_core::store::Snapshot;
use contest_core::time::{ManualClock, Timestamp};

use super::round::{OneRound, ROUND};
use super::store::{Fate, Stage, StagedStore, State};

pub(super) const NOON: Timestamp = Timestamp::from_micros(1_795_521_600_000_000);
const MINUTE: Duration = Duration::from_mins(1);
const YEAR: Duration = Duration::from_hours(365 * 24);

pub(super) fn user() -> UserId {
    UserId::from_uuid(uuid::Uuid::from_u128(7))
}

/// A use case. All concern the first problem of the existing contest; the host judges an attempt at it,
/// in that contest or in the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Op {
    Create,
    CreateWithKey,
    Mark,
    Unmark,
    Complete,
    Abandon,
    Extend,
    Resume,
    Reset,
    Record,
    /// Publishes a catalogue without the problem.
    Retire,
    /// Joins a round with the problem.
    Join,
    /// Records an attempt as accepted, or judges it so.
    Accept,
    /// The same attempt, rejected.
    Reject,
}

impl Op {
    pub(super) const ALL: [Self; 11] = [
        Self::Create,
        Self::CreateWithKey,
        Self::Mark,
        Self::Unmark,
        Self::Complete,
        Self::Abandon,
        Self::Extend,
        Self::Resume,
        Self::Reset,
        Self::Record,
        Self::Retire,
    ];

    /// Those of rounds and of attempts that the host judges.
    pub(super) const JUDGED: [Self; 3] = [Self::Join, Self::Accept, Self::Reject];

    /// Every use case.
    pub(super) fn every() -> Vec<Self> {
        [&Self::ALL[..], &Self::JUDGED].concat()
    }

    /// One of each kind by the user data and catalogue it needs, without those that need history.
    pub(super) const KINDS: [Self; 5] = [
        Self::Create,
        Self::Mark,
        Self::Complete,
        Self::Record,
        Self::Retire,
    ];
}

/// The data at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    Nothing,
    Active,
    Marked,
    MarkedAndRecorded,
    RecordedAndMarked,
    /// Unsettled, and within its grace period.
    Expired,
    ExpiredMarked,
    Completed,
    Abandoned,
    /// Then a reset.
    AbandonedBefore,
    /// While another contest is active.
    ExpiredBefore,
    /// A contest with an accepted attempt has ended, and another one with the problem is active.
    Judged,
    /// There it is marked.
    JudgedAndMarked,
}

impl Start {
    pub(super) const ALL: [Self; 11] = [
        Self::Nothing,
        Self::Active,
        Self::Marked,
        Self::MarkedAndRecorded,
        Self::RecordedAndMarked,
        Self::Expired,
        Self::ExpiredMarked,
        Self::Completed,
        Self::Abandoned,
        Self::AbandonedBefore,
        Self::ExpiredBefore,
    ];

    /// Those with attempts that the host judges.
    pub(super) const JUDGED: [Self; 2] = [Self::Judged, Self::JudgedAndMarked];
}

/// How far the clock of the second process is ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clocks {
    Together,
    SecondsApart,
    YearsApart,
}

/// The states of the user that the two processes remember at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Memory {
    /// They never remember anything.
    Off,
    /// The first process the stored state, the second the state before the last commit.
    FreshAndOlder,
    OlderAndFresh,
    /// The first process the stored state, the second a commit on top of it that a restore or a
    /// fail-over lost.
    FreshAndLost,
    LostAndFresh,
}

impl Memory {
    pub(super) const ALL: [Self; 5] = [
        Self::Off,
        Self::FreshAndOlder,
        Self::OlderAndFresh,
        Self::FreshAndLost,
        Self::LostAndFresh,
    ];
}

/// Two processes over one store, with its data and their remembered states at the start.
pub(super) struct World {
    pub(super) stage: Arc<Stage>,
    catalogue: Arc<Catalogue>,
    pub(super) engines: [Engine; 2],
    clocks: [Arc<ManualClock>; 2],
    pub(super) start: State,
    remembered: [Option<Snapshot>; 2],
    contest: ContestId,
    /// The contest in which the host judges an attempt.
    judged: ContestId,
    problem: ProblemId,
}

impl World {
    pub(super) async fn new(start: Start, clocks: Clocks, memory: Memory) -> Self {
        let problem = |n| Problem::new(format!("p-{n}"), "P", Difficulty::Easy).unwrap();
        let catalogue = Catalogue::new((0..4).map(problem)).unwrap();
        let revision = Revision { number: 1, tag: 1 };
        let catalogue = Catalogue::from_stored(catalogue.stored_problems(), revision).unwrap();
        let catalogue = Arc::new(catalogue);
        let stage = Arc::new(Stage::default());
        let store = StagedStore {
            stage: Arc::clone(&stage),
        };
        let clock = || Arc::new(ManualClock::new(NOON));
        let clock = [clock(), clock()];
        let engines = [
            engine(store.clone(), Arc::clone(&clock[0]), 1, memory).await,
            engine(store, Arc::clone(&clock[1]), 1 << 32, memory).await,
        ];
        let problem = catalogue.problems()[0].id;
        let mut world = Self {
            stage,
            engines,
            clocks: clock,
            start: State {
                catalogue: Arc::clone(&catalogue),
                ..State::default()
            },
            catalogue,
            remembered: [None, None],
            contest: ContestId::from_uuid(uuid::Uuid::nil()),
            judged: ContestId::from_uuid(uuid::Uuid::nil()),
            problem,
        };
        world.prepare(start).await;
        world.set_clocks(NOON + MINUTE * 61, clocks);
        if memory != Memory::Off {
            world.remembered = world.memories(memory).await;
        }
        world
    }

    /// The remembered states at the start. Commits of the first process made all of them.
    async fn memories(&self, memory: Memory) -> [Option<Snapshot>; 2] {
        let [fresh, older] = self.remembered.clone();
        let lost = self.lost_commit().await;
        // After one commit there is no earlier state.
        let older = older.or_else(|| lost.clone());
        match memory {
            Memory::Off => [None, None],
            Memory::FreshAndOlder => [fresh, older],
            Memory::OlderAndFresh => [older, fresh],
            Memory::FreshAndLost => [fresh, lost],
            Memory::LostAndFresh => [lost, fresh],
        }
    }

    /// The remembered state after a commit on top of the start that will be lost.
    async fn lost_commit(&self) -> Option<Snapshot> {
        self.begin_again().await;
        let before = self.engines[0].remembered(user());
        for op in [Op::Mark, Op::Unmark, Op::Complete, Op::Create] {
            self.alone(self.call(op, 0)).await;
            let after = self.engines[0].remembered(user());
            if after != before {
                return after;
            }
        }
        panic!("nothing could be committed");
    }

    /// Returns to the start: the stored data, the remembered states, and the catalogue of each process.
    pub(super) async fn begin_again(&self) {
        *self.stage.state.lock().unwrap() = self.start.clone();
        for (engine, remembered) in self.engines.iter().zip(&self.remembered) {
            engine.remember(user(), remembered.clone());
            if engine.catalogue().revision() != self.catalogue.revision() {
                engine.reload_catalogue().await.unwrap();
            }
        }
    }

    /// Makes both processes drop the user's remembered state.
    pub(super) fn forget(&self) {
        for engine in &self.engines {
            engine.remember(user(), None);
        }
    }

    pub(super) fn set_clocks(&self, now: Timestamp, apart: Clocks) {
        self.clocks[0].set(now);
        self.clocks[1].set(match apart {
            Clocks::Together => now,
            Clocks::SecondsApart => now + Duration::from_secs(40),
            Clocks::YearsApart => now + YEAR,
        });
    }

    /// Makes the changes that lead to a start.
    async fn prepare(&mut self, start: Start) {
        *self.stage.state.lock().unwrap() = self.start.clone();
        let begin = match start {
            Start::Expired | Start::ExpiredMarked | Start::ExpiredBefore => NOON,
            _ => NOON + MINUTE * 56,
        };
        self.set_clocks(begin, Clocks::Together);
        if start != Start::Nothing {
            self.create(&request(9, None)).await;
            self.judged = self.contest;
        }
        match start {
            Start::Nothing | Start::Active | Start::Expired => {}
            Start::Marked | Start::ExpiredMarked => self.finish(&[Op::Mark]).await,
            Start::MarkedAndRecorded => self.finish(&[Op::Mark, Op::Record]).await,
            Start::RecordedAndMarked => self.finish(&[Op::Record, Op::Mark]).await,
            Start::Completed => self.finish(&[Op::Mark, Op::Complete]).await,
            Start::Abandoned => self.finish(&[Op::Mark, Op::Abandon]).await,
            Start::AbandonedBefore => self.finish(&[Op::Mark, Op::Abandon, Op::Reset]).await,
            Start::Judged | Start::JudgedAndMarked => {
                self.finish(&[Op::Accept, Op::Complete]).await;
                self.create(&again(self.problem)).await;
                let mark = start == Start::JudgedAndMarked;
                self.finish(&[Op::Mark][..usize::from(mark)]).await;
            }
            Start::ExpiredBefore => {
                self.set_clocks(
                    NOON + MINUTE * 60 + Duration::from_secs(30),
                    Clocks::Together,
                );
                self.finish(&[Op::Create]).await;
            }
        }
        self.start = self.stage.state.lock().unwrap().clone();
    }

    /// Records the state that the first process remembers, and the one it remembered before.
    fn note_remembered(&mut self) {
        let now = self.engines[0].remembered(user());
        if now != self.remembered[0] {
            self.remembered = [now, self.remembered[0].take()];
        }
    }

    async fn create(&mut self, request: &ContestRequest) {
        let create = self.engines[0].create_contest(user(), request);
        let created = self.alone(create).await.unwrap();
        self.contest = created.contest.id;
        self.problem = created.contest.problems[0].problem.id;
        self.note_remembered();
    }

    async fn finish(&mut self, ops: &[Op]) {
        for op in ops {
            let answer = self.alone(self.call(*op, 0)).await;
            assert!(!matches!(answer, Answer::Refused(_)), "{op:?}: {answer:?}");
            self.note_remembered();
        }
    }

    /// Runs one future, with every call happening at once.
    pub(super) async fn alone<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = std::pin::pin!(future);
        std::future::poll_fn(|context| {
            loop {
                self.stage.allow(Fate::Answered);
                let polled = future.as_mut().poll(context);
                if polled.is_ready() || self.stage.is_idle() {
                    self.stage.is_idle();
                    return polled;
                }
            }
        })
        .await
    }

    /// Begins a use case in one of the processes.
    pub(super) async fn call(&self, op: Op, process: usize) -> Answer {
        let contest = match op {
            Op::Accept | Op::Reject => self.judged,
            _ => self.contest,
        };
        self.call_about(op, process, contest, self.problem).await
    }

    /// Begins a use case about this contest and problem.
    pub(super) async fn call_about(
        &self,
        op: Op,
        process: usize,
        contest: ContestId,
        problem: ProblemId,
    ) -> Answer {
        let (engine, user) = (&self.engines[process], user());
        let deadline = NOON + MINUTE * 156;
        match op {
            Op::Create => created(engine.create_contest(user, &request(1, None)).await),
            Op::CreateWithKey => {
                created(engine.create_contest(user, &request(2, Some("key"))).await)
            }
            Op::Mark => done(engine.mark_solved(user, contest, problem).await),
            Op::Unmark => done(engine.unmark(user, contest, problem).await),
            Op::Complete => changed(engine.complete_contest(user, contest).await),
            Op::Abandon => changed(engine.abandon_contest(user, contest).await),
            Op::Extend => changed(engine.extend_contest(user, contest, deadline).await),
            Op::Resume => changed(engine.resume_contest(user, contest).await),
            Op::Reset => done(
                engine
                    .reset_progress(user)
                    .await
                    .map(|reset| reset.epoch.number),
            ),
            Op::Retire => {
                let kept = self
                    .catalogue
                    .problems()
                    .iter()
                    .filter(|kept| kept.id != problem);
                let kept = Catalogue::new(kept.map(|kept| Problem::clone(kept))).unwrap();
                let options = PublishOptions::default().with_any_number_retired();
                let published = engine.publish_catalogue_with(&kept, options).await;
                done(published.map(|published| published.counts))
            }
            Op::Join => {
                let rounds = Rounds::new(engine.clone(), OneRound::with(self.problem));
                created(rounds.join(user, ROUND).await)
            }
            Op::Accept => {
                self.judge(engine, contest, problem, Verdict::Accepted)
                    .await
            }
            Op::Reject => {
                self.judge(engine, contest, problem, Verdict::Rejected)
                    .await
            }
            Op::Record => {
                let at = "2026-11-24T08:00:00Z".parse().unwrap();
                done(
                    engine
                        .record_solves(user, &[NewSolve::new(problem, at)])
                        .await,
                )
            }
        }
    }
}

impl World {
    /// Judges the attempt that the user made when the contest began.
    async fn judge(
        &self,
        engine: &Engine,
        contest: ContestId,
        problem: ProblemId,
        verdict: Verdict,
    ) -> Answer {
        let began = {
            let state = self.stage.state.lock().unwrap();
            state.contests.get(&contest).map(|of| of.started_at)
        };
        let attempt = Attempt::new(problem, began.unwrap_or(NOON), verdict)
            .with_submission(SubmissionId::new("s").unwrap());
        done(engine.record_attempts(user(), contest, &[attempt]).await)
    }
}

/// The answer a caller gets.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Answer {
    Created { contest: ContestId, repeated: bool },
    Done(String),
    Refused(String),
    Failed,
}

fn answer<T>(result: Result<T, Error>, done: impl FnOnce(T) -> Answer) -> Answer {
    match result {
        Ok(value) => done(value),
        Err(Error::Refused(refusal)) => Answer::Refused(refusal.code().to_owned()),
        Err(Error::Store(_)) => Answer::Failed,
        Err(other) => panic!("{other}"),
    }
}

fn done(result: Result<impl std::fmt::Debug, Error>) -> Answer {
    answer(result, |value| Answer::Done(format!("{value:?}")))
}

fn created(result: Result<contest_core::engine::CreatedContest, Error>) -> Answer {
    answer(result, |created| Answer::Created {
        contest: created.contest.id,
        repeated: created.repeated,
    })
}

fn changed(result: Result<contest_core::progress::Contest, Error>) -> Answer {
    answer(result, |contest| {
        let marks: Vec<_> = contest
            .problems
            .iter()
            .map(|entry| entry.completed_at)
            .collect();
        let (status, ended_at, deadline) = (contest.status, contest.ended_at, contest.deadline);
        Answer::Done(format!("{status} {ended_at:?} {deadline} {marks:?}"))
    })
}

fn request(seed: u64, key: Option<&str>) -> ContestRequest {
    let selection = SelectionRequest::new(ProblemCount::new(2).unwrap())
        .with_mix(Mix::only(Difficulty::Easy))
        .with_seed(Seed(seed));
    let hour = ContestDuration::from_minutes(60).unwrap();
    let request = ContestRequest::with_selection(selection, hour);
    match key {
        Some(key) => request.with_idempotency_key(IdempotencyKey::new(key).unwrap()),
        None => request,
    }
}

/// A request for this problem, solved or not.
fn again(problem: ProblemId) -> ContestRequest {
    let rules = Eligibility::default().with_solved(SolvedRule::Allow);
    let selection = SelectionRequest::with_problems([problem]).unwrap();
    let hour = ContestDuration::from_minutes(60).unwrap();
    ContestRequest::with_selection(selection.with_eligibility(rules), hour)
}

async fn engine(store: StagedStore, clock: Arc<ManualClock>, seeds: u64, memory: Memory) -> Engine {
    Engine::builder(store)
        .remembered_users(usize::from(memory != Memory::Off))
        .clock(clock)
        .seeds(SequentialSeeds::new(seeds))
        .concurrency(NonZeroUsize::MIN)
        .late_policy(LatePolicy::AcceptFor(MINUTE * 30))
        .resume_policy(ResumePolicy::BeforeDeadline)
        .build()
        .await
        .unwrap()
}
