//! What a log of events tells, and that it is what the store has.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use contest_core::model::{EndingKind, Event, EventKind, EventNumber, SolveEventKind};
use contest_core::prelude::*;
use contest_core::store::{ContestPage, SolveEventPage};

use super::place::Logged;

/// All events of a user, page by page.
pub(super) async fn events(store: &Arc<dyn Logged>, user: UserId) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    loop {
        let after = events.last().map_or(EventNumber(0), |event| event.number);
        let page = store.events_after(user, after, 7).await.unwrap();
        if page.is_empty() {
            return events;
        }
        events.extend(page);
    }
}

/// What the events add up to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    contests: BTreeMap<ContestId, Contest>,
    /// Recorded outside contests.
    solves: BTreeSet<(Timestamp, ProblemId)>,
    epoch: u64,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Contest {
    ending: Option<EndingKind>,
    marks: BTreeSet<ProblemId>,
    /// The last one that was told.
    extended: Option<Timestamp>,
}

impl Told {
    fn open(&self) -> Option<ContestId> {
        let mut open = self.contests.iter().filter(|(_, c)| c.ending.is_none());
        open.next().map(|(id, _)| *id)
    }

    fn contest(&mut self, contest: ContestId) -> &mut Contest {
        self.contests.get_mut(&contest).unwrap()
    }

    /// Takes the next event, which must fit those before it.
    fn hear(&mut self, event: &Event) {
        match event.kind {
            EventKind::ContestCreated { contest } => {
                assert_eq!(self.open(), None, "{event:?}");
                let known = self.contests.insert(contest, Contest::default());
                assert_eq!(known, None, "{event:?}");
            }
            EventKind::ContestExtended { contest, deadline } => {
                assert_eq!(self.open(), Some(contest), "{event:?}");
                let contest = self.contest(contest);
                assert!(contest.extended < Some(deadline), "{event:?}");
                contest.extended = Some(deadline);
            }
            EventKind::ContestResumed { contest } => {
                assert_eq!(self.open(), None, "{event:?}");
                let ending = self.contest(contest).ending.take();
                assert_eq!(ending, Some(EndingKind::Abandoned), "{event:?}");
            }
            EventKind::ContestFinished { contest, ending } => {
                assert_eq!(self.open(), Some(contest), "{event:?}");
                self.contest(contest).ending = Some(ending);
            }
            EventKind::ProblemSolved { problem, contest } => match contest {
                Some(contest) => assert!(self.contest(contest).marks.insert(problem), "{event:?}"),
                None => assert!(self.solves.insert((event.at, problem)), "{event:?}"),
            },
            EventKind::ProblemUnsolved { problem, contest } => {
                assert!(self.contest(contest).marks.remove(&problem), "{event:?}");
            }
            EventKind::ProgressReset { epoch } => {
                assert_eq!(self.open(), None, "{event:?}");
                self.epoch += 1;
                assert_eq!(self.epoch, epoch, "{event:?}");
            }
            _ => panic!("{event:?}"),
        }
    }
}

/// What the store has, as far as events tell of it.
async fn stored(store: &Arc<dyn Logged>, user: UserId) -> Told {
    let all = ContestPage {
        before: None,
        limit: 100_000,
    };
    let contests = store.list_contests(user, all).await.unwrap();
    let contest = |record: &contest_core::model::ContestRecord| {
        let marked = record.problems.iter().filter(|p| p.completed_at.is_some());
        let first_deadline = record.started_at + Duration::from_hours(1);
        let extended = record.deadline > first_deadline;
        let contest = Contest {
            ending: record.ending.map(|ending| ending.kind),
            marks: marked.map(|p| p.problem).collect(),
            extended: extended.then_some(record.deadline),
        };
        (record.id, contest)
    };
    let all = SolveEventPage {
        before: None,
        limit: 100_000,
    };
    let history = store.solve_history(user, all).await.unwrap();
    let outside = history
        .iter()
        .filter(|event| event.kind == SolveEventKind::Recorded && event.contest.is_none());
    Told {
        contests: contests.iter().map(contest).collect(),
        solves: outside.map(|event| (event.at, event.problem)).collect(),
        epoch: store.current_epoch(user).await.unwrap().number,
    }
}

/// The events are numbered without gaps, each fits those before it, and all together tell what the
/// store has.
pub(super) async fn check(store: &Arc<dyn Logged>, user: UserId) -> Vec<Event> {
    let events = events(store, user).await;
    let mut told = Told::default();
    for (number, event) in (1..).zip(&events) {
        assert_eq!((event.user, event.number), (user, EventNumber(number)));
        told.hear(event);
    }
    assert_eq!(told, stored(store, user).await);
    events
}
