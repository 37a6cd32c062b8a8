//! Pages of history, each with the version of its instant.

use contest_core::scoring::Verdict;
use contest_core::store::{
    AttemptPage, ContestPage, ContestWrite, HistoryPage, HistoryRepository as _, TimeOrder,
    UserRepository as _,
};
use contest_core::time::Timestamp;
use contest_core::user::{AttemptRecord, ContestRecord};
use contest_sqlx::postgres::PgStore;

use super::fixture::{at, attempt, commit, contest, record, request, solve, store, user};

/// Commits these solves. Returns the version.
async fn keep(store: &PgStore, solves: Vec<AttemptRecord>) -> contest_core::id::Version {
    let mut keep = commit(user(1), None, record(None));
    keep.attempts = solves;
    store.commit_user(&keep).await.unwrap();
    keep.record.version
}

#[tokio::test]
async fn pages_of_solves_follow_the_whole_key_in_both_orders() {
    let store = store().await;
    let of = contest(0, None).id;
    // Many at one time, some of them of one problem. Submissions are in the order of their bytes.
    let mut solves: Vec<_> = (0..10).map(|n| solve(5, n, None)).collect();
    solves.push(solve(5, 4, Some(of)));
    for submission in ["a", "B", "_1", "10", "9", "~"] {
        solves.push(attempt(5, 4, submission, Verdict::Accepted));
    }
    solves.extend([solve(4, 3, None), solve(6, 1, Some(of))]);
    let version = Some(keep(&store, solves.clone()).await);
    solves.sort_by_key(AttemptRecord::key);
    for order in [TimeOrder::OldestFirst, TimeOrder::LatestFirst] {
        if order == TimeOrder::LatestFirst {
            solves.reverse();
        }
        for limit in [1, 2, 5, 100] {
            let (mut after, mut all) = (None, Vec::new());
            loop {
                let page = AttemptPage {
                    order,
                    after: after.clone(),
                    limit,
                };
                let page = store.list_attempts(user(1), page).await.unwrap();
                assert_eq!(page.version, version);
                after = page.items.last().map(AttemptRecord::key).or(after);
                if page.items.is_empty() {
                    break;
                }
                assert!(page.items.len() <= limit as usize);
                all.extend(page.items);
            }
            assert_eq!(all, solves);
        }
        let none = AttemptPage {
            order,
            after: None,
            limit: 0,
        };
        let page = store.list_attempts(user(1), none.clone()).await.unwrap();
        assert_eq!((page.version, page.items), (version, Vec::new()));
        let page = store.list_attempts(user(2), none).await.unwrap();
        assert_eq!((page.version, page.items), (None, Vec::new()));
    }
}

#[tokio::test]
async fn times_of_the_years_1_to_9999_come_back_exactly() {
    let store = store().await;
    let times = [
        "0001-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999999Z",
        "9999-12-30T21:59:59.999999Z",
    ];
    let mut solves = Vec::new();
    for (time, number) in times.into_iter().zip(0..) {
        let at: Timestamp = time.parse().unwrap();
        let undone_at = Some(at);
        solves.push(AttemptRecord {
            at,
            recorded_at: at,
            undone_at,
            ..solve(0, number, None)
        });
    }
    keep(&store, solves.clone()).await;
    let page = AttemptPage {
        order: TimeOrder::OldestFirst,
        after: None,
        limit: 9,
    };
    let page = store.list_attempts(user(1), page).await.unwrap();
    assert_eq!(page.items, solves);
}

#[tokio::test]
async fn verdicts_and_scores_come_back_and_are_written_over() {
    let store = store().await;
    let verdicts = [
        Verdict::Pending,
        Verdict::Accepted,
        Verdict::Rejected,
        Verdict::CompileError,
        Verdict::NotCounted,
    ];
    let entries = verdicts.into_iter().zip(0..);
    let mut attempts: Vec<_> = entries
        .map(|(verdict, place)| attempt(place, 1, "s", verdict))
        .collect();
    attempts[1].score = None;
    let version = keep(&store, attempts.clone()).await;
    let page = AttemptPage {
        order: TimeOrder::OldestFirst,
        after: None,
        limit: 9,
    };
    let found = store.list_attempts(user(1), page.clone()).await.unwrap();
    assert_eq!(found.items, attempts);
    for attempt in &mut attempts {
        attempt.verdict = Verdict::NotCounted;
        attempt.score = None;
    }
    let mut again = commit(user(1), Some(version), record(None));
    again.attempts.clone_from(&attempts);
    store.commit_user(&again).await.unwrap();
    let found = store.list_attempts(user(1), page).await.unwrap();
    assert_eq!(found.items, attempts);
}

#[tokio::test]
async fn solves_are_counted_by_problem_between_bounds() {
    let store = store().await;
    let verdicts = [
        Verdict::Pending,
        Verdict::Rejected,
        Verdict::CompileError,
        Verdict::NotCounted,
    ];
    let judged = verdicts.into_iter().zip(10..);
    let judged = judged.map(|(verdict, problem)| attempt(12, problem, "no", verdict));
    let mut undone = solve(25, 9, None);
    undone.undone_at = Some(at(26));
    let of = contest(0, None).id;
    let solves = [
        solve(9, 1, None),
        solve(10, 1, None),
        attempt(11, 1, "yes", Verdict::Accepted),
        solve(15, 1, Some(of)),
        solve(19, 2, None),
        solve(20, 2, None),
        undone,
        solve(30, 3, None),
    ];
    let version = keep(&store, solves.into_iter().chain(judged).collect()).await;
    let count = async |user_number, bounds: &[i64]| {
        let bounds: Vec<_> = bounds.iter().copied().map(at).collect();
        store
            .count_solves(user(user_number), &bounds)
            .await
            .unwrap()
    };
    let page = |items: &[u64]| HistoryPage {
        version: Some(version),
        items: items.to_vec(),
    };
    assert_eq!(count(1, &[10, 20, 30]).await, page(&[2, 1]));
    assert_eq!(count(1, &[0, 100]).await, page(&[3]));
    assert_eq!(count(1, &[100, 200, 300]).await, page(&[0, 0]));
    assert_eq!(count(1, &[10]).await, page(&[]));
    assert_eq!(count(1, &[]).await, page(&[]));
    let nobody = HistoryPage {
        version: None,
        items: vec![0],
    };
    assert_eq!(count(2, &[0, 100]).await, nobody);
    let all = [
        Timestamp::from_micros(i64::MIN),
        Timestamp::from_micros(i64::MAX),
    ];
    assert_eq!(store.count_solves(user(1), &all).await.unwrap(), page(&[3]));
}

#[tokio::test]
async fn contests_are_listed_latest_first() {
    let store = store().await;
    let (mut version, mut contests) = (None, Vec::<ContestRecord>::new());
    for number in 0..7 {
        let contest = contest(number, None);
        let mut keep = commit(user(1), version, record(Some(&contest)));
        version = Some(keep.record.version);
        contests.insert(0, contest.clone());
        keep.contest = Some(ContestWrite::Insert {
            contest,
            request: Box::new(request(0)),
        });
        store.commit_user(&keep).await.unwrap();
    }
    for limit in [1, 3, 7, 100] {
        let (mut before, mut all) = (None, Vec::new());
        loop {
            let page = ContestPage { before, limit };
            let page = store.list_contests(user(1), page).await.unwrap();
            assert_eq!(page.version(), version);
            if page.items.is_empty() {
                break;
            }
            before = page.items.last().map(|contest| contest.id);
            all.extend(page.items);
        }
        assert_eq!(all, contests);
    }
    let nil = contest_core::id::ContestId::from_uuid(uuid::Uuid::nil());
    let page = ContestPage {
        before: Some(nil),
        limit: 5,
    };
    let page = store.list_contests(user(1), page).await.unwrap();
    assert_eq!((page.version(), page.items.len()), (version, 0));
    let request = store.contest_request(user(2), contests[0].id).await;
    assert_eq!(request.unwrap(), None);
}
