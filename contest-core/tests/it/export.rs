//! A user's data moves to another store as one value.

use std::sync::Arc;

use contest_core::conformance::{Fault, Faults};
use contest_core::prelude::*;
use contest_core::rules::Replay;
use contest_core::select::SequentialSeeds;
use contest_core::store::{
    ContestSelector, HistoryRepository, Intercepted, Store, StoreCall, UserRepository,
};
use contest_core::time::ManualClock;
use contest_core::user::{Exported, UserRecord};
use serde_json::{Value, json};

use crate::random_calls::{Chance, step};
use crate::scene::{Scene, log};
use crate::support::*;

/// The user of the other store.
const BOB: UserId = user(0xb0b);

/// The data a user sees, without ids of the user.
#[derive(Debug, PartialEq)]
struct Sight {
    progress: Progress,
    contests: Vec<Value>,
    log: Vec<Value>,
    active: Option<ContestId>,
    replays: Vec<Replay>,
    results: Value,
}

async fn sight(engine: &Engine, user: UserId) -> Sight {
    let limit = PageLimit::new(100).unwrap();
    let (mut contests, mut replays, mut after) = (Vec::new(), Vec::new(), None);
    loop {
        let page = engine.contests(user, after, limit).await.unwrap();
        for contest in page.items {
            replays.push(engine.replay(user, contest.id).await.unwrap());
            let mut contest = serde_json::to_value(contest).unwrap();
            contest["user_id"] = Value::Null;
            contests.push(contest);
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let solves = engine
        .attempt_history(user, None, limit)
        .await
        .unwrap()
        .items;
    let results = engine.contest_results(user, None, limit).await.unwrap();
    let active = engine.active_contest(user).await.unwrap();
    Sight {
        progress: engine.progress(user).await.unwrap(),
        contests,
        log: solves
            .iter()
            .map(|of| serde_json::to_value(of).unwrap())
            .collect(),
        active: active.map(|contest| contest.id),
        replays,
        results: serde_json::to_value(results).unwrap(),
    }
}

/// A store with a catalogue whose ordinals differ, and an engine at this time.
async fn elsewhere(catalogue: &Catalogue, now: Timestamp) -> (MemoryStore, Engine) {
    let later = catalogue
        .problems()
        .iter()
        .skip(catalogue.problems().len() / 2);
    let later = Catalogue::new(later.map(|problem| Problem::clone(problem))).unwrap();
    let store = MemoryStore::with_catalogue(later).with_outbox();
    let engine = over(store.clone(), now).await;
    engine.publish_catalogue(catalogue).await.unwrap();
    (store, engine)
}

async fn over(store: impl Store + 'static, now: Timestamp) -> Engine {
    let builder = Engine::builder(store)
        .clock(Arc::new(ManualClock::new(now)))
        .seeds(SequentialSeeds::new(1 << 40))
        .resume_policy(ResumePolicy::BeforeDeadline);
    builder.build().await.unwrap()
}

/// Through JSON, as a host would send it.
async fn export(engine: &Engine, user: UserId) -> Option<Exported> {
    let exported = engine.export_user(user).await.unwrap()?;
    let json = serde_json::to_string(&exported).unwrap();
    let read = serde_json::from_str(&json).unwrap();
    assert_eq!(read, exported);
    Some(read)
}

async fn record(store: &MemoryStore, user: UserId) -> Option<UserRecord> {
    let snapshot = store.load_user(user, &ContestSelector::None).await;
    snapshot.unwrap().record
}

/// After every step of random walks, the user's data is the same in another store after an import.
#[tokio::test]
async fn i8_a_user_is_the_same_in_another_store_after_every_random_step() {
    for seed in 0..16 {
        println!("seed {seed}");
        let chance = Chance(SequentialSeeds::new(seed * 1_000_000));
        let scene = Scene::graceful(18).await;
        let mut now = START;
        for number in 0..100 {
            now = now + MINUTE / 2 * u32::try_from(chance.below(20)).unwrap();
            let _refused = step(&scene, &chance, ALICE, now).await;
            let here = scene.at(now);
            let catalogue = here.reload_catalogue().await.unwrap();
            let (store, there) = elsewhere(&catalogue, now).await;
            let Some(exported) = export(here, ALICE).await else {
                continue;
            };
            there.import_user(BOB, &exported).await.unwrap();
            let (expected, seen) = (sight(here, ALICE).await, sight(&there, BOB).await);
            assert_eq!(seen, expected, "seed {seed}, step {number}");
            assert_eq!(
                there.verify_user(BOB).await.unwrap(),
                [],
                "seed {seed}, step {number}"
            );
            assert_eq!(log(&store, BOB).await, log(&scene.store, ALICE).await);
            assert_eq!(
                export(&there, BOB).await.unwrap(),
                exported,
                "seed {seed}, step {number}"
            );
        }
    }
}

/// A user with a completed, an abandoned and an active contest, the last one with a mark; with a reset
/// and an undone mark before, and `solves` solves outside contests.
async fn rich(solves: usize) -> (Scene, Contest) {
    let scene = Scene::with(12).await;
    let [a, b, c, d] = scene.first();
    let first = scene.create(ALICE, START, &[a, b]).await;
    scene.mark(minute(1), &first, a).await;
    scene.complete(minute(2), &first).await;
    scene.at(minute(3)).reset_progress(ALICE).await.unwrap();
    let second = scene.create(ALICE, minute(4), &[b]).await;
    scene.abandon(minute(5), &second).await;
    let times = (0..solves).map(|n| before(START) - MINUTE * u32::try_from(n).unwrap());
    let solves: Vec<_> = times.map(|at| NewSolve::new(a, at)).collect();
    scene
        .at(minute(6))
        .record_solves(ALICE, &solves)
        .await
        .unwrap();
    let keyed = scene.request(&[b, c, d]).with_idempotency_key(key("k"));
    let third = scene.create_as(ALICE, minute(7), &keyed).await;
    scene.mark(minute(8), &third, b).await;
    scene.mark(minute(8), &third, c).await;
    scene.unmark(minute(9), &third, c).await;
    (scene, third)
}

/// A catalogue first published without ids gets the host's own in another store.
#[tokio::test]
async fn a_user_moves_to_a_catalogue_with_other_ids() {
    let (scene, contest) = rich(3).await;
    let own = |id: ProblemId| ProblemId::from_uuid(uuid::Uuid::from_u128(!id.as_uuid().as_u128()));
    let with_own_ids = changed(&scene.catalogue, |problem| {
        let id = own(problem.id);
        problem.with_id(id)
    });
    let now = minute(10);
    let here = scene.at(now);
    let (_, there) = elsewhere(&with_own_ids, now).await;
    let exported = export(here, ALICE).await.unwrap().with_problem_ids(own);
    there.import_user(BOB, &exported).await.unwrap();
    let (expected, seen) = (sight(here, ALICE).await, sight(&there, BOB).await);
    assert_eq!(seen.progress, expected.progress);
    assert_eq!(seen.active, Some(contest.id));
    let renamed = |values: Vec<Value>| {
        let mut text = serde_json::to_string(&values).unwrap();
        for problem in scene.catalogue.problems() {
            text = text.replace(&problem.id.to_string(), &own(problem.id).to_string());
        }
        serde_json::from_str::<Vec<Value>>(&text).unwrap()
    };
    assert_eq!(seen.contests, renamed(expected.contests));
    // Entries of one instant are ordered by problem.
    let sorted = |mut log: Vec<Value>| {
        log.sort_by_key(Value::to_string);
        log
    };
    assert_eq!(sorted(seen.log), sorted(renamed(expected.log)));
    assert_eq!(there.verify_user(BOB).await.unwrap(), []);
    let moved = serde_json::to_string(&export(&there, BOB).await.unwrap()).unwrap();
    let left = |problem: &&Arc<Problem>| moved.contains(&problem.id.to_string());
    assert_eq!(scene.catalogue.problems().iter().find(left), None);
    let [_, _, c, _] = scene.first();
    there.mark_solved(BOB, contest.id, own(c)).await.unwrap();
}

#[tokio::test]
async fn an_active_contest_goes_on_in_another_store() {
    let (scene, contest) = rich(3).await;
    let exported = export(scene.at(minute(10)), ALICE).await.unwrap();
    let (_, there) = elsewhere(&scene.catalogue, minute(10)).await;
    there.import_user(BOB, &exported).await.unwrap();
    let keyed = scene
        .request(&scene.first::<4>()[1..])
        .with_idempotency_key(key("k"));
    let repeated = there.create_contest(BOB, &keyed).await.unwrap();
    assert_eq!((repeated.repeated, repeated.contest.id), (true, contest.id));
    let solved = there.progress(BOB).await.unwrap().overall().solved;
    there
        .mark_solved(BOB, contest.id, scene.problems[3])
        .await
        .unwrap();
    there.complete_contest(BOB, contest.id).await.unwrap();
    assert_eq!(
        there.progress(BOB).await.unwrap().overall().solved,
        solved + 1
    );
    let next = there
        .create_contest(BOB, &request(1))
        .await
        .unwrap()
        .contest;
    assert!(next.id > contest.id);
    assert_eq!(there.verify_user(BOB).await.unwrap(), []);
}

/// Wherever an import stops, nothing else changes the user, and the same import continues.
#[tokio::test]
async fn an_import_that_stops_anywhere_is_taken_up_again() {
    // One for each of three contests, with parts of the log.
    const COMMITS: u64 = 3;
    let (scene, _) = rich(1_200).await;
    let now = minute(10);
    let exported = export(scene.at(now), ALICE).await.unwrap();
    let expected = sight(scene.at(now), ALICE).await;
    let faults = [Fault::Refuse, Fault::LoseAnswer];
    for (at, fault) in (0..COMMITS).flat_map(|at| faults.clone().map(|fault| (at, fault))) {
        let (store, there) = elsewhere(&scene.catalogue, now).await;
        let script = Faults::default();
        let broken = over(Intercepted::new(store, script.clone()), now).await;
        script.on_nth(StoreCall::CommitUser, at, fault.clone());
        let outcome = broken.import_user(BOB, &exported).await;
        let refuses = matches!(fault, Fault::Refuse);
        assert_eq!(outcome.is_err(), refuses, "{at}: {fault:?}");
        if outcome.is_err() && at > 0 {
            check_unfinished(&scene, &there, &exported).await;
        }
        there.import_user(BOB, &exported).await.unwrap();
        assert_eq!(sight(&there, BOB).await, expected, "{at}: {fault:?}");
        assert_eq!(there.verify_user(BOB).await.unwrap(), []);
    }
}

/// Only the import can change the user, and reads show little.
async fn check_unfinished(scene: &Scene, there: &Engine, exported: &Exported) {
    let unfinished = Refusal::ImportUnfinished;
    let created = there.create_contest(BOB, &request(1)).await;
    assert_eq!(refusal(created), unfinished);
    let recorded = there.record_solve(BOB, scene.problems[0]).await;
    assert_eq!(refusal(recorded), unfinished);
    assert_eq!(refusal(there.reset_progress(BOB).await), unfinished);
    assert_eq!(refusal(there.rebuild_user(BOB).await), unfinished);
    assert_eq!(refusal(there.export_user(BOB).await), unfinished);
    assert_eq!(there.progress(BOB).await.unwrap().overall().solved, 0);
    assert_eq!(there.active_contest(BOB).await.unwrap(), None);
    let mut other = serde_json::to_value(exported).unwrap();
    other["last_commit_at"] = Value::Null;
    let other = serde_json::from_value(other).unwrap();
    let refused = there.import_user(BOB, &other).await;
    assert_eq!(refusal(refused), Refusal::UserHasData);
}

/// Two processes that import the same value concurrently do it once.
#[tokio::test]
async fn imports_of_one_value_race_to_one_result() {
    let (scene, _) = rich(1_200).await;
    let now = minute(10);
    let exported = Arc::new(export(scene.at(now), ALICE).await.unwrap());
    let (store, there) = elsewhere(&scene.catalogue, now).await;
    race(4, |seed| {
        let (store, exported) = (store.clone(), Arc::clone(&exported));
        async move {
            let seed = 1 + u64::try_from(seed).unwrap() * 1_000_000;
            let engine = process(store, Arc::new(ManualClock::new(now)), seed).await;
            engine.import_user(BOB, &exported).await.unwrap();
        }
    })
    .await;
    assert_eq!(sight(&there, BOB).await, sight(scene.at(now), ALICE).await);
    assert_eq!(there.verify_user(BOB).await.unwrap(), []);
}

#[tokio::test]
async fn importing_again_is_a_success_that_changes_nothing() {
    let (scene, contest) = rich(3).await;
    let now = minute(10);
    let exported = export(scene.at(now), ALICE).await.unwrap();
    let (store, there) = elsewhere(&scene.catalogue, now).await;
    there.import_user(BOB, &exported).await.unwrap();
    there.complete_contest(BOB, contest.id).await.unwrap();
    let before = record(&store, BOB).await;
    there.import_user(BOB, &exported).await.unwrap();
    assert_eq!(record(&store, BOB).await, before);
}

/// A change of an export that must not be imported, and its error.
type Spoilt = (&'static str, fn(&mut Value));

const SPOILT: [Spoilt; 6] = [
    ("format 2", |json| json["format"] = json!(2)),
    ("ascend by id", |json| reverse(&mut json["contests"])),
    ("ascend by time", |json| reverse(&mut json["attempts"])),
    ("idempotency key", |json| {
        json["contests"][0]["idempotency"] = json["contests"][2]["idempotency"].clone();
    }),
    ("twice", |json| {
        let problems = json["contests"][0]["problems"].as_array_mut().unwrap();
        problems.push(problems[0].clone());
    }),
    ("has ended", |json| {
        json["open_contest_id"] = json["contests"][0]["id"].clone();
    }),
];

fn reverse(list: &mut Value) {
    list.as_array_mut().unwrap().reverse();
}

#[tokio::test]
async fn an_export_that_contradicts_itself_or_is_newer_is_refused_and_changes_nothing() {
    let (scene, contest) = rich(3).await;
    let exported = export(scene.at(minute(10)), ALICE).await.unwrap();
    let json = serde_json::to_value(&exported).unwrap();
    let (store, there) = elsewhere(&scene.catalogue, minute(10)).await;
    let refused = async |json: Value| {
        let exported: Exported = serde_json::from_value(json).unwrap();
        let refusal = refusal(there.import_user(BOB, &exported).await);
        assert_eq!(record(&store, BOB).await, None);
        refusal
    };
    for (reason, spoil) in SPOILT {
        let mut json = json.clone();
        spoil(&mut json);
        let refusal = refused(json).await;
        assert_eq!(refusal.code(), "invalid_export");
        assert!(refusal.to_string().contains(reason), "{refusal}");
    }
    // The problem is in no catalogue.
    let stranger = ProblemId::from_uuid(contest.id.as_uuid());
    let mut json = json.clone();
    json["attempts"][0]["problem_id"] = json!(stranger);
    let problems = vec![stranger];
    assert_eq!(refused(json).await, Refusal::UnknownProblems { problems });
}

#[tokio::test]
async fn a_user_with_data_is_left_alone() {
    let (scene, _) = rich(3).await;
    let exported = export(scene.at(minute(10)), ALICE).await.unwrap();
    let (store, there) = elsewhere(&scene.catalogue, minute(10)).await;
    assert_eq!(export(&there, BOB).await, None);
    there.reset_progress(BOB).await.unwrap();
    let before = record(&store, BOB).await;
    let refused = there.import_user(BOB, &exported).await;
    assert_eq!(refusal(refused), Refusal::UserHasData);
    assert_eq!(record(&store, BOB).await, before);
    there.erase_user(BOB).await.unwrap();
    there.import_user(BOB, &exported).await.unwrap();
    assert_eq!(there.verify_user(BOB).await.unwrap(), []);
}

/// Members of a later version, and the request with its group, are preserved. No event is recorded.
#[tokio::test]
async fn an_export_carries_requests_and_members_it_does_not_know() {
    let (scene, contest) = rich(0).await;
    let [.., last] = scene.first::<12>();
    scene.complete(minute(10), &contest).await;
    let group = Eligibility::default().with_group([BOB]);
    let asked = scene.request(&[last]).with_eligibility(group);
    let asked = scene.create_as(ALICE, minute(11), &asked).await;
    let exported = export(scene.at(minute(12)), ALICE).await.unwrap();
    let mut json = serde_json::to_value(&exported).unwrap();
    json["rank"] = json!(7);
    json["contests"][0]["verdict"] = json!({"by": "a later version"});
    let later: Exported = serde_json::from_value(json.clone()).unwrap();
    let (store, there) = elsewhere(&scene.catalogue, minute(12)).await;
    there.import_user(BOB, &later).await.unwrap();
    let again = there.export_user(BOB).await.unwrap().unwrap();
    assert_eq!(serde_json::to_value(again).unwrap(), json);
    let request = store.contest_request(BOB, asked.id).await.unwrap();
    assert_eq!(
        request,
        scene.store.contest_request(ALICE, asked.id).await.unwrap()
    );
    assert_eq!(record(&store, BOB).await.unwrap().last_event.0, 0);
}

/// The JSON of an export is a contract: it may grow, not change.
#[tokio::test]
async fn the_json_of_an_export_is_pinned() {
    let scene = Scene::with(3).await;
    let [problem, other] = scene.first();
    let contest = scene.create(ALICE, START, &[problem]).await;
    scene.mark(minute(1), &contest, problem).await;
    scene.complete(minute(2), &contest).await;
    scene.record(ALICE, minute(3), &[other]).await;
    let exported = scene.at(minute(3)).export_user(ALICE).await.unwrap();
    let selection = &contest.selection;
    let (start, mark) = (START.to_string(), minute(1).to_string());
    let expected = json!({
        "format": 1, "epoch": {"number": 0, "began_at": null},
        "last_commit_at": minute(2).to_string(),
        "last_contest_id": contest.id, "open_contest_id": null,
        "contests": [{
            "id": contest.id, "started_at": start, "deadline": minute(60).to_string(),
            "ending": {"kind": "completed", "at": minute(2).to_string()},
            "late_policy": "reject", "epoch": 0,
            "problems": [{
                "problem_id": problem, "difficulty": "Easy", "mark": {"at": mark, "newly": true},
            }],
            "selection": selection, "scoring": {"version": 1, "method": "ticks"},
            "request": {
                "count": 1, "mix": {"easy": 30, "medium": 40, "hard": 30}, "topics": [],
                "excluded": scene.request(&[problem]).selection().excluded(),
                "shortage_policy": "strict", "seed": null,
            },
        }],
        "attempts": [
            {
                "at": mark, "problem_id": problem, "contest_id": contest.id, "submission_id": null,
                "verdict": "accepted", "score": null, "epoch": 0, "recorded_at": mark,
                "undone_at": null,
            },
            {
                "at": minute(3).to_string(), "problem_id": other, "contest_id": null,
                "submission_id": null, "verdict": "accepted", "score": null, "epoch": 0,
                "recorded_at": minute(3).to_string(), "undone_at": null,
            },
        ],
    });
    assert_eq!(serde_json::to_value(exported).unwrap(), expected);
}
