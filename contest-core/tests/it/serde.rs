//! The JSON of stored values can be read back, and invalid JSON is refused.

use contest_core::prelude::*;
use contest_core::scoring::Scoring;
use contest_core::select::{Facts, Input, SelectionRecord, select};
use contest_core::store::{ContestSelector, UserRepository};
use contest_core::user::{
    AssignedProblem, AttemptRecord, ContestRecord, Ending, EndingKind, FORMAT, Idempotency, Mark,
    Unknown, UserRecord,
};

use crate::scene::Scene;
use crate::support::*;

fn asked() -> SelectionRequest {
    let graphs = Topic::new("Graphs").unwrap();
    SelectionRequest::new(count(7))
        .with_mix(Mix::new(1, 2, 3).unwrap())
        .with_topics([graphs])
        .with_excluded([Catalogue::neetcode150().problems()[0].id])
        .with_shortage_policy(ShortagePolicy::Strict)
        .with_seed(Seed(u64::MAX))
}

fn record() -> SelectionRecord {
    let (catalogue, request) = (Catalogue::neetcode150(), asked());
    let input = Input::new(&catalogue, &request, Seed(u64::MAX), START);
    select(&input, &Facts::default()).unwrap().record
}

fn contest() -> ContestRecord {
    let problem = ProblemId::from_slug(&Slug::new("two-sum").unwrap());
    let mark = Some(Mark {
        at: START,
        newly: true,
        judged: false,
    });
    let idempotency = Some(Idempotency {
        key: key("key"),
        digest: Catalogue::neetcode150().fingerprint(),
    });
    ContestRecord {
        problems: vec![AssignedProblem {
            problem,
            difficulty: Difficulty::Easy,
            points: Some(100.into()),
            mark,
            attempts: Vec::new(),
        }],
        format: FORMAT,
        id: ContestId::new(START, 1),
        started_at: START,
        deadline: START + HOUR,
        ending: Some(Ending {
            kind: EndingKind::Completed,
            at: START + HOUR,
        }),
        late_policy: LatePolicy::AcceptFor(MINUTE),
        epoch: 3,
        selection: record(),
        scoring: Scoring::default(),
        round: None,
        idempotency,
        unknown: Unknown::default(),
    }
}

#[test]
fn a_contest_record_survives_json() {
    let plain = ContestRecord {
        ending: None,
        idempotency: None,
        late_policy: LatePolicy::Reject,
        ..contest()
    };
    for contest in [contest(), plain] {
        let json = serde_json::to_string(&contest).unwrap();
        let read: ContestRecord = serde_json::from_str(&json).unwrap();
        assert_eq!(read, contest);
    }
}

/// Members of a later version are written back unchanged.
#[test]
fn members_that_are_not_known_are_kept() {
    let mut json = serde_json::to_value(contest()).unwrap();
    json["verdict"] = serde_json::json!({"by": "a later version", "of": [1, 2]});
    let read: ContestRecord = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), json);
    let mut json = serde_json::to_value(UserRecord::new()).unwrap();
    json["rank"] = serde_json::json!(7);
    let read: UserRecord = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), json);
}

/// All but the version and the two sets, which stores keep separately.
#[tokio::test]
async fn a_user_record_survives_json() {
    let scene = Scene::with(12).await;
    let [one, two, three] = scene.first();
    scene.record(ALICE, START, &[three]).await;
    let contest = scene.create(ALICE, START, &[one, two]).await;
    scene.mark(minute(1), &contest, one).await;
    let selector = ContestSelector::None;
    let snapshot = scene.store.load_user(ALICE, &selector).await.unwrap();
    let record = snapshot.record.unwrap();
    let json = serde_json::to_string(&record).unwrap();
    let mut read: UserRecord = serde_json::from_str(&json).unwrap();
    read.version = record.version;
    read.solved = record.solved.clone();
    read.seen = record.seen.clone();
    assert_eq!(read, record);
    for solve in crate::scene::log(&scene.store, ALICE).await {
        let json = serde_json::to_string(&solve).unwrap();
        assert_eq!(serde_json::from_str::<AttemptRecord>(&json).unwrap(), solve);
    }
}

/// The JSON of a selection record is stored in databases: it may grow, not change.
#[test]
fn the_json_of_a_selection_record_is_pinned() {
    let json = serde_json::to_value(record()).unwrap();
    let expected = serde_json::json!({
        "algorithm": 1,
        "seed": u64::MAX.to_string(),
        "catalogue": Catalogue::neetcode150().fingerprint().to_string(),
        "strategy": "uniform",
        "asked": 7,
        "quota": {"easy": 1, "medium": 2, "hard": 4},
        "taken": {"easy": 0, "medium": 6, "hard": 1},
    });
    assert_eq!(json, expected);
}

#[test]
fn values_that_break_a_rule_are_refused() {
    assert!(serde_json::from_str::<ProblemCount>("0").is_err());
    assert!(serde_json::from_str::<ContestDuration>("0").is_err());
    assert!(serde_json::from_str::<PageLimit>("1001").is_err());
    assert!(serde_json::from_str::<Mix>(r#"{"easy": 0, "medium": 0, "hard": 0}"#).is_err());
    assert!(serde_json::from_str::<Rating>("10001").is_err());
    assert!(serde_json::from_str::<Slug>(r#""Two Sum""#).is_err());
    assert!(serde_json::from_str::<Topic>(r#"" ""#).is_err());
    assert!(serde_json::from_str::<IdempotencyKey>(r#""""#).is_err());
}

/// A record without members for rules and strategies reads as a request without them.
#[test]
fn the_json_of_a_request_has_only_the_members_used() {
    let plain = SelectionRequest::new(count(5));
    let json = serde_json::to_value(&plain).unwrap();
    let names: Vec<_> = json.as_object().unwrap().keys().cloned().collect();
    let old = [
        "count",
        "excluded",
        "mix",
        "seed",
        "shortage_policy",
        "topics",
    ];
    assert_eq!(names, old);
    let read: SelectionRequest = serde_json::from_value(json).unwrap();
    assert_eq!(read, plain);
}

#[test]
fn a_request_with_everything_survives_json() {
    let topic = |name| Topic::new(name).unwrap();
    let rules = Eligibility::default()
        .with_solved(SolvedRule::ExcludeWithin(HOUR))
        .excluding_attempted()
        .with_group([user(1), user(2)]);
    let plain = SelectionRequest::new(count(3))
        .with_eligibility(rules)
        .with_excluded_topics([topic("Graphs")]);
    let custom = Strategy::Custom(StrategyName::new("mine").unwrap());
    let part = |n, strategy| Part::new(count(n)).with_strategy(strategy);
    let parts = vec![
        part(1, Strategy::TopicBalanced),
        part(1, Strategy::LeastUsed),
        part(1, custom),
    ];
    let slot = Slot::of_difficulty(Difficulty::Easy..=Difficulty::Hard)
        .with_topics([topic("Trees")])
        .with_points(250);
    for request in [
        plain.clone().with_topic_cap(std::num::NonZeroU16::MIN),
        plain.clone().with_parts(parts).unwrap(),
        plain.with_slots(vec![slot; 3]).unwrap(),
        SelectionRequest::with_problems(ids(&numbered(3)).into_iter().rev()).unwrap(),
    ] {
        let json = serde_json::to_string(&request).unwrap();
        let read: SelectionRequest = serde_json::from_str(&json).unwrap();
        assert_eq!(read, request, "{json}");
    }
}
