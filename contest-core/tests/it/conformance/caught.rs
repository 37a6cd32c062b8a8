//! Every case catches a store that breaks its promise.

use std::collections::BTreeSet;
use std::time::Duration;

use contest_core::catalogue::OrdinalSet;
use contest_core::conformance::{Broken as Found, Case, cases, event_cases, round_cases};
use contest_core::id::{ContestId, UserId};
use contest_core::model::{EventKind, EventNumber, Problem, SubmissionId};
use contest_core::scoring::{Score, Verdict};
use contest_core::select::{Seed, SelectionRequest};
use contest_core::store::{
    AttemptPage, CatalogueRepository, Commit, CommitError, ContestList, ContestPage,
    ContestSelector, ContestWrite, EventBatch, EventLog, HistoryPage, HistoryRepository, Lease,
    TimeOrder, UserRepository,
};
use contest_core::time::Timestamp;
use contest_core::user::{AttemptKey, AttemptRecord, Unknown};
use contest_core::uuid::Uuid;

use super::broken::{Broken, How, pause};
use super::caught_rounds;

/// How often a case runs before a store with a race counts as not caught. Nearly always once is enough;
/// a machine that runs one thread at a time may need more.
const ATTEMPTS: usize = 200;

const SOLVES: AttemptPage = AttemptPage {
    order: TimeOrder::OldestFirst,
    after: None,
    limit: u32::MAX,
};
const CONTESTS: ContestPage = ContestPage {
    before: None,
    limit: u32::MAX,
};

fn all_cases() -> impl Iterator<Item = &'static Case> {
    cases().iter().chain(event_cases()).chain(round_cases())
}

/// The finding of a case against a store.
pub(super) async fn find(how: How, name: &str) -> Option<Found> {
    let factory = move || async move { Ok(Broken::harness(how)) };
    let case = all_cases().find(|case| case.name == name).unwrap();
    for _ in 0..ATTEMPTS {
        if let Err(found) = case.run(&factory).await {
            return Some(found);
        }
    }
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_store_without_replacements_passes() {
    for case in all_cases() {
        assert_eq!(find_once(case).await, None);
    }
}

async fn find_once(case: &Case) -> Option<Found> {
    let factory = async || Ok(Broken::harness(How::default()));
    case.run(&factory).await.err()
}

#[test]
fn every_case_catches_a_store() {
    let can_fail = CAN_FAIL.iter().chain(caught_rounds::CAN_FAIL);
    let can_fail: BTreeSet<_> = can_fail.copied().collect();
    let all: BTreeSet<_> = all_cases().map(|case| case.name).collect();
    let cannot: Vec<_> = all.difference(&can_fail).collect();
    assert!(cannot.is_empty(), "no store is there to fail {cannot:?}");
}

/// Declares broken stores: `name: replaced methods; caught by cases`. One test each.
macro_rules! stores {
    ($(
        $name:ident {
            $(@$field:ident: $value:expr,)?
            $($method:ident($store:pat, $($argument:pat),*) $body:block)*
        } caught by $($case:ident),+;
    )*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() {
                let how = How {
                    $($field: $value,)?
                    $($method: Some(|$store, $($argument),*| Box::pin(async move { $body })),)*
                    ..How::default()
                };
                for case in [$(stringify!($case)),+] {
                    let found = find(how, case).await;
                    assert!(found.is_some(), "{case} does not notice it");
                }
            }
        )*

        pub(super) const CAN_FAIL: &[&str] = &[$($(stringify!($case)),+),*];
    };
}

pub(super) use stores;

/// The time a microsecond later.
fn later(at: Timestamp) -> Timestamp {
    Timestamp::from_micros(at.as_micros() + 1)
}

/// Whether the first bit of an id is set.
fn is_upper(user: UserId) -> bool {
    user.as_uuid().as_u128() >> 127 == 1
}

/// Applies a change to the contest that a commit writes.
fn change_contest(
    commit: &mut Commit,
    change: impl FnOnce(&mut contest_core::user::ContestRecord),
) {
    match &mut commit.contest {
        Some(ContestWrite::Insert { contest, .. } | ContestWrite::Update(contest)) => {
            change(contest);
        }
        None => {}
    }
}

stores! {
    // Commits.
    forgets_requests {
        contest_request(_, _, _) { Ok(None) }
    } caught by a_commit_is_kept_whole;
    joins_sets {
        commit_user(s, mut commit) {
            if let Some(record) = s.record(commit.user).await {
                commit.record.solved.union_with(&record.solved);
            }
            s.inner.commit_user(&commit).await
        }
    } caught by a_commit_replaces_the_record;
    changes_both_sets_or_none {
        commit_user(s, mut commit) {
            if let Some(record) = s.record(commit.user).await.filter(|_| !commit.solved_changed) {
                commit.record.seen = record.seen;
            }
            s.inner.commit_user(&commit).await
        }
    } caught by a_commit_changes_one_set;
    inserts_over_records {
        commit_user(s, mut commit) {
            if commit.expected.is_none() {
                commit.expected = s.record(commit.user).await.map(|record| record.version);
            }
            s.inner.commit_user(&commit).await
        }
    } caught by another_version_is_a_conflict;
    keeps_contests_of_conflicts {
        commit_user(s, commit) {
            let answer = s.inner.commit_user(&commit).await;
            if answer.is_err() {
                s.slip_in(Commit { attempts: vec![], events: vec![], ..commit }).await;
            }
            answer
        }
    } caught by a_conflict_keeps_nothing, one_racing_commit_wins;
    keeps_solves_of_conflicts {
        commit_user(s, commit) {
            let answer = s.inner.commit_user(&commit).await;
            if answer.is_err() {
                s.slip_in(Commit { contest: None, events: vec![], ..commit }).await;
            }
            answer
        }
    } caught by a_conflict_changes_nothing;
    ignores_revisions {
        commit_user(s, mut commit) {
            commit.revision = None;
            s.inner.commit_user(&commit).await
        }
    } caught by another_revision_is_outdated;
    compares_numbers_of_revisions {
        commit_user(s, mut commit) {
            let stored = s.revision().await;
            commit.revision = commit.revision.map(|relied_on| {
                if relied_on.number == stored.number { stored } else { relied_on }
            });
            s.inner.commit_user(&commit).await
        }
    } caught by revisions_are_compared_with_their_tags;
    prunes_nothing {
        commit_user(s, mut commit) {
            commit.prune_before = None;
            s.inner.commit_user(&commit).await
        }
    } caught by contests_are_pruned;
    writes_over_contests {
        commit_user(s, mut commit) {
            if let Some(ContestWrite::Insert { contest, .. }) = commit.contest.clone() {
                let selector = ContestSelector::Id(contest.id);
                let stored = s.inner.load_user(commit.user, &selector).await.unwrap().contest;
                commit.contest = stored.map(|_| ContestWrite::Update(contest)).or(commit.contest);
            }
            s.inner.commit_user(&commit).await
        }
    } caught by a_contest_is_inserted_once;
    drops_keys_in_use {
        commit_user(s, mut commit) {
            let user = commit.user;
            let key = commit.contest.as_ref().and_then(|write| write.contest().idempotency.clone());
            if let Some(key) = key.filter(|_| matches!(commit.contest, Some(ContestWrite::Insert { .. }))) {
                let selector = ContestSelector::Key(key.key);
                if s.inner.load_user(user, &selector).await.unwrap().contest.is_some() {
                    change_contest(&mut commit, |contest| contest.idempotency = None);
                }
            }
            s.inner.commit_user(&commit).await
        }
    } caught by a_key_is_used_once;
    ignores_letter_case {
        load_user(s, user, mut selector) {
            if let ContestSelector::Key(key) = &mut selector {
                *key = key.as_str().to_lowercase().try_into().unwrap();
            }
            s.inner.load_user(user, &selector).await
        }
    } caught by keys_are_compared_exactly;
    shares_keys {
        commit_user(s, commit) {
            let key = commit.contest.as_ref().and_then(|write| write.contest().idempotency.clone());
            if let Some(key) = key {
                let first = *s.notes().keys.entry(key.key).or_insert(commit.user);
                if first != commit.user {
                    return Err(CommitError::Conflict);
                }
            }
            s.inner.commit_user(&commit).await
        }
    } caught by users_share_nothing;
    shows_contests_of_others {
        load_user(s, user, selector) {
            let mut snapshot = s.inner.load_user(user, &selector).await?;
            for other in s.inner.list_users(None, 9).await? {
                let found = s.inner.load_user(other, &selector).await?.contest;
                snapshot.contest = snapshot.contest.or(found);
            }
            Ok(snapshot)
        }
    } caught by others_are_not_visible;
    shows_requests_of_others {
        contest_request(s, user, contest) {
            for other in s.inner.list_users(None, 9).await? {
                if let Some(found) = s.inner.contest_request(other, contest).await? {
                    return Ok(Some(found));
                }
            }
            s.inner.contest_request(user, contest).await
        }
    } caught by others_are_not_visible;
    keeps_the_first_ending {
        commit_user(s, mut commit) {
            if let Some(ContestWrite::Update(contest)) = &mut commit.contest {
                let selector = ContestSelector::Id(contest.id);
                let stored = s.inner.load_user(commit.user, &selector).await.unwrap().contest;
                contest.ending = stored.and_then(|stored| stored.ending).or(contest.ending);
            }
            s.inner.commit_user(&commit).await
        }
    } caught by a_contest_is_updated;
    keeps_the_first_solve {
        commit_user(s, mut commit) {
            let stored = s.inner.list_attempts(commit.user, SOLVES).await.unwrap().items;
            let is_new = |solve: &AttemptRecord| stored.iter().all(|stored| stored.key() != solve.key());
            commit.attempts.retain(is_new);
            s.inner.commit_user(&commit).await
        }
    } caught by solves_are_upserted;
    knows_solves_by_time_and_problem {
        commit_user(s, mut commit) {
            commit.attempts.sort_by_key(AttemptRecord::key);
            commit.attempts.dedup_by_key(|solve| (solve.at, solve.problem));
            s.inner.commit_user(&commit).await
        }
    } caught by solves_of_contests_are_apart;
    knows_attempts_without_submissions {
        commit_user(s, mut commit) {
            commit.attempts.sort_by_key(AttemptRecord::key);
            commit.attempts.dedup_by_key(|of| (of.at, of.problem, of.contest));
            s.inner.commit_user(&commit).await
        }
    } caught by attempts_of_submissions_are_apart;
    compares_submissions_without_case {
        commit_user(s, mut commit) {
            for of in &mut commit.attempts {
                let lower = of.submission.as_ref().map(|id| id.as_str().to_ascii_lowercase());
                of.submission = lower.and_then(|id| SubmissionId::new(id).ok());
            }
            s.inner.commit_user(&commit).await
        }
    } caught by attempts_of_submissions_are_apart;
    keeps_the_first_verdict {
        commit_user(s, mut commit) {
            let stored = s.inner.list_attempts(commit.user, SOLVES).await.unwrap().items;
            for of in &mut commit.attempts {
                let known = stored.iter().find(|stored| stored.key() == of.key());
                of.verdict = known.map_or(of.verdict, |known| known.verdict);
            }
            s.inner.commit_user(&commit).await
        }
    } caught by attempts_are_kept_as_judged, attempts_of_submissions_are_apart;
    forgets_the_maximum_of_scores {
        commit_user(s, mut commit) {
            for of in &mut commit.attempts {
                of.score = of.score.map(|score| Score::of(score.points()));
            }
            s.inner.commit_user(&commit).await
        }
    } caught by attempts_are_kept_as_judged;
    orders_submissions_by_length {
        list_attempts(s, user, page) {
            let mut all = s.inner.list_attempts(user, page).await?;
            let length = |of: &AttemptRecord| of.submission.as_ref().map(|id| id.as_str().len());
            all.items.sort_by_key(|of| (of.at, of.contest, length(of)));
            Ok(all)
        }
    } caught by submissions_are_in_order;
    goes_on_after_all_submissions {
        list_attempts(s, user, mut page) {
            let last = SubmissionId::new("~".repeat(255)).unwrap();
            if page.order == TimeOrder::OldestFirst {
                page.after = page.after.map(|key| AttemptKey { submission: Some(last), ..key });
            }
            s.inner.list_attempts(user, page).await
        }
    } caught by submissions_are_in_order;
    counts_rejected_attempts {
        commit_user(s, mut commit) {
            for of in &mut commit.attempts {
                if of.verdict == Verdict::Rejected {
                    of.verdict = Verdict::Accepted;
                }
            }
            s.inner.commit_user(&commit).await
        }
    } caught by counts_are_of_accepted_attempts;
    finds_contests_of_others_by_round {
        load_user(s, user, selector) {
            let mut snapshot = s.inner.load_user(user, &selector).await?;
            if matches!(selector, ContestSelector::Round(_)) && snapshot.contest.is_none() {
                for other in s.inner.list_users(None, u32::MAX).await? {
                    let of_other = s.inner.load_user(other, &selector).await?;
                    snapshot.contest = snapshot.contest.or(of_other.contest);
                }
            }
            Ok(snapshot)
        }
    } caught by contests_are_found_by_round, others_are_not_visible;
    joins_a_round_again {
        commit_user(s, mut commit) {
            if let Some(ContestWrite::Insert { contest, .. }) = &mut commit.contest
                && let Some(entry) = contest.round
            {
                let selector = ContestSelector::Round(entry.round);
                let joined = s.inner.load_user(commit.user, &selector).await.unwrap().contest;
                contest.round = joined.is_none().then_some(entry);
            }
            s.inner.commit_user(&commit).await
        }
    } caught by a_round_is_joined_once;
    joins_a_round_once_for_all_users {
        commit_user(s, commit) {
            if let Some(ContestWrite::Insert { contest, .. }) = &commit.contest
                && let Some(entry) = contest.round
                && *s.notes().rounds.entry(entry.round).or_insert(commit.user) != commit.user
            {
                return Err(CommitError::Conflict);
            }
            s.inner.commit_user(&commit).await
        }
    } caught by a_round_is_joined_once;
    remembers_rounds_of_pruned_contests {
        commit_user(s, commit) {
            if let Some(ContestWrite::Insert { contest, .. }) = &commit.contest
                && let Some(entry) = contest.round
                && s.notes().rounds.insert(entry.round, commit.user).is_some()
            {
                return Err(CommitError::Conflict);
            }
            s.inner.commit_user(&commit).await
        }
    } caught by a_pruned_contest_frees_its_round;
    binds_few_values {
        commit_user(s, mut commit) {
            commit.attempts.truncate(9_362);
            s.inner.commit_user(&commit).await
        }
        count_solves(s, user, mut bounds) {
            bounds.truncate(1_000);
            s.inner.count_solves(user, &bounds).await
        }
        commit_publication(s, mut publication) {
            publication.problems.truncate(4_681);
            s.inner.commit_publication(&publication).await
        }
    } caught by
        a_commit_upserts_thousands_of_solves,
        thousands_of_intervals_are_counted,
        thousands_of_problems_are_published;
    opens_the_latest_contest {
        load_user(s, user, selector) {
            let mut snapshot = s.inner.load_user(user, &selector).await?;
            if selector == ContestSelector::Open {
                let latest = ContestPage { limit: 1, ..CONTESTS };
                snapshot.contest = s.inner.list_contests(user, latest).await?.items.pop();
            }
            Ok(snapshot)
        }
    } caught by snapshots_have_the_selected_contest;

    // Races.
    looks_then_commits {
        commit_user(s, mut commit) {
            let version = s.record(commit.user).await.map(|record| record.version);
            if version != commit.expected {
                return Err(CommitError::Conflict);
            }
            pause().await;
            commit.expected = s.record(commit.user).await.map(|record| record.version);
            s.inner.commit_user(&commit).await
        }
    } caught by
        one_racing_commit_wins,
        one_racing_first_commit_wins,
        an_erasure_that_races_commits_leaves_nothing,
        events_of_racing_commits_have_no_gaps;
    commits_one_at_a_time {
        commit_user(s, commit) {
            if std::mem::replace(&mut s.notes().locked, true) {
                return Err(CommitError::Conflict);
            }
            pause().await;
            let answer = s.inner.commit_user(&commit).await;
            s.notes().locked = false;
            answer
        }
    } caught by racing_commits_of_different_users_succeed, dropped_calls_leave_no_lock;
    outdates_half_of_the_users {
        commit_user(s, mut commit) {
            commit.revision = commit.revision.filter(|_| !is_upper(commit.user));
            s.inner.commit_user(&commit).await
        }
    } caught by a_publication_outdates_commits_of_all_users;
    remembers_the_revision {
        commit_user(s, mut commit) {
            let stored = s.revision().await;
            let first = *s.notes().revisions.entry(s.handle).or_insert(stored);
            if commit.revision.take().is_some_and(|relied_on| relied_on != first) {
                return Err(CommitError::Outdated);
            }
            s.inner.commit_user(&commit).await
        }
    } caught by commits_that_race_a_publication_succeed_or_are_outdated;
    reads_its_own_writes_only {
        load_user(s, user, selector) {
            let snapshot = s.inner.load_user(user, &selector).await?;
            let mut notes = s.notes();
            Ok(notes.snapshots.entry((s.handle, user)).or_insert(snapshot).clone())
        }
        commit_user(s, commit) {
            s.notes().snapshots.remove(&(s.handle, commit.user));
            s.inner.commit_user(&commit).await
        }
    } caught by the_other_handle_reads_committed_data;
    loads_the_contest_afterwards {
        load_user(s, user, selector) {
            let snapshot = s.inner.load_user(user, &ContestSelector::None).await?;
            pause().await;
            let contest = s.inner.load_user(user, &selector).await?.contest;
            Ok(contest_core::store::Snapshot { contest, ..snapshot })
        }
    } caught by a_snapshot_is_of_one_instant, the_open_contest_is_that_of_the_record;
    loads_the_revision_before {
        load_user(s, user, selector) {
            let revision = s.revision().await;
            pause().await;
            let snapshot = s.inner.load_user(user, &selector).await?;
            Ok(contest_core::store::Snapshot { revision, ..snapshot })
        }
    } caught by a_snapshot_has_the_revision_of_its_instant;

    // History.
    counts_nothing_without_a_record {
        count_solves(s, user, bounds) {
            let mut page = s.inner.count_solves(user, &bounds).await?;
            page.items.retain(|_| page.version.is_some());
            Ok(page)
        }
    } caught by an_unknown_user_has_nothing;
    lists_contests_oldest_first {
        list_contests(s, user, page) {
            let mut page = s.inner.list_contests(user, page).await?;
            page.items.reverse();
            Ok(page)
        }
    } caught by contests_are_latest_first;
    includes_cursors {
        list_contests(s, user, mut page) {
            let next = |id: ContestId| Uuid::from_u128(id.as_uuid().as_u128() + 1);
            page.before = page.before.map(|id| ContestId::from_uuid(next(id)));
            s.inner.list_contests(user, page).await
        }
    } caught by pages_of_contests_begin_anywhere;
    pages_by_offset {
        list_contests(s, user, page) {
            let mut all = s.inner.list_contests(user, CONTESTS).await?;
            all.items = skip(s, page.before.is_none(), all.items, page.limit);
            Ok(all)
        }
        list_attempts(s, user, page) {
            let mut all = s.inner.list_attempts(user, AttemptPage { order: page.order, ..SOLVES }).await?;
            all.items = skip(s, page.after.is_none(), all.items, page.limit);
            Ok(all)
        }
    } caught by pages_of_contests_meet, pages_of_solves_meet;
    tells_the_version_from_before {
        list_contests(s, user, page) {
            let record = s.record(user).await;
            pause().await;
            let page = s.inner.list_contests(user, page).await?;
            Ok(ContestList { record, ..page })
        }
        list_attempts(s, user, page) {
            let version = s.record(user).await.map(|record| record.version);
            pause().await;
            let page = s.inner.list_attempts(user, page).await?;
            Ok(HistoryPage { version, ..page })
        }
        count_solves(s, user, bounds) {
            let page = s.inner.count_solves(user, &bounds).await?;
            pause().await;
            let version = s.record(user).await.map(|record| record.version);
            Ok(HistoryPage { version, ..page })
        }
    } caught by
        pages_of_contests_have_their_version,
        pages_of_solves_have_their_version,
        counts_have_their_version;
    orders_solves_by_time {
        list_attempts(s, user, page) {
            let order = page.order;
            let mut all = s.inner.list_attempts(user, page).await?;
            if order == TimeOrder::LatestFirst {
                all.items.sort_by_key(|solve| (std::cmp::Reverse(solve.at), solve.key()));
            }
            Ok(all)
        }
    } caught by solves_are_in_order;
    goes_on_by_time {
        list_attempts(s, user, mut page) {
            page.after = page.after.map(|key| match page.order {
                TimeOrder::OldestFirst => AttemptKey { at: later(key.at), ..nil_key() },
                TimeOrder::LatestFirst => AttemptKey { at: key.at, ..nil_key() },
            });
            s.inner.list_attempts(user, page).await
        }
    } caught by pages_of_solves_begin_anywhere;
    takes_zero_for_no_limit {
        list_attempts(s, user, mut page) {
            page.limit = page.limit.checked_sub(1).map_or(u32::MAX, |less| less + 1);
            s.inner.list_attempts(user, page).await
        }
    } caught by limits_are_kept;
    closes_intervals {
        count_solves(s, user, bounds) {
            let bounds: Vec<_> = bounds.into_iter().map(later).collect();
            s.inner.count_solves(user, &bounds).await
        }
    } caught by counted_intervals_are_half_open;
    counts_entries {
        count_solves(s, user, bounds) {
            let all = s.inner.list_attempts(user, SOLVES).await?;
            let live: Vec<_> = all.items.iter().filter(|solve| solve.is_solve()).collect();
            let inside = |interval: &[Timestamp], solve: &AttemptRecord| {
                (interval[0]..interval[1]).contains(&solve.at)
            };
            let count = |interval: &[Timestamp]| {
                live.iter().filter(|solve| inside(interval, solve)).count() as u64
            };
            Ok(HistoryPage { version: all.version, items: bounds.windows(2).map(count).collect() })
        }
    } caught by counts_are_of_different_live_problems;
    counts_what_was_undone {
        commit_user(s, mut commit) {
            commit.attempts.iter_mut().for_each(|solve| solve.undone_at = None);
            s.inner.commit_user(&commit).await
        }
    } caught by counts_are_of_different_live_problems, solves_are_upserted;
    looks_at_nothing_without_intervals {
        count_solves(s, user, bounds) {
            if bounds.len() < 2 {
                return Ok(HistoryPage { version: None, items: vec![] });
            }
            s.inner.count_solves(user, &bounds).await
        }
    } caught by few_bounds_make_no_interval;

    // The catalogue.
    begins_at_revision_one {
        load_catalogue(s, since) {
            let mut loaded = s.inner.load_catalogue(since).await?;
            loaded.revision.number = loaded.revision.number.max(1);
            Ok(loaded)
        }
    } caught by an_empty_store_has_no_problems;
    sorts_topics {
        commit_publication(s, mut publication) {
            for stored in &mut publication.problems {
                let mut problem = Problem::clone(&stored.problem);
                problem.topics.sort();
                stored.problem = problem.into();
            }
            s.inner.commit_publication(&publication).await
        }
    } caught by problems_read_back;
    retires_for_good {
        commit_publication(s, mut publication) {
            let stored = s.inner.load_catalogue(None).await.unwrap().problems;
            for new in &mut publication.problems {
                let old = stored.iter().find(|old| old.ordinal == new.ordinal);
                let retired = new.problem.retired || old.is_some_and(|old| old.problem.retired);
                new.problem = Problem::clone(&new.problem).with_retired(retired).into();
            }
            s.inner.commit_publication(&publication).await
        }
    } caught by a_publication_changes_only_its_problems;
    refuses_traded_slugs {
        commit_publication(s, publication) {
            for old in s.inner.load_catalogue(None).await.unwrap().problems {
                let mut new = publication.problems.iter();
                if new.any(|new| new.ordinal != old.ordinal && new.problem.slug == old.problem.slug) {
                    return Err(CommitError::Conflict);
                }
            }
            s.inner.commit_publication(&publication).await
        }
    } caught by problems_may_trade_slugs;
    publishes_by_number {
        commit_publication(s, mut publication) {
            let stored = s.revision().await;
            if publication.expected.number == stored.number {
                publication.expected = stored;
            }
            s.inner.commit_publication(&publication).await
        }
    } caught by a_publication_on_another_revision_is_a_conflict;
    looks_then_publishes {
        commit_publication(s, mut publication) {
            if s.revision().await != publication.expected {
                return Err(CommitError::Conflict);
            }
            pause().await;
            publication.expected = s.revision().await;
            s.inner.commit_publication(&publication).await
        }
    } caught by one_racing_publication_wins;
    loads_problems_afterwards {
        load_catalogue(s, since) {
            let revision = s.revision().await;
            pause().await;
            let mut loaded = s.inner.load_catalogue(since).await?;
            loaded.revision = revision;
            Ok(loaded)
        }
    } caught by a_load_is_of_one_revision;
    forgets_a_change {
        load_catalogue(s, since) {
            let mut loaded = s.inner.load_catalogue(since).await?;
            if !loaded.whole {
                loaded.problems.pop();
            }
            Ok(loaded)
        }
    } caught by changes_are_exact;
    trusts_numbers_of_revisions {
        load_catalogue(s, since) {
            let known = since.and_then(|since| s.notes().revisions.get(&since.number).copied());
            s.inner.load_catalogue(known).await
        }
        commit_publication(s, publication) {
            let revision = publication.revision;
            s.notes().revisions.insert(revision.number, revision);
            s.inner.commit_publication(&publication).await
        }
    } caught by unknown_revisions_get_everything;
    recounts_when_published {
        commit_publication(s, publication) {
            s.inner.commit_publication(&publication).await?;
            for user in s.inner.list_users(None, u32::MAX).await.unwrap() {
                let mut record = s.record(user).await.unwrap();
                record.solved = OrdinalSet::default();
                let expected = Some(record.version);
                let (attempts, events) = (vec![], vec![]);
                let commit = Commit {
                    user, expected, record, attempts, events, revision: None, contest: None,
                    prune_before: None,
                    solved_changed: true, seen_changed: false,
                };
                s.inner.commit_user(&commit).await?;
            }
            Ok(())
        }
    } caught by publications_leave_users_alone;

    // Users.
    erases_what_is_not_there {
        erase_user(s, user) {
            s.inner.erase_user(user).await?;
            Ok(true)
        }
    } caught by an_erased_user_is_gone;
    erases_the_next_user_too {
        erase_user(s, user) {
            for next in s.inner.list_users(Some(user), 1).await? {
                s.inner.erase_user(next).await?;
            }
            s.inner.erase_user(user).await
        }
    } caught by erasing_leaves_others_alone;
    revives_erased_users {
        commit_user(s, mut commit) {
            if s.record(commit.user).await.is_none() {
                commit.expected = None;
            }
            s.inner.commit_user(&commit).await
        }
    } caught by a_commit_on_an_erased_record_is_a_conflict;
    keeps_erased_users_out {
        erase_user(s, user) {
            s.notes().users.insert(user);
            s.inner.erase_user(user).await
        }
        commit_user(s, commit) {
            if s.notes().users.contains(&commit.user) {
                return Err(CommitError::Conflict);
            }
            s.inner.commit_user(&commit).await
        }
    } caught by an_erased_user_can_come_back;
    orders_users_by_signed_numbers {
        list_users(s, after, limit) {
            let signed = |user: &UserId| user.as_uuid().as_u128().cast_signed();
            let mut users = s.inner.list_users(None, u32::MAX).await?;
            users.sort_by_key(signed);
            users.retain(|user| after.is_none_or(|after| signed(user) > signed(&after)));
            users.truncate(limit.try_into().unwrap());
            Ok(users)
        }
    } caught by users_are_listed_by_id;
    lists_users_without_a_record {
        commit_user(s, commit) {
            s.notes().users.insert(commit.user);
            s.inner.commit_user(&commit).await
        }
        list_users(s, _, _) { Ok(s.notes().users.iter().copied().collect()) }
    } caught by users_with_a_record_are_listed;

    // Values.
    begins_in_1970 {
        commit_user(s, mut commit) {
            for solve in &mut commit.attempts {
                solve.recorded_at = solve.recorded_at.max(Timestamp::from_micros(0));
            }
            s.inner.commit_user(&commit).await
        }
    } caught by times_of_all_years_are_kept;
    cuts_seeds {
        commit_user(s, mut commit) {
            change_contest(&mut commit, |contest| {
                contest.selection.seed = Seed(contest.selection.seed.0 & (u64::MAX >> 11));
            });
            s.inner.commit_user(&commit).await
        }
    } caught by large_numbers_are_kept;
    cuts_titles {
        commit_publication(s, mut publication) {
            for stored in &mut publication.problems {
                let mut problem = Problem::clone(&stored.problem);
                problem.title = problem.title.chars().take(100).collect();
                stored.problem = problem.into();
            }
            s.inner.commit_publication(&publication).await
        }
    } caught by texts_of_all_scripts_are_kept;
    keeps_small_ordinals {
        commit_user(s, mut commit) {
            commit.record.seen = commit.record.seen.iter().filter(|n| *n < 1 << 24).collect();
            s.inner.commit_user(&commit).await
        }
    } caught by large_sets_are_kept;
    sorts_problems_of_contests {
        commit_user(s, mut commit) {
            change_contest(&mut commit, |contest| contest.problems.sort_by_key(|p| p.problem));
            s.inner.commit_user(&commit).await
        }
    } caught by a_contest_of_a_thousand_problems_is_kept;
    forgets_parts {
        commit_user(s, mut commit) {
            change_contest(&mut commit, |contest| contest.selection.parts.clear());
            s.inner.commit_user(&commit).await
        }
    } caught by contests_of_all_kinds_are_kept;
    cuts_extra_time {
        commit_user(s, mut commit) {
            change_contest(&mut commit, |contest| {
                if let Some(entry) = &mut contest.round {
                    entry.extra = Duration::from_secs(entry.extra.as_secs());
                }
            });
            s.inner.commit_user(&commit).await
        }
    } caught by contests_of_rounds_are_kept;
    forgets_attempts_of_contests {
        commit_user(s, mut commit) {
            change_contest(&mut commit, |contest| {
                for assigned in &mut contest.problems {
                    assigned.attempts.truncate(10);
                }
            });
            s.inner.commit_user(&commit).await
        }
    } caught by contests_of_rounds_are_kept;
    forgets_what_was_excluded {
        contest_request(s, user, contest) {
            let request = s.inner.contest_request(user, contest).await?;
            Ok(request.map(|request| request.with_excluded([])))
        }
    } caught by requests_are_kept;
    sorts_named_problems {
        contest_request(s, user, contest) {
            let request = s.inner.contest_request(user, contest).await?;
            Ok(request.map(|request| {
                let sorted: BTreeSet<_> = request.problems().iter().copied().collect();
                SelectionRequest::with_problems(sorted).unwrap_or(request)
            }))
        }
    } caught by requests_are_kept;
    forgets_unknown_members {
        commit_user(s, mut commit) {
            change_contest(&mut commit, |contest| contest.unknown = Unknown::default());
            s.inner.commit_user(&commit).await
        }
    } caught by unknown_members_are_kept;

    // Dropped calls.
    commits_in_two_steps {
        commit_user(s, commit) {
            let first = Commit { attempts: vec![], events: vec![], ..commit.clone() };
            s.inner.commit_user(&first).await?;
            pause().await;
            s.slip_in(Commit { contest: None, ..commit }).await;
            Ok(())
        }
    } caught by
        a_dropped_commit_is_whole_or_nothing,
        a_dropped_first_commit_is_whole_or_nothing,
        events_are_there_with_their_commit;
    publishes_in_two_steps {
        commit_publication(s, mut publication) {
            let half = publication.problems.len() / 2;
            let rest = publication.problems.split_off(half);
            s.inner.commit_publication(&publication).await?;
            pause().await;
            publication.expected = publication.revision;
            publication.problems = rest;
            s.inner.commit_publication(&publication).await
        }
    } caught by a_dropped_publication_is_whole_or_nothing;
    erases_in_two_steps {
        erase_user(s, user) {
            let Some(record) = s.record(user).await else { return Ok(false) };
            s.inner.erase_user(user).await?;
            let (attempts, events) = (vec![], vec![]);
            let commit = Commit {
                user, record, attempts, events, expected: None, revision: None, contest: None,
                prune_before: None,
                solved_changed: true, seen_changed: true,
            };
            s.inner.commit_user(&commit).await.unwrap();
            pause().await;
            s.inner.erase_user(user).await
        }
    } caught by a_dropped_erasure_is_whole_or_nothing;
    keeps_everything_in_memory {
        @forgets: true,
    } caught by
        acknowledged_data_survives_reopening,
        leases_survive_reopening,
        rounds_survive_reopening;

    // Events.
    forgets_the_last_event {
        commit_user(s, mut commit) {
            commit.events.pop();
            s.inner.commit_user(&commit).await
        }
    } caught by events_are_kept_with_their_commit;
    keeps_events_of_conflicts {
        commit_user(s, commit) {
            let answer = s.inner.commit_user(&commit).await;
            if answer.is_err() {
                s.slip_in(Commit { contest: None, attempts: vec![], ..commit }).await;
            }
            answer
        }
    } caught by refused_commits_append_no_event;
    includes_the_number {
        events_after(s, user, after, limit) {
            let before = EventNumber(after.0.saturating_sub(1));
            s.inner.events_after(user, before, limit).await
        }
    } caught by events_are_read_from_any_number_on;
    prunes_without_limit {
        prune_events(s, before, _) { s.inner.prune_events(before, u32::MAX).await }
    } caught by delivered_events_are_pruned;
    prunes_a_few {
        prune_events(s, before, limit) { s.inner.prune_events(before, limit.min(4)).await }
    } caught by pruning_reaches_all_users;
    numbers_anew_after_pruning {
        prune_events(s, before, limit) {
            let pruned = s.inner.prune_events(before, limit).await?;
            s.notes().count += pruned;
            Ok(pruned)
        }
        events_after(s, user, after, limit) {
            let mut events = s.inner.events_after(user, after, limit).await?;
            let pruned = s.notes().count;
            for event in &mut events {
                event.number.0 -= pruned;
            }
            Ok(events)
        }
    } caught by numbers_go_on_after_pruning;
    keeps_events_of_erased_users {
        erase_user(s, user) {
            let events = s.inner.events_after(user, EventNumber(0), 99).await?;
            s.notes().events.insert(user, events);
            s.inner.erase_user(user).await
        }
        events_after(s, user, after, limit) {
            let events = s.inner.events_after(user, after, limit).await?;
            Ok(s.notes().events.get(&user).cloned().unwrap_or(events))
        }
    } caught by erasing_removes_events;
    forgets_contests_of_events {
        commit_user(s, mut commit) {
            for event in &mut commit.events {
                if let EventKind::ProblemSolved { contest, .. } = &mut event.kind {
                    *contest = None;
                }
            }
            s.inner.commit_user(&commit).await
        }
    } caught by events_of_all_kinds_are_kept;

    // Leases.
    leases_nothing_at_limit_zero {
        lease_events(s, lease, limit) {
            let batch = s.inner.lease_events(lease, limit).await?;
            Ok(batch.filter(|_| limit > 0))
        }
    } caught by a_lease_gives_the_first_undelivered_events;
    leases_what_is_delivered {
        lease_events(s, lease, limit) {
            let batch = s.inner.lease_events(lease, limit).await?;
            let last = s.notes().batch.take();
            s.notes().batch.clone_from(&batch);
            Ok(batch.or(last))
        }
    } caught by only_undelivered_events_are_leased;
    lets_leases_run_out_early {
        lease_events(s, lease, limit) {
            let lease = Lease { now: later(lease.now), ..lease };
            s.inner.lease_events(lease, limit).await
        }
    } caught by a_lease_excludes_until_it_runs_out;
    forgets_who_holds {
        acknowledge_events(_, _, _, _) { Ok(false) }
    } caught by a_late_holder_acknowledges;
    acknowledges_for_anyone {
        lease_events(s, lease, limit) {
            let batch = s.inner.lease_events(lease, limit).await?;
            let user = batch.as_ref().map(|batch| (batch.user, lease.holder));
            s.notes().holders.extend(user);
            Ok(batch)
        }
        acknowledge_events(s, user, holder, through) {
            let holder = s.notes().holders.get(&user).copied().unwrap_or(holder);
            s.inner.acknowledge_events(user, holder, through).await
        }
    } caught by only_the_holder_ends_a_lease;
    moves_deliveries_back {
        acknowledge_events(s, user, holder, through) {
            s.notes().delivered.insert(user, through);
            s.inner.acknowledge_events(user, holder, through).await
        }
        lease_events(s, lease, limit) {
            let Some(mut batch) = s.inner.lease_events(lease, limit).await? else { return Ok(None) };
            let delivered = s.notes().delivered.get(&batch.user).copied().unwrap_or_default();
            batch.events = s.inner.events_after(batch.user, delivered, limit).await?;
            Ok(Some(batch))
        }
    } caught by delivered_events_stay_delivered;
    gives_back_at_once {
        give_back_events(s, user, holder, _) {
            s.inner.give_back_events(user, holder, Timestamp::from_micros(0)).await
        }
    } caught by a_lease_given_back_is_free_from_then_on;
    counts_no_attempts {
        lease_events(s, lease, limit) {
            let batch = s.inner.lease_events(lease, limit).await?;
            Ok(batch.map(|batch| EventBatch { attempt: 1, ..batch }))
        }
    } caught by attempts_are_counted_however_they_end;
    counts_every_attempt_there_was {
        lease_events(s, lease, limit) {
            let Some(batch) = s.inner.lease_events(lease, limit).await? else { return Ok(None) };
            s.notes().count += 1;
            let attempt = u32::try_from(s.notes().count).unwrap();
            Ok(Some(EventBatch { attempt, ..batch }))
        }
    } caught by attempts_begin_anew_with_the_next_event;
    acknowledges_everything {
        acknowledge_events(s, user, holder, _) {
            s.inner.acknowledge_events(user, holder, EventNumber(u64::MAX)).await
        }
    } caught by events_of_a_leased_user_come_next;
    looks_then_leases {
        lease_events(s, lease, limit) {
            let batch = s.inner.lease_events(lease, limit).await?;
            if batch.is_none() {
                return Ok(s.notes().batch.clone());
            }
            s.notes().batch.clone_from(&batch);
            pause().await;
            s.notes().batch = None;
            Ok(batch)
        }
    } caught by one_racing_lease_gets_a_user, racing_leases_get_different_users;
    leases_the_first_user {
        lease_events(s, lease, limit) {
            let mut batches = vec![];
            while let Some(batch) = s.inner.lease_events(lease, limit).await? {
                batches.push(batch);
            }
            batches.sort_by_key(|batch| batch.user);
            for batch in batches.iter().skip(1) {
                s.inner.give_back_events(batch.user, lease.holder, lease.now).await?;
            }
            Ok(batches.into_iter().next())
        }
    } caught by leases_are_fair;
    leases_one_user_at_a_time {
        lease_events(s, lease, limit) {
            if s.notes().held_until.is_some_and(|until| lease.now < until) {
                return Ok(None);
            }
            s.notes().held_until = Some(lease.until);
            s.inner.lease_events(lease, limit).await
        }
    } caught by a_leased_user_does_not_block_others;
    acknowledges_one_more {
        acknowledge_events(s, user, holder, through) {
            let more = EventNumber(through.0 + 1);
            s.inner.acknowledge_events(user, holder, more).await
        }
    } caught by every_event_is_delivered_in_order;
    holds_until_answered {
        lease_events(s, lease, limit) {
            let long = Lease { until: Timestamp::from_micros(i64::MAX), ..lease };
            let Some(batch) = s.inner.lease_events(long, limit).await? else { return Ok(None) };
            pause().await;
            s.inner.give_back_events(batch.user, lease.holder, lease.until).await?;
            Ok(Some(batch))
        }
    } caught by dropped_leases_run_out;
    acknowledges_one_by_one {
        acknowledge_events(s, user, holder, through) {
            if !s.inner.acknowledge_events(user, holder, EventNumber(1)).await? {
                return Ok(false);
            }
            pause().await;
            let now = Timestamp::from_micros(0);
            s.inner.lease_events(Lease { holder, now, until: now }, 9).await?;
            s.inner.acknowledge_events(user, holder, through).await
        }
    } caught by dropped_acknowledgements_are_whole_or_nothing;
}

/// The smallest key.
fn nil_key() -> AttemptKey {
    AttemptKey {
        at: Timestamp::MIN,
        problem: contest_core::ProblemId::from_uuid(Uuid::nil()),
        contest: None,
        submission: None,
    }
}

/// A page by its index in the list, as far as the earlier pages go.
fn skip<T>(store: &Broken, is_first: bool, all: Vec<T>, limit: u32) -> Vec<T> {
    let mut notes = store.notes();
    if is_first {
        notes.count = 0;
    }
    let all = all.into_iter().skip(notes.count.try_into().unwrap());
    let page: Vec<_> = all.take(limit.try_into().unwrap()).collect();
    notes.count += page.len() as u64;
    page
}
