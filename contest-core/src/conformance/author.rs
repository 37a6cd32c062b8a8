//! A user and the data expected of it: the model that stores are compared with.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::conformance::check::{At, Outcome, ensure, same, same_items, same_record};
use crate::conformance::data::{
    attempt, contest, contest_id, extra_time, fresh_version, problem_id, request, second, solve,
    under_key,
};
use crate::conformance::harness::Harness;
use crate::id::{ContestId, UserId, Version};
use crate::model::{EndingKind, Event, EventKind, EventNumber};
use crate::scoring::Verdict;
use crate::select::SelectionRequest;
use crate::store::{AttemptPage, Commit, ContestPage, ContestSelector, ContestWrite, TimeOrder};
use crate::user::{AttemptKey, AttemptRecord, ContestRecord, OpenContest, UserRecord};

/// All data of a user.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Kept {
    pub(super) record: Option<UserRecord>,
    pub(super) contests: BTreeMap<ContestId, (ContestRecord, SelectionRequest)>,
    pub(super) attempts: BTreeMap<AttemptKey, AttemptRecord>,
    pub(super) events: Vec<Event>,
}

/// A user whose commits are recorded.
#[derive(Debug, Clone)]
pub(super) struct Author {
    pub(super) user: UserId,
    pub(super) kept: Kept,
}

impl Kept {
    /// Applies a successful commit.
    pub(super) fn apply(&mut self, commit: &Commit) {
        self.record = Some(commit.record.clone());
        match &commit.contest {
            Some(ContestWrite::Insert { contest, request }) => {
                let value = (contest.clone(), request.as_ref().clone());
                self.contests.insert(contest.id, value);
            }
            Some(ContestWrite::Update(contest)) => {
                if let Some((stored, _)) = self.contests.get_mut(&contest.id) {
                    stored.clone_from(contest);
                }
            }
            None => {}
        }
        if let Some(first_kept) = commit.prune_before {
            self.contests = self.contests.split_off(&first_kept);
        }
        let attempts = commit
            .attempts
            .iter()
            .map(|solve| (solve.key(), solve.clone()));
        self.attempts.extend(attempts);
        self.events.extend(commit.events.iter().cloned());
    }

    /// The contests, latest first.
    pub(super) fn latest_contests(&self) -> Vec<ContestRecord> {
        let contests = self.contests.values().rev();
        contests.map(|(contest, _)| contest.clone()).collect()
    }

    /// The log, oldest first.
    pub(super) fn log(&self) -> Vec<AttemptRecord> {
        self.attempts.values().cloned().collect()
    }

    /// The data that a handle reads of a user who does not change in between.
    async fn read(h: &Harness, handle: u64, user: UserId) -> Outcome<Self> {
        let store = h.handle(handle);
        let snapshot = store.load_user(user, &ContestSelector::None).await?;
        let contests = store.list_contests(user, FIRST_CONTESTS).await?;
        let attempts = store.list_attempts(user, FIRST_SOLVES).await?;
        same(
            "the record with the contests",
            &contests.record,
            &snapshot.record,
        )?;
        same(
            "the version of the attempts",
            &attempts.version,
            &snapshot.version(),
        )?;
        let mut kept = Self {
            record: snapshot.record,
            ..Self::default()
        };
        for contest in contests.items {
            let request = store.contest_request(user, contest.id).await?;
            ensure(request.is_some(), || {
                format!("no request of {}", contest.id)
            })?;
            let request = request.map(|request| (contest.id, (contest, request)));
            kept.contests.extend(request);
        }
        let attempts = attempts.items.into_iter();
        kept.attempts = attempts.map(|solve| (solve.key(), solve)).collect();
        if let Some(log) = h.find_log(handle) {
            kept.events = log.events_after(user, EventNumber(0), u32::MAX).await?;
        }
        Ok(kept)
    }

    /// Checks that a handle reads exactly this data.
    pub(super) async fn check(&self, h: &Harness, handle: u64, user: UserId) -> Outcome {
        let seen = Self::read(h, handle, user).await?;
        same_record("the record", seen.record.as_ref(), self.record.as_ref())?;
        same_items(
            "the contests",
            &seen.latest_contests(),
            &self.latest_contests(),
        )?;
        let requests = |kept: &Self| -> Vec<_> {
            let requests = kept.contests.values();
            requests.map(|(_, request)| request.clone()).collect()
        };
        same_items("the requests", &requests(&seen), &requests(self))?;
        same_items("the attempts", &seen.log(), &self.log())?;
        if h.find_log(handle).is_some() {
            same_items("the events", &seen.events, &self.events)?;
        }
        Ok(())
    }
}

/// More than any case stores.
const FIRST_CONTESTS: ContestPage = ContestPage {
    before: None,
    limit: 100_000,
};
const FIRST_SOLVES: AttemptPage = AttemptPage {
    order: TimeOrder::OldestFirst,
    after: None,
    limit: 100_000,
};

impl Author {
    pub(super) fn new(user: UserId) -> Self {
        let kept = Kept::default();
        Self { user, kept }
    }

    pub(super) fn version(&self) -> Option<Version> {
        self.kept.record.as_ref().map(|record| record.version)
    }

    /// A commit on the current version that changes only the version.
    pub(super) fn next(&self) -> Commit {
        let mut record = self.kept.record.clone().unwrap_or_default();
        record.version = fresh_version();
        Commit::of_record(self.user, self.version(), record)
    }

    /// A commit that changes everything, and inserts the contest of this number. A user's contests need
    /// different numbers.
    pub(super) fn full(&self, number: u64) -> Outcome<Commit> {
        let mut commit =
            self.inserting(under_key(self.contest(number), &format!("key-{number}"))?)?;
        let at = second(number);
        let record = &mut commit.record;
        record.epoch.number = number;
        record.epoch.began_at = Some(at);
        record.ended.completed = number;
        record.ended.abandoned = u64::MAX >> 12;
        record.last_commit_at = Some(at);
        record.last_contest = Some(contest_id(self.user, number));
        record.open = Some(OpenContest {
            id: contest_id(self.user, number),
            deadline: second(number + 3_600),
            newly_marked: (number..number + 2).map(problem_id).collect(),
        });
        record.extra_time = (number..number + 2).map(extra_time).collect();
        let ordinal = u32::try_from(number)?;
        record.solved.insert(ordinal);
        record.seen.insert(ordinal * 2);
        (commit.solved_changed, commit.seen_changed) = (true, true);
        let marked = AttemptRecord {
            contest: Some(contest_id(self.user, number)),
            ..solve(at, number)
        };
        let rejected = AttemptRecord {
            contest: marked.contest,
            ..attempt(at, number, "s/1", Verdict::Rejected)?
        };
        commit.attempts = vec![marked, solve(at, number), solve(at, number + 1), rejected];
        self.add_events(&mut commit, 2);
        Ok(commit)
    }

    /// The contest of this number.
    pub(super) fn contest(&self, number: u64) -> ContestRecord {
        contest(self.user, number)
    }

    /// A commit that inserts a contest.
    pub(super) fn inserting(&self, contest: ContestRecord) -> Outcome<Commit> {
        let request = request(contest.started_at.as_micros().unsigned_abs() % 97)?;
        Ok(Commit {
            contest: Some(ContestWrite::Insert {
                contest,
                request: Box::new(request),
            }),
            ..self.next()
        })
    }

    /// A commit that upserts attempts.
    pub(super) fn solving(&self, attempts: impl IntoIterator<Item = AttemptRecord>) -> Commit {
        Commit {
            attempts: attempts.into_iter().collect(),
            ..self.next()
        }
    }

    /// A commit with this number of events.
    pub(super) fn emitting(&self, events: u64) -> Commit {
        let mut commit = self.next();
        self.add_events(&mut commit, events);
        commit
    }

    /// Adds events, each a second after the one before it.
    fn add_events(&self, commit: &mut Commit, events: u64) {
        for _ in 0..events {
            let number = commit.record.last_event.0 + 1;
            commit.record.last_event = EventNumber(number);
            let contest = contest_id(self.user, number);
            commit.events.push(Event {
                user: self.user,
                number: EventNumber(number),
                at: second(number) + Duration::from_micros(1),
                kind: EventKind::ContestFinished {
                    contest,
                    ending: EndingKind::Expired,
                },
            });
        }
    }

    /// Commits on the first handle and applies the commit here.
    pub(super) async fn keep(&mut self, h: &Harness, commit: Commit) -> Outcome {
        h.store.commit_user(&commit).await?;
        self.kept.apply(&commit);
        Ok(())
    }

    /// Checks that both handles read exactly the expected data.
    pub(super) async fn check(&self, h: &Harness) -> Outcome {
        for handle in 0..2 {
            let checked = self.kept.check(h, handle, self.user).await;
            checked.at(format_args!("{}, handle {handle}", self.user))?;
        }
        Ok(())
    }

    /// Checks that a commit's contest cannot be found in any way.
    pub(super) async fn check_absent(&self, h: &Harness, commit: &Commit) -> Outcome {
        let Some(contest) = commit.contest.as_ref().map(ContestWrite::contest) else {
            return Ok(());
        };
        let mut selectors = vec![ContestSelector::Id(contest.id)];
        let key = contest
            .idempotency
            .as_ref()
            .map(|idempotency| &idempotency.key);
        selectors.extend(key.cloned().map(ContestSelector::Key));
        let round = contest.round.map(|entry| entry.round);
        selectors.extend(round.map(ContestSelector::Round));
        for selector in selectors {
            let snapshot = h.other.load_user(self.user, &selector).await?;
            same(format_args!("{selector:?}"), &snapshot.contest, &None)?;
        }
        let request = h.other.contest_request(self.user, contest.id).await?;
        same(
            "the request of a contest that is not there",
            &request,
            &None,
        )
    }
}

/// Users with all kinds of data, spread over all ids.
pub(super) async fn crowd(h: &Harness, users: u64) -> Outcome<Vec<Author>> {
    let mut crowd = Vec::new();
    for number in 0..users {
        let mut author = Author::new(super::data::user(1_000 + number));
        let commit = author.full(number + 1)?;
        author.keep(h, commit).await?;
        crowd.push(author);
    }
    Ok(crowd)
}

/// Checks each user of a crowd.
pub(super) async fn check_crowd(h: &Harness, crowd: &[Author]) -> Outcome {
    for author in crowd {
        author.check(h).await?;
    }
    Ok(())
}
