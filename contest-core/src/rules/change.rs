//! Builds the commit of a use case.

use std::collections::BTreeMap;

use crate::id::{ContestId, ProblemId};
use crate::model::{EndingKind, Event, EventKind, EventNumber};
use crate::rules::{Context, Stop};
use crate::store::{Commit, ContestWrite};
use crate::time::Timestamp;
use crate::user::{AttemptKey, AttemptRecord, ContestRecord, OpenContest, UserRecord};

/// The changes of a use case to its snapshot.
pub(crate) struct Change<'a> {
    given: &'a Context<'a>,
    pub(crate) record: UserRecord,
    contest: Option<ContestWrite>,
    prune_before: Option<ContestId>,
    /// By key: a commit writes an entry once.
    attempts: BTreeMap<AttemptKey, AttemptRecord>,
    events: Vec<Event>,
    relies_on_catalogue: bool,
}

impl<'a> Change<'a> {
    /// No changes yet.
    pub(crate) fn new(given: &'a Context<'a>) -> Self {
        Self {
            given,
            record: given.snapshot.record.clone().unwrap_or_default(),
            contest: None,
            prune_before: None,
            attempts: BTreeMap::new(),
            events: Vec::new(),
            relies_on_catalogue: false,
        }
    }

    /// Writes a contest.
    pub(crate) fn contest(&mut self, write: ContestWrite) {
        self.contest = Some(write);
    }

    /// Replaces a stored contest.
    pub(crate) fn update(&mut self, contest: ContestRecord) {
        self.contest(ContestWrite::Update(contest));
    }

    /// Deletes contests with a smaller id.
    pub(crate) fn prune(&mut self, before: ContestId) {
        self.prune_before = Some(before);
    }

    /// Adds an entry of the log, or replaces the one with its key.
    pub(crate) fn attempt(&mut self, entry: AttemptRecord) {
        self.attempts.insert(entry.key(), entry);
    }

    /// Records an event at the time of the decision.
    pub(crate) fn event(&mut self, kind: EventKind) {
        self.event_at(self.given.now, kind);
    }

    /// Records an event.
    pub(crate) fn event_at(&mut self, at: Timestamp, kind: EventKind) {
        let number = EventNumber(self.record.last_event.0 + 1);
        self.record.last_event = number;
        let user = self.given.user;
        self.events.push(Event {
            user,
            number,
            at,
            kind,
        });
    }

    /// Makes the commit fail if the stored catalogue differs from the one at hand.
    pub(crate) fn rely_on_catalogue(&mut self) {
        self.relies_on_catalogue = true;
    }

    /// Adds a problem to the solved set for good: not by a mark of the open contest, which can be
    /// undone. Returns whether the problem was unsolved before.
    pub(crate) fn add_solved(&mut self, problem: ProblemId) -> Result<bool, Stop> {
        let newly = self.record.solved.insert(self.given.ordinal(problem)?);
        let Some(open) = &mut self.record.open else {
            return Ok(newly);
        };
        // Solved for good now: unmarking it in the open contest must not make it unsolved.
        let before = open.newly_marked.len();
        open.newly_marked.retain(|marked| *marked != problem);
        Ok(newly && open.newly_marked.len() == before)
    }

    /// Counts the open contest as ended. Its newly marked problems join the solved set.
    pub(crate) fn close(&mut self, kind: EndingKind) -> Result<Option<ContestId>, Stop> {
        let Some(OpenContest {
            id, newly_marked, ..
        }) = self.record.open.take()
        else {
            return Ok(None);
        };
        for problem in newly_marked {
            self.record.solved.insert(self.given.ordinal(problem)?);
        }
        let ended = &mut self.record.ended;
        match kind {
            EndingKind::Completed => ended.completed += 1,
            EndingKind::Abandoned => ended.abandoned += 1,
            EndingKind::Expired => ended.expired += 1,
        }
        self.event(EventKind::ContestFinished {
            contest: id,
            ending: kind,
        });
        Ok(Some(id))
    }

    /// Settles the open contest if its deadline has passed: counts it as expired.
    pub(crate) fn settle(&mut self) -> Result<Option<ContestId>, Stop> {
        let open = self.record.open.as_ref();
        if open.is_some_and(|open| self.given.now >= open.deadline) {
            self.close(EndingKind::Expired)
        } else {
            Ok(None)
        }
    }

    /// The commit, at the time of the decision.
    pub(crate) fn commit(mut self) -> Commit {
        self.record.last_commit_at = Some(self.given.now);
        self.commit_timeless()
    }

    /// The commit, which leaves the record's last commit time unchanged.
    pub(crate) fn commit_timeless(mut self) -> Commit {
        let before = self.given.snapshot.record.as_ref();
        let differs = |of: fn(&UserRecord) -> &crate::catalogue::OrdinalSet| {
            before.is_none_or(|before| of(before) != of(&self.record))
        };
        let solved_changed = differs(|record| &record.solved);
        let seen_changed = differs(|record| &record.seen);
        self.record.version = self.given.version;
        Commit {
            user: self.given.user,
            expected: self.given.snapshot.version(),
            revision: self
                .relies_on_catalogue
                .then_some(self.given.snapshot.revision),
            record: self.record,
            solved_changed,
            seen_changed,
            contest: self.contest,
            prune_before: self.prune_before,
            attempts: self.attempts.into_values().collect(),
            events: self.events,
        }
    }
}
