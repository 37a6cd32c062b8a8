//! A store with a small catalogue, two processes over it, and an audit of all data of a user.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use contest_core::model::{EndingKind, Event, EventKind, EventNumber, PerDifficulty};
use contest_core::progress::ContestCounts;
use contest_core::scoring::Verdict;
use contest_core::select::SequentialSeeds;
use contest_core::store::{
    AttemptPage, ContestPage, ContestSelector, EventLog, HistoryRepository, TimeOrder,
    UserRepository,
};
use contest_core::time::ManualClock;
use contest_core::user::{AttemptKey, AttemptRecord, ContestRecord, JudgedAttempt, UserRecord};

use contest_core::prelude::*;

use crate::support::*;

/// Two processes over one store with events. Calls alternate between them.
pub(crate) struct Scene {
    pub(crate) store: MemoryStore,
    pub(crate) catalogue: Catalogue,
    pub(crate) problems: Vec<ProblemId>,
    clock: Arc<ManualClock>,
    seeds: Arc<SequentialSeeds>,
    late: LatePolicy,
    engines: [Engine; 2],
    turn: AtomicUsize,
}

impl Scene {
    /// With the problems `0..size`, for a host that allows resuming.
    pub(crate) async fn with(size: u32) -> Self {
        Self::of(numbered(size), LatePolicy::Reject).await
    }

    /// Of a host that accepts marks for ten minutes after the deadline.
    pub(crate) async fn graceful(size: u32) -> Self {
        Self::of(numbered(size), LatePolicy::AcceptFor(10 * MINUTE)).await
    }

    pub(crate) async fn of(catalogue: Catalogue, late: LatePolicy) -> Self {
        let store = MemoryStore::with_catalogue(catalogue.clone()).with_outbox();
        let (clock, seeds) = (clock(), Arc::new(SequentialSeeds::new(1)));
        let one = build(&store, &clock, &seeds, late).await;
        let other = build(&store, &clock, &seeds, late).await;
        Self {
            problems: ids(&catalogue),
            engines: [one, other],
            turn: AtomicUsize::new(0),
            store,
            catalogue,
            clock,
            seeds,
            late,
        }
    }

    /// One of the processes at this time, and the other one for the next call.
    pub(crate) fn at(&self, now: Timestamp) -> &Engine {
        self.clock.set(now);
        &self.engines[self.turn.fetch_add(1, SeqCst) % 2]
    }

    /// One of the processes, to share with a task.
    pub(crate) fn engine(&self, number: usize) -> Engine {
        self.engines[number % 2].clone()
    }

    /// A process with a clock of its own.
    pub(crate) async fn process_at(&self, now: Timestamp) -> Engine {
        let clock = Arc::new(ManualClock::new(now));
        build(&self.store, &clock, &self.seeds, self.late).await
    }

    /// Makes the stored problems equal to these, through one of the processes.
    pub(crate) async fn publish(&self, catalogue: &Catalogue) {
        let engine = &self.engines[self.turn.fetch_add(1, SeqCst) % 2];
        publish(engine, catalogue).await;
    }

    /// The first `N` problems.
    pub(crate) fn first<const N: usize>(&self) -> [ProblemId; N] {
        *self.problems.first_chunk().unwrap()
    }

    /// A request for exactly these problems, for an hour.
    pub(crate) fn request(&self, problems: &[ProblemId]) -> ContestRequest {
        self.request_of(problems, 60)
    }

    /// A request for exactly these problems, for some minutes.
    pub(crate) fn request_of(&self, problems: &[ProblemId], minutes: u16) -> ContestRequest {
        let others = self.problems.iter().filter(|id| !problems.contains(id));
        let count = count(u16::try_from(problems.len()).unwrap());
        ContestRequest::new(count, ContestDuration::from_minutes(minutes).unwrap())
            .with_excluded(others.copied())
            .with_shortage_policy(ShortagePolicy::Strict)
    }

    /// The same, whether the user has solved them or not.
    pub(crate) fn repeating(&self, problems: &[ProblemId]) -> ContestRequest {
        self.request(problems)
            .with_eligibility(Eligibility::default().with_solved(SolvedRule::Allow))
    }

    /// Creates a contest of these problems for an hour.
    pub(crate) async fn create(
        &self,
        user: UserId,
        now: Timestamp,
        problems: &[ProblemId],
    ) -> Contest {
        self.create_as(user, now, &self.request(problems)).await
    }

    pub(crate) async fn create_as(
        &self,
        user: UserId,
        now: Timestamp,
        request: &ContestRequest,
    ) -> Contest {
        let created = self.at(now).create_contest(user, request).await.unwrap();
        assert!(!created.repeated);
        created.contest
    }

    pub(crate) async fn mark(
        &self,
        now: Timestamp,
        contest: &Contest,
        problem: ProblemId,
    ) -> (Option<Timestamp>, bool) {
        let marked = self.at(now).mark_solved(contest.user, contest.id, problem);
        let marked = marked.await.unwrap();
        (marked.completed_at, marked.changed)
    }

    pub(crate) async fn unmark(
        &self,
        now: Timestamp,
        contest: &Contest,
        problem: ProblemId,
    ) -> (Option<Timestamp>, bool) {
        let unmarked = self.at(now).unmark(contest.user, contest.id, problem);
        let unmarked = unmarked.await.unwrap();
        (unmarked.completed_at, unmarked.changed)
    }

    pub(crate) async fn complete(&self, now: Timestamp, contest: &Contest) -> Contest {
        let completed = self.at(now).complete_contest(contest.user, contest.id);
        completed.await.unwrap()
    }

    pub(crate) async fn abandon(&self, now: Timestamp, contest: &Contest) -> Contest {
        let abandoned = self.at(now).abandon_contest(contest.user, contest.id);
        abandoned.await.unwrap()
    }

    pub(crate) async fn resume(&self, now: Timestamp, contest: &Contest) -> Contest {
        let resumed = self.at(now).resume_contest(contest.user, contest.id);
        resumed.await.unwrap()
    }

    /// Records solves at this time. Returns how many problems became solved, and how many were already.
    pub(crate) async fn record(
        &self,
        user: UserId,
        at: Timestamp,
        problems: &[ProblemId],
    ) -> (u64, u64) {
        let solves: Vec<_> = problems.iter().map(|id| NewSolve::new(*id, at)).collect();
        let recorded = self.at(at).record_solves(user, &solves).await.unwrap();
        (recorded.recorded, recorded.already_solved)
    }

    pub(crate) async fn find(&self, now: Timestamp, contest: &Contest) -> Contest {
        let found = self.at(now).contest(contest.user, contest.id);
        found.await.unwrap()
    }

    pub(crate) async fn active(&self, user: UserId, now: Timestamp) -> Option<ContestId> {
        let active = self.at(now).active_contest(user).await.unwrap();
        active.map(|contest| contest.id)
    }

    /// The events of a user with their times.
    pub(crate) async fn timed_events(&self, user: UserId) -> Vec<(Timestamp, EventKind)> {
        let events = self.events(user).await;
        events.into_iter().map(|e| (e.at, e.kind)).collect()
    }

    pub(crate) async fn events(&self, user: UserId) -> Vec<Event> {
        let events = self.store.events_after(user, EventNumber(0), u32::MAX);
        events.await.unwrap()
    }

    /// A stored contest.
    pub(crate) async fn stored(&self, contest: &Contest) -> ContestRecord {
        let selector = ContestSelector::Id(contest.id);
        let snapshot = self.store.load_user(contest.user, &selector).await.unwrap();
        snapshot.contest.unwrap()
    }

    /// All data of a user at a time, checked to be consistent.
    pub(crate) async fn audit(&self, user: UserId, now: Timestamp) -> Seen {
        let engine = self.at(now);
        let catalogue = engine.reload_catalogue().await.unwrap();
        let seen = Seen::take(self, engine, user).await;
        seen.check(&catalogue);
        let discrepancies = engine.verify_user(user).await.unwrap();
        assert_eq!(discrepancies, [], "the record is not what a recount gives");
        seen
    }
}

async fn build(
    store: &MemoryStore,
    clock: &Arc<ManualClock>,
    seeds: &Arc<SequentialSeeds>,
    late: LatePolicy,
) -> Engine {
    let limits = Limits::default()
        .with_problems(1..=1_000)
        .with_contests_per_day(10_000);
    let builder = Engine::builder(store.clone())
        .clock(Arc::clone(clock))
        .seeds(Arc::clone(seeds))
        .limits(limits)
        .late_policy(late)
        .resume_policy(ResumePolicy::BeforeDeadline);
    builder.build().await.unwrap()
}

/// All data of a user, as of one instant.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    pub(crate) record: Option<UserRecord>,
    /// Latest first.
    pub(crate) contests: Vec<Contest>,
    /// The same as they are stored.
    pub(crate) stored: Vec<ContestRecord>,
    /// Oldest first, including undone entries.
    pub(crate) log: Vec<AttemptRecord>,
    pub(crate) events: Vec<Event>,
    pub(crate) progress: Progress,
    /// Counted from the log: live entries of the current epoch.
    pub(crate) solved: BTreeSet<ProblemId>,
    pub(crate) active: Option<ContestId>,
}

impl Seen {
    async fn take(scene: &Scene, engine: &Engine, user: UserId) -> Self {
        let selector = ContestSelector::None;
        let record = scene.store.load_user(user, &selector).await.unwrap().record;
        let epoch = record.as_ref().map_or(0, |record| record.epoch.number);
        let log = log(&scene.store, user).await;
        let current = log.iter().filter(|s| s.is_solve() && s.epoch == epoch);
        let active = engine.active_contest(user).await.unwrap();
        Self {
            contests: contests(scene, engine, user).await,
            stored: stored(scene, user).await,
            events: scene.events(user).await,
            progress: engine.progress(user).await.unwrap(),
            solved: current.map(|solve| solve.problem).collect(),
            active: active.map(|contest| contest.id),
            record,
            log,
        }
    }

    /// The live entries of the log: problem, time and contest.
    pub(crate) fn live(&self) -> Vec<(ProblemId, Timestamp, Option<ContestId>)> {
        let live = self.log.iter().filter(|solve| solve.is_solve());
        live.map(|s| (s.problem, s.at, s.contest)).collect()
    }

    pub(crate) fn counts(&self) -> ContestCounts {
        self.progress.contests
    }

    fn check(&self, catalogue: &Catalogue) {
        self.check_progress(catalogue);
        self.check_contests();
        self.check_attempts();
        self.check_events();
    }

    /// Progress equals a recount of the log by today's catalogue (I8).
    fn check_progress(&self, catalogue: &Catalogue) {
        let in_use = self.solved.iter().filter_map(|id| catalogue.in_use(*id));
        let (mut levels, mut topics) = (PerDifficulty::<u64>::default(), BTreeMap::new());
        for problem in in_use {
            levels[problem.difficulty] += 1;
            for topic in &problem.topics {
                *topics.entry(topic.clone()).or_insert(0_u64) += 1;
            }
        }
        let counted = self.progress.by_difficulty.map(|tally| tally.solved);
        assert_eq!(counted, levels, "by difficulty");
        let totals = self.progress.by_difficulty.map(|tally| tally.total);
        assert_eq!(totals, catalogue.totals(), "totals");
        let by_topic = self.progress.by_topic.iter();
        let counted: BTreeMap<_, _> = by_topic
            .map(|(topic, tally)| (topic.clone(), tally.solved))
            .filter(|(_, solved)| *solved > 0)
            .collect();
        assert_eq!(counted, topics, "by topic");
    }

    /// At most one is active (I1), all are counted, and each mark is in the log.
    fn check_contests(&self) {
        let count = |status| {
            let contests = self.contests.iter();
            contests.filter(|contest| contest.status == status).count() as u64
        };
        let counted = ContestCounts {
            active: count(ContestStatus::Active),
            completed: count(ContestStatus::Completed),
            abandoned: count(ContestStatus::Abandoned),
            expired: count(ContestStatus::Expired),
        };
        let pruned = self.record.as_ref().and_then(|of| of.pruned_before);
        if pruned.is_none() {
            assert_eq!(counted, self.counts());
        }
        assert_eq!(counted.active, u64::from(self.active.is_some()), "I1");
        for contest in &self.contests {
            let live = self.live().into_iter();
            let live = live.filter(|(_, _, of)| *of == Some(contest.id));
            let live: BTreeSet<_> = live.map(|(problem, at, _)| (problem, at)).collect();
            let marks = marks(contest).into_iter();
            let marks = marks.filter_map(|(problem, at)| Some((problem, at?)));
            let marks: BTreeSet<_> = marks.collect();
            // Several attempts at one problem may be accepted.
            assert!(marks.is_subset(&live), "marks and log");
            let problems = |of: &BTreeSet<(ProblemId, _)>| -> BTreeSet<_> {
                of.iter().map(|(problem, _)| *problem).collect()
            };
            assert_eq!(problems(&marks), problems(&live), "marks and log");
        }
    }

    /// The user has one contest per round. The log has the attempts of the contests as they have them, and a mark
    /// is a tick or the first accepted attempt.
    fn check_attempts(&self) {
        let rounds = self.stored.iter().filter_map(|of| of.round);
        let rounds: Vec<_> = rounds.map(|entry| entry.round).collect();
        let different: BTreeSet<_> = rounds.iter().collect();
        assert_eq!(different.len(), rounds.len(), "{rounds:?}");
        let log: BTreeMap<_, _> = self.log.iter().map(|of| (of.key(), of)).collect();
        for contest in &self.stored {
            for assigned in &contest.problems {
                let judged = assigned.attempts.iter();
                let entry = |at, submission| {
                    let (problem, contest) = (assigned.problem, Some(contest.id));
                    let key = AttemptKey {
                        at,
                        problem,
                        contest,
                        submission,
                    };
                    log.get(&key).copied()
                };
                for attempt in judged.clone() {
                    let logged = entry(attempt.at, attempt.submission.clone()).unwrap();
                    assert_eq!(
                        (logged.verdict, logged.score),
                        (attempt.verdict, attempt.score)
                    );
                    let times = (logged.recorded_at, logged.undone_at);
                    assert_eq!(times, (attempt.recorded_at, attempt.undone_at));
                }
                let accepted = |of: &&JudgedAttempt| of.verdict == Verdict::Accepted;
                let first = judged.clone().find(accepted).map(|of| of.at);
                match assigned.mark {
                    Some(mark) if !mark.judged => {
                        assert!(entry(mark.at, None).unwrap().is_solve(), "{mark:?}");
                    }
                    mark => assert_eq!(mark.map(|mark| mark.at), first),
                }
                let in_order = judged.is_sorted_by_key(|of| of.at);
                assert!(in_order, "{:?}", assigned.attempts);
            }
        }
    }

    /// Numbered without gaps, and one contest is active at a time.
    fn check_events(&self) {
        let numbers: Vec<_> = self.events.iter().map(|event| event.number.0).collect();
        let last = self.record.as_ref().map_or(0, |record| record.last_event.0);
        assert_eq!(numbers, (1..=last).collect::<Vec<_>>());
        let replayed = replay(&self.events);
        for contest in &self.contests {
            let followed = replayed.get(&contest.id).copied();
            match (followed, contest.status) {
                // Expired, and not settled yet.
                (Some(None), ContestStatus::Expired) => {}
                (followed, status) => assert_eq!(
                    followed.map(|ending| ending.map_or(ContestStatus::Active, Into::into)),
                    Some(status)
                ),
            }
        }
    }
}

/// Follows the contests through the events, each of which must be possible.
pub(crate) fn replay(events: &[Event]) -> BTreeMap<ContestId, Option<EndingKind>> {
    let (mut contests, mut active) = (BTreeMap::new(), None);
    for event in events {
        match event.kind {
            EventKind::ContestCreated { contest } | EventKind::ContestResumed { contest } => {
                assert_eq!(active.replace(contest), None, "{events:?}");
                contests.insert(contest, None);
            }
            EventKind::ContestFinished { contest, ending } => {
                assert_eq!(active.take(), Some(contest), "{events:?}");
                contests.insert(contest, Some(ending));
            }
            _ => {}
        }
    }
    contests
}

/// The whole log of a user, oldest first.
pub(crate) async fn log(store: &MemoryStore, user: UserId) -> Vec<AttemptRecord> {
    let page = AttemptPage {
        order: TimeOrder::OldestFirst,
        after: None,
        limit: u32::MAX,
    };
    store.list_attempts(user, page).await.unwrap().items
}

/// All contests of a user as they are stored, latest first.
async fn stored(scene: &Scene, user: UserId) -> Vec<ContestRecord> {
    let page = ContestPage {
        before: None,
        limit: u32::MAX,
    };
    scene.store.list_contests(user, page).await.unwrap().items
}

/// All contests of a user as the engine shows them, latest first.
async fn contests(scene: &Scene, engine: &Engine, user: UserId) -> Vec<Contest> {
    let page = ContestPage {
        before: None,
        limit: u32::MAX,
    };
    let stored = scene.store.list_contests(user, page).await.unwrap().items;
    let (mut contests, mut after) = (Vec::new(), None);
    loop {
        let limit = PageLimit::new(100).unwrap();
        let page = engine.contests(user, after, limit).await.unwrap();
        contests.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let listed = contests.iter().map(|contest| contest.id);
    assert!(listed.eq(stored.iter().map(|contest| contest.id)));
    contests
}
