//! Domain events that are written, or shown, in a wrong way.

use std::collections::HashMap;

use contest_core::model::{EndingKind, Event, EventKind, EventNumber};
use contest_core::store::{LeaseHolder, Mark, Marked};
use contest_core::time::Timestamp;
use contest_core::{ContestId, ProblemId, UserId};

use super::{Sabotage, Sabotaged, pause};

/// What is known of events besides what the store inside has.
#[derive(Debug, Default)]
pub(super) struct Events {
    /// Instead of the log inside.
    written: HashMap<UserId, Vec<Event>>,
    /// How many were written, for all users.
    writes: usize,
    /// Events that nothing happened for.
    idle: HashMap<UserId, Vec<(Timestamp, EventKind)>>,
    /// Before when events are not shown.
    pub(super) hidden_before: Option<Timestamp>,
    /// What to take away from numbers.
    pub(super) offsets: HashMap<UserId, u64>,
    /// Who leased last, until when, and what was acknowledged last.
    pub(super) holders: HashMap<UserId, LeaseHolder>,
    pub(super) leased_until: HashMap<UserId, Timestamp>,
    pub(super) delivered: HashMap<UserId, EventNumber>,
}

impl Sabotaged {
    /// Writes events after their step instead of in it.
    pub(super) async fn tell_later(&self, user: UserId, told: &[(Timestamp, EventKind)]) {
        let first = match self.how {
            Sabotage::WritesEventsAfterwards => {
                let writes = {
                    let mut state = self.state();
                    state.events.writes += 1;
                    state.events.writes
                };
                // Every other one takes longer.
                for _ in 0..=(writes % 2) {
                    pause().await;
                }
                None
            }
            Sabotage::NumbersBeforeWriting => {
                let last = self.state().events.written.entry(user).or_default().len();
                pause().await;
                Some(last as u64 + 1)
            }
            _ => return,
        };
        let mut state = self.state();
        let events = state.events.written.entry(user).or_default();
        let first = first.unwrap_or(events.len() as u64 + 1);
        let numbered = told.iter().cloned().zip(first..);
        events.extend(numbered.map(|((at, kind), number)| Event {
            user,
            number: EventNumber(number),
            at,
            kind,
        }));
    }

    pub(super) async fn tell_mark(
        &self,
        user: UserId,
        contest: ContestId,
        problem: ProblemId,
        mark: Mark,
        now: Timestamp,
        marked: Marked,
    ) {
        let kind = match mark {
            Mark::Solved => EventKind::ProblemSolved {
                problem,
                contest: Some(contest),
            },
            Mark::Unsolved => EventKind::ProblemUnsolved { problem, contest },
        };
        if marked.changed {
            self.tell_later(user, &[(now, kind)]).await;
        } else if self.is(Sabotage::TellsEveryMark) {
            let mut state = self.state();
            state.events.idle.entry(user).or_default().push((now, kind));
        }
    }

    /// All events of the user, as this store shows them.
    pub(super) fn shown(&self, user: UserId, inside: Vec<Event>) -> Vec<Event> {
        let state = self.state();
        let mut events = match self.how {
            Sabotage::WritesEventsAfterwards | Sabotage::NumbersBeforeWriting => {
                let written = state.events.written.get(&user);
                return written.cloned().unwrap_or_default();
            }
            _ => inside,
        };
        match self.how {
            Sabotage::KeepsExtensionsQuiet => {
                events.retain(|e| !matches!(e.kind, EventKind::ContestExtended { .. }));
            }
            Sabotage::TellsSettlingLast => swap_settled(&mut events),
            Sabotage::TellsSolvesLate => {
                let mut latest = None;
                for event in &mut events {
                    latest = latest.max(Some(event.at));
                    event.at = latest.unwrap_or(event.at);
                }
            }
            Sabotage::TellsNewSolvesOnly => {
                let mut solved = std::collections::HashSet::new();
                events.retain(|event| match event.kind {
                    EventKind::ProblemSolved { problem, .. } => solved.insert(problem),
                    _ => true,
                });
            }
            Sabotage::TellsEveryMark => {
                let idle = state.events.idle.get(&user).into_iter().flatten();
                events.extend(idle.map(|(at, kind)| Event {
                    user,
                    number: EventNumber(0),
                    at: *at,
                    kind: kind.clone(),
                }));
            }
            Sabotage::LeavesGaps => {
                for event in &mut events {
                    event.number.0 *= 2;
                }
                return events;
            }
            Sabotage::ForgetsUndelivered => {
                let hidden = state.events.hidden_before;
                events.retain(|event| hidden.is_none_or(|before| event.at >= before));
                return events;
            }
            Sabotage::NumbersAnewAfterForgetting => {
                let offset = state.events.offsets.get(&user).copied().unwrap_or(0);
                for event in &mut events {
                    event.number.0 -= offset;
                }
                return events;
            }
            _ => return events,
        }
        for (event, number) in events.iter_mut().zip(1..) {
            event.number.0 = number;
        }
        events
    }
}

/// Tells of what was settled after what settled it.
fn swap_settled(events: &mut [Event]) {
    let settled = |event: &Event| {
        let expired = EndingKind::Expired;
        matches!(event.kind, EventKind::ContestFinished { ending, .. } if ending == expired)
    };
    let mut place = 0;
    while place + 1 < events.len() {
        if settled(&events[place]) {
            events.swap(place, place + 1);
            place += 1;
        }
        place += 1;
    }
}
