//! What stores keep as JSON survives the trip, and what breaks a rule does not get in.

use contest_core::model::{AssignedProblem, ContestRecord, Ending, EndingKind};
use contest_core::prelude::*;
use contest_core::select::{SelectionRecord, select};

use crate::support::{HOUR, START, count, user};

fn record() -> SelectionRecord {
    let catalogue = Catalogue::neetcode150();
    let graphs = Topic::new("Graphs").unwrap();
    let request = SelectionRequest::new(count(7))
        .with_mix(Mix::new(1, 2, 3).unwrap())
        .with_topics([graphs])
        .with_excluded([catalogue.problems()[0].id])
        .with_shortage_policy(ShortagePolicy::Strict)
        .with_seed(Seed(u64::MAX));
    select(&catalogue, &request, Seed(u64::MAX), |_| false)
        .unwrap()
        .record
}

#[test]
fn a_contest_record_survives_json() {
    let problem = ProblemId::from_slug(&Slug::new("two-sum").unwrap());
    let contest = ContestRecord {
        id: ContestId::new(START, 1),
        user: user(1),
        started_at: START,
        deadline: START + HOUR,
        ending: Some(Ending {
            kind: EndingKind::Expired,
            at: START + HOUR,
        }),
        problems: vec![AssignedProblem {
            problem,
            completed_at: Some(START),
        }],
        selection: record(),
    };
    let json = serde_json::to_string(&contest).unwrap();
    assert_eq!(
        serde_json::from_str::<ContestRecord>(&json).unwrap(),
        contest
    );
}

/// The JSON of a selection record is what databases hold: it may grow, not change.
#[test]
fn the_json_of_a_selection_record_is_pinned() {
    let json = serde_json::to_value(record()).unwrap();
    let expected = serde_json::json!({
        "algorithm": 1,
        "seed": u64::MAX,
        "catalogue": Catalogue::neetcode150().fingerprint().to_string(),
        "request": {
            "count": 7,
            "mix": {"easy": 1, "medium": 2, "hard": 3},
            "topics": ["Graphs"],
            "excluded": [Catalogue::neetcode150().problems()[0].id.to_string()],
            "shortage_policy": "strict",
            "seed": u64::MAX,
        },
        "quota": {"easy": 1, "medium": 2, "hard": 4},
        "taken": {"easy": 0, "medium": 6, "hard": 1},
    });
    assert_eq!(json, expected);
}

#[test]
fn values_that_break_a_rule_are_refused() {
    assert!(serde_json::from_str::<ProblemCount>("0").is_err());
    assert!(serde_json::from_str::<ContestDuration>("0").is_err());
    assert!(serde_json::from_str::<PageLimit>("101").is_err());
    assert!(serde_json::from_str::<Mix>(r#"{"easy": 0, "medium": 0, "hard": 0}"#).is_err());
    assert!(serde_json::from_str::<Slug>(r#""Two Sum""#).is_err());
    assert!(serde_json::from_str::<Topic>(r#"" ""#).is_err());
    assert!(serde_json::from_str::<IdempotencyKey>(r#""""#).is_err());
}
