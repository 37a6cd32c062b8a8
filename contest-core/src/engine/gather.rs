//! Gathers the history that a decision needs.

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::catalogue::OrdinalSet;
use crate::engine::{Engine, Error};
use crate::fan_out::fan_out;
use crate::id::{ContestId, ProblemId, UserId};
use crate::rules::{History, HistoryNeeds};
use crate::select::Facts;
use crate::store::{
    AttemptPage, ContestPage, ContestSelector, HistoryPage, Snapshot, StoreError, TimeOrder,
};
use crate::time::Timestamp;
use crate::user::{AttemptKey, AttemptRecord, ContestRecord, UserRecord};

/// The size of a page.
const PAGE: u32 = 1_024;

/// The size of the first page of a part of the log, which may be short.
const FIRST_PAGE: u32 = 128;

/// How often the log of a group's member is read again after it changed in between.
const ATTEMPTS: u32 = 16;

/// A part of the result. `None` if the user's data changed in between.
enum Part {
    Log(Option<Vec<AttemptRecord>>),
    Contests(Option<Vec<ContestRecord>>),
    Solved(OrdinalSet),
}

impl Engine {
    /// Gathers all parts concurrently, as of the snapshot's version; `None` if the version has changed.
    /// The first failure ends all reads.
    pub(super) async fn gather(
        &self,
        user: UserId,
        snapshot: &Snapshot,
        needs: &HistoryNeeds,
    ) -> Result<Option<History>, Error> {
        let mut parts: Vec<BoxFuture<'_, Result<Part, StoreError>>> = Vec::new();
        if let Some((from, to)) = needs.log {
            let log = self.log_between(user, snapshot, from, to);
            parts.push(log.map(|log| log.map(Part::Log)).boxed());
        }
        if needs.contests || needs.all_contests {
            let epoch = snapshot
                .record
                .as_ref()
                .map_or(0, |record| record.epoch.number);
            let (since, most) = if needs.all_contests {
                (0, usize::MAX)
            } else {
                (epoch, Facts::CONTESTS)
            };
            let contests = self.contests_since(user, snapshot, since, most);
            parts.push(
                contests
                    .map(|contests| contests.map(Part::Contests))
                    .boxed(),
            );
        }
        for member in &needs.group {
            let solved = self.solved_by(*member, needs.group_at);
            parts.push(solved.map(|solved| solved.map(Part::Solved)).boxed());
        }
        let mut history = History::default();
        for part in fan_out(self.inner.concurrency, parts).await? {
            match part {
                Part::Log(Some(log)) => {
                    history.attempts = log;
                    history.has_all_attempts = needs.log == Some(HistoryNeeds::ALWAYS);
                }
                Part::Contests(Some(contests)) => history.contests = contests,
                Part::Solved(solved) => history.group.union_with(&solved),
                Part::Log(None) | Part::Contests(None) => return Ok(None),
            }
        }
        Ok(Some(history))
    }

    /// The log between two times, both included, oldest first.
    async fn log_between(
        &self,
        user: UserId,
        snapshot: &Snapshot,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Option<Vec<AttemptRecord>>, StoreError> {
        let mut after = just_before(from);
        let mut entries = Vec::new();
        let mut limit = if to == HistoryNeeds::ALWAYS.1 {
            PAGE
        } else {
            FIRST_PAGE
        };
        loop {
            let page = AttemptPage {
                order: TimeOrder::OldestFirst,
                after,
                limit,
            };
            let HistoryPage { version, items } = self.inner.store.list_attempts(user, page).await?;
            if version != snapshot.version() {
                return Ok(None);
            }
            after = items.last().map(AttemptRecord::key);
            let inside = items.into_iter().take_while(|solve| solve.at <= to);
            let before = entries.len();
            entries.extend(inside);
            // A short page, or one that goes beyond the end, is the last.
            if (entries.len() - before) as u64 != u64::from(limit) {
                return Ok(Some(entries));
            }
            limit = PAGE;
        }
    }

    /// The contests from this epoch on, latest first, and at most about as many as `most`.
    async fn contests_since(
        &self,
        user: UserId,
        snapshot: &Snapshot,
        epoch: u64,
        most: usize,
    ) -> Result<Option<Vec<ContestRecord>>, StoreError> {
        let (mut before, mut contests) = (None::<ContestId>, Vec::new());
        loop {
            let page = ContestPage {
                before,
                limit: PAGE,
            };
            let found = self.inner.store.list_contests(user, page).await?;
            if found.version() != snapshot.version() {
                return Ok(None);
            }
            let items = found.items;
            before = items.last().map(|contest| contest.id);
            let more = items.len() as u64 == u64::from(PAGE)
                && items.last().is_some_and(|contest| contest.epoch >= epoch);
            contests.extend(items.into_iter().filter(|contest| contest.epoch >= epoch));
            if !more || contests.len() >= most {
                return Ok(Some(contests));
            }
        }
    }

    /// The problems a member of a group has solved, or had solved before an instant.
    async fn solved_by(
        &self,
        member: UserId,
        at: Option<Timestamp>,
    ) -> Result<OrdinalSet, StoreError> {
        let catalogue = self.catalogue();
        for _ in 0..ATTEMPTS {
            let snapshot = self
                .inner
                .store
                .load_user(member, &ContestSelector::None)
                .await?;
            let Some(record) = &snapshot.record else {
                return Ok(OrdinalSet::default());
            };
            let Some(at) = at else {
                return Ok(record.all_solved(&catalogue));
            };
            let (from, to) = HistoryNeeds::ALWAYS;
            let Some(log) = self.log_between(member, &snapshot, from, to).await? else {
                continue;
            };
            let epoch = epoch_at(at, record, &log);
            return Ok(Facts::as_of(at, epoch, &log, &[], &catalogue)
                .solved()
                .clone());
        }
        let message = format!("the data of {member} kept changing");
        Err(StoreError::transient(message))
    }
}

/// The number of the epoch at a time. The record has only the beginning of the current epoch; an
/// earlier one is found by the entries recorded in it.
fn epoch_at(at: Timestamp, record: &UserRecord, log: &[AttemptRecord]) -> u64 {
    if record.epoch.began_at.is_none_or(|began| began <= at) {
        return record.epoch.number;
    }
    let before = log.iter().filter(|solve| solve.recorded_at < at);
    before.map(|solve| solve.epoch).max().unwrap_or(0)
}

/// The key just before all entries of this time; `None` for the beginning of time.
fn just_before(from: Timestamp) -> Option<AttemptKey> {
    let at = Timestamp::from_micros(from.as_micros().checked_sub(1)?);
    let greatest = uuid::Uuid::max();
    let contest = Some(ContestId::from_uuid(greatest));
    Some(AttemptKey {
        at,
        problem: ProblemId::from_uuid(greatest),
        contest,
        submission: None,
    })
}
