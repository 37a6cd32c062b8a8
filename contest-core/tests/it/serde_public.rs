//! The JSON of public values is a contract: one of each, written by hand.

use std::fmt::Debug;
use std::time::Duration;

use contest_core::calendar::{Day, TimeZone};
use contest_core::engine::PaceWindow;
use contest_core::model::{EndingKind, Epoch, Event, EventKind, EventNumber, Rating, SubmissionId};
use contest_core::prelude::*;
use contest_core::progress::{ActivityWindow, Discrepancy, ProblemTiming};
use contest_core::rules::Difference;
use contest_core::scoring::{Score, Verdict};
use contest_core::select::{Part, RatingBand, ReviewOptions, Slot, Strategy};
use contest_core::user::{AttemptKey, AttemptRecord};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::support::*;

const NOON: &str = "2026-01-31T12:00:00Z";
const CONTEST: &str = "0190d3f4-7a00-7000-8000-000000000001";
const PROBLEM: &str = "0190d3f4-7a00-7000-8000-000000000002";
const USER: &str = "0190d3f4-7a00-7000-8000-000000000003";

fn alice() -> UserId {
    USER.parse().unwrap()
}

fn noon() -> Timestamp {
    NOON.parse().unwrap()
}

fn contest_id() -> ContestId {
    CONTEST.parse().unwrap()
}

fn problem_id() -> ProblemId {
    PROBLEM.parse().unwrap()
}

#[expect(clippy::needless_pass_by_value, reason = "calls read better")]
fn writes(value: &impl Serialize, expected: Value) {
    assert_eq!(serde_json::to_value(value).unwrap(), expected);
}

/// Writes this and reads it back, also with an extra member.
fn both<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, expected: Value) {
    writes(value, expected.clone());
    let mut more = expected.clone();
    if let Some(members) = more.as_object_mut()
        && members.len() > 1
    {
        members.insert("of_a_later_version".to_owned(), json!([1]));
    }
    for json in [expected, more] {
        let read: T =
            serde_json::from_value(json.clone()).unwrap_or_else(|e| panic!("{json}: {e}"));
        assert_eq!(&read, value, "{json}");
    }
}

#[test]
fn values_are_texts_and_numbers() {
    both(&noon(), json!(NOON));
    both(
        &(noon() + Duration::from_micros(1)),
        json!("2026-01-31T12:00:00.000001Z"),
    );
    let elsewhere: Timestamp = serde_json::from_value(json!("2026-01-31T13:00:00+01:00")).unwrap();
    assert_eq!(elsewhere, noon());
    assert!(serde_json::from_value::<Timestamp>(json!(0)).is_err());
    assert!(serde_json::to_value(Timestamp::from_micros(i64::MAX)).is_err());
    both(&Day::new(2026, 1, 31).unwrap(), json!("2026-01-31"));
    both(
        &TimeZone::named("Europe/Berlin").unwrap(),
        json!("Europe/Berlin"),
    );
    both(&contest_id(), json!(CONTEST));
    both(&problem_id(), json!(PROBLEM));
    both(&alice(), json!(USER));
    both(&Seed(u64::MAX), json!("18446744073709551615"));
    both(&Difficulty::Medium, json!("Medium"));
    both(&Topic::new("Graphs").unwrap(), json!("Graphs"));
    both(&Slug::new("two-sum").unwrap(), json!("two-sum"));
    both(&Rating::MAX, json!(10_000));
    both(&key("k"), json!("k"));
    both(&count(5), json!(5));
    both(&ContestDuration::from_minutes(60).unwrap(), json!(60));
    both(&PageLimit::default(), json!(20));
    for (status, name) in [
        (ContestStatus::Active, "active"),
        (ContestStatus::Completed, "completed"),
        (ContestStatus::Abandoned, "abandoned"),
        (ContestStatus::Expired, "expired"),
    ] {
        both(&status, json!(name));
    }
    both(&EndingKind::Abandoned, json!("abandoned"));
    both(&ResumePolicy::BeforeDeadline, json!("before_deadline"));
    both(&ShortagePolicy::BestEffort, json!("best_effort"));
    both(&LatePolicy::Reject, json!("reject"));
    both(&LatePolicy::AcceptFor(MINUTE), json!({"accept_for": 60}));
    let half = Duration::from_millis(500);
    both(&LatePolicy::AcceptFor(half), json!({"accept_for": 0.5}));
    assert!(serde_json::from_value::<LatePolicy>(json!({"accept_for": -1})).is_err());
    let longest = LatePolicy::AcceptFor(Duration::MAX);
    writes(&longest, json!({"accept_for": u64::MAX}));
    both(&Epoch::default(), json!({"number": 0, "began_at": null}));
    let (number, began_at) = (1, Some(noon()));
    both(
        &Epoch { number, began_at },
        json!({"number": 1, "began_at": NOON}),
    );
}

#[test]
fn problems_and_solves_are_pinned() {
    let problem = Problem::new("two-sum", "Two Sum", Difficulty::Easy)
        .unwrap()
        .with_id(problem_id())
        .with_topics([Topic::new("Arrays").unwrap()])
        .with_rating(Rating::MIN);
    let expected = json!({
        "id": PROBLEM, "slug": "two-sum", "title": "Two Sum", "difficulty": "Easy",
        "topics": ["Arrays"], "position": 0, "retired": false, "rating": -10_000,
    });
    both(&problem, expected);
    both(&NewSolve::now(problem_id()), json!({"problem_id": PROBLEM}));
    let solve = NewSolve::new(problem_id(), noon());
    both(&solve, json!({"problem_id": PROBLEM, "solved_at": NOON}));
    let solve = AttemptRecord::tick(problem_id(), noon(), Some(contest_id()), 2);
    let key = json!({
        "at": NOON, "problem_id": PROBLEM, "contest_id": CONTEST, "submission_id": null,
    });
    both::<AttemptKey>(&solve.key(), key);
    let expected = json!({
        "at": NOON, "problem_id": PROBLEM, "contest_id": CONTEST, "submission_id": null,
        "verdict": "accepted", "score": null, "epoch": 2, "recorded_at": NOON, "undone_at": null,
    });
    both(&solve, expected);
    let judged = AttemptRecord {
        submission: Some(SubmissionId::new("a-7").unwrap()),
        verdict: Verdict::Rejected,
        score: Some(Score::out_of(7.into(), 10.into()).unwrap()),
        undone_at: Some(noon()),
        ..solve
    };
    let key = json!({
        "at": NOON, "problem_id": PROBLEM, "contest_id": CONTEST, "submission_id": "a-7",
    });
    both::<AttemptKey>(&judged.key(), key);
    let expected = json!({
        "at": NOON, "problem_id": PROBLEM, "contest_id": CONTEST, "submission_id": "a-7",
        "verdict": "rejected", "score": {"points": 7, "max": 10}, "epoch": 2,
        "recorded_at": NOON, "undone_at": NOON,
    });
    both(&judged, expected);
}

/// The log of an earlier version had solves only.
#[test]
fn an_entry_of_an_earlier_version_reads_as_a_tick() {
    let json = json!({
        "at": NOON, "problem_id": PROBLEM, "contest_id": CONTEST, "epoch": 2,
        "recorded_at": NOON, "undone_at": null,
    });
    let read: AttemptRecord = serde_json::from_value(json).unwrap();
    let tick = AttemptRecord::tick(problem_id(), noon(), Some(contest_id()), 2);
    assert_eq!(read, tick);
}

/// The same JSON is sent over HTTP.
#[test]
fn events_are_pinned() {
    let (contest, problem) = (contest_id(), problem_id());
    for (kind, members) in [
        (
            EventKind::ContestCreated { contest },
            json!({"contest_id": CONTEST}),
        ),
        (
            EventKind::ContestExtended {
                contest,
                deadline: noon(),
            },
            json!({"contest_id": CONTEST, "deadline": NOON}),
        ),
        (
            EventKind::ContestResumed { contest },
            json!({"contest_id": CONTEST}),
        ),
        (
            EventKind::ContestFinished {
                contest,
                ending: EndingKind::Expired,
            },
            json!({"contest_id": CONTEST, "ending": "expired"}),
        ),
        (
            EventKind::ProblemSolved {
                problem,
                contest: Some(contest),
            },
            json!({"problem_id": PROBLEM, "contest_id": CONTEST}),
        ),
        (
            EventKind::ProblemSolved {
                problem,
                contest: None,
            },
            json!({"problem_id": PROBLEM}),
        ),
        (
            EventKind::ProblemUnsolved {
                problem,
                contest: Some(contest),
            },
            json!({"problem_id": PROBLEM, "contest_id": CONTEST}),
        ),
        (
            EventKind::ProblemUnsolved {
                problem,
                contest: None,
            },
            json!({"problem_id": PROBLEM}),
        ),
        (
            EventKind::AttemptJudged {
                problem,
                contest: Some(contest),
                submission: Some(SubmissionId::new("17").unwrap()),
                verdict: Verdict::CompileError,
            },
            json!({
                "problem_id": PROBLEM, "contest_id": CONTEST, "submission_id": "17",
                "verdict": "compile_error",
            }),
        ),
        (
            EventKind::AttemptJudged {
                problem,
                contest: None,
                submission: None,
                verdict: Verdict::Pending,
            },
            json!({"problem_id": PROBLEM, "verdict": "pending"}),
        ),
        (EventKind::ProgressReset { epoch: 3 }, json!({"epoch": 3})),
        (EventKind::UserErased, json!({})),
    ] {
        let mut expected = json!({
            "user_id": USER, "number": 7, "at": NOON, "kind": kind.name(),
        });
        let all = expected.as_object_mut().unwrap();
        all.extend(members.as_object().unwrap().clone());
        let (user, number, at) = (alice(), EventNumber(7), noon());
        both(
            &Event {
                user,
                number,
                at,
                kind,
            },
            expected,
        );
    }
}

#[test]
fn requests_are_pinned() {
    let topic = |name| Topic::new(name).unwrap();
    let rules = Eligibility::default()
        .with_solved(SolvedRule::ExcludeWithin(HOUR))
        .with_group([alice()]);
    let request = SelectionRequest::new(count(2))
        .with_mix(Mix::new(1, 2, 3).unwrap())
        .with_topics([topic("Graphs")])
        .with_excluded([problem_id()])
        .with_seed(Seed(42))
        .with_eligibility(rules)
        .with_excluded_topics([topic("Trees")])
        .with_topic_cap(std::num::NonZeroU16::MIN);
    let mut expected = json!({
        "count": 2, "mix": {"easy": 1, "medium": 2, "hard": 3}, "topics": ["Graphs"],
        "excluded": [PROBLEM], "shortage_policy": "best_effort", "seed": "42",
        "eligibility": {"solved": {"exclude_within": 3600}, "attempted": false, "group": [USER]},
        "excluded_topics": ["Trees"], "topic_cap": 1,
    });
    both(&request, expected.clone());
    let band = Strategy::RatingBand(RatingBand::new(Rating::MIN));
    let review = Strategy::Review(ReviewOptions::default());
    let parts = [band, review].map(|way| Part::new(count(1)).with_strategy(way));
    expected["parts"] = json!([
        {"count": 1, "strategy": {"rating_band": {"user_rating": -10_000, "least_percent": 50, "most_percent": 80}}},
        {"count": 1, "strategy": {"review": {"desired_retention_percent": 90}}},
    ]);
    both(&request.with_parts(parts.to_vec()).unwrap(), expected);
    let easy = Difficulty::Easy;
    let slot = Slot::of_difficulty(easy..=easy).with_points(100);
    let expected = json!({
        "level": {"difficulty": {"min": "Easy", "max": "Easy"}}, "topics": [], "points": 100,
    });
    both(&slot, expected);
}

/// The views of a user with one contest of one problem, ten minutes after it began.
struct Seen {
    engine: Engine,
    contest: Contest,
    problem: Value,
}

async fn seen() -> Seen {
    let problem = Problem::new("two-sum", "Two Sum", Difficulty::Easy).unwrap();
    let problem = problem.with_topics([Topic::new("Arrays").unwrap()]);
    let catalogue = Catalogue::new([problem.clone()]).unwrap();
    let clock = std::sync::Arc::new(ManualClock::new(noon()));
    let store = MemoryStore::with_catalogue(catalogue);
    let engine = engine_at(store, std::sync::Arc::clone(&clock)).await;
    let group = Eligibility::default().with_group([user(0xb0b)]);
    let request = request(1).with_eligibility(group);
    let id = engine
        .create_contest(alice(), &request)
        .await
        .unwrap()
        .contest
        .id;
    clock.advance(10 * MINUTE);
    engine.mark_solved(alice(), id, problem.id).await.unwrap();
    Seen {
        contest: engine.contest(alice(), id).await.unwrap(),
        problem: serde_json::to_value(problem).unwrap(),
        engine,
    }
}

const MARKED: &str = "2026-01-31T12:10:00Z";

/// A contest omits the group of its request.
#[tokio::test]
async fn a_contest_is_pinned_and_does_not_carry_its_request() {
    let Seen {
        contest, problem, ..
    } = seen().await;
    let expected = json!({
        "id": contest.id.to_string(), "user_id": USER, "started_at": NOON,
        "deadline": "2026-01-31T13:00:00Z", "status": "active", "ended_at": null,
        "problems": [{
            "order": 1, "problem": problem, "difficulty": "Easy", "completed_at": MARKED,
            "points": null,
            "score": {
                "judged": 1, "pending": 0, "solved": true, "points": 1, "time": 600, "penalty": 0,
            },
            "attempts": [{
                "submission_id": null, "problem_id": contest.problems[0].problem.id, "at": MARKED,
                "verdict": "accepted", "score": null,
            }],
        }],
        "selection": {
            "algorithm": 1, "seed": contest.selection.seed.0.to_string(),
            "catalogue": contest.selection.catalogue.to_string(), "strategy": "uniform", "asked": 1,
            "quota": {"easy": 0, "medium": 1, "hard": 0},
            "taken": {"easy": 1, "medium": 0, "hard": 0},
        },
        "late_policy": "reject", "round_id": null,
        "scoring": {"version": 1, "method": "ticks"},
        "score": {"points": 1, "solved": 1, "penalty": 0, "last": 600}, "server_now": MARKED,
    });
    writes(&contest, expected);
    let text = serde_json::to_string(&contest).unwrap();
    assert!(!text.contains(&user(0xb0b).to_string()), "{text}");
}

#[tokio::test]
async fn the_views_of_a_user_are_pinned() {
    let Seen {
        engine, contest, ..
    } = seen().await;
    let tally = json!({"solved": 1, "total": 1});
    let none = json!({"solved": 0, "total": 0});
    let expected = json!({
        "by_difficulty": {"easy": tally, "medium": none, "hard": none},
        "topic_progress": {"Arrays": tally},
        "contest_stats": {
            "active_contests": 1, "completed_contests": 0, "abandoned_contests": 0,
            "expired_contests": 0,
        },
        "server_now": MARKED,
    });
    writes(&engine.progress(alice()).await.unwrap(), expected);
    let window = ActivityWindow::last_days(1, TimeZone::UTC).unwrap();
    let expected = json!({
        "days": [{"date": "2026-01-31", "solved": 1}], "current_streak": 1, "longest_streak": 1,
    });
    writes(&engine.activity(alice(), &window).await.unwrap(), expected);
    let timing = json!({
        "problem_id": contest.problems[0].problem.id.to_string(), "completed_at": MARKED,
        "seconds_since_start": 600, "seconds_spent": 600, "seconds_late": null,
    });
    both::<ProblemTiming>(&contest.timings()[0], timing.clone());
    let id = contest.id.to_string();
    let result = json!({
        "contest_id": id, "started_at": NOON, "deadline": "2026-01-31T13:00:00Z",
        "status": "active", "ended_at": null,
        "problems": {"total": 1, "completed": 1, "late": 0}, "points": null,
        "score": {"points": 1, "solved": 1, "penalty": 0, "last": 600},
        "seconds_spent": 600, "timings": [timing], "server_now": MARKED,
    });
    let page = engine
        .contest_results(alice(), None, PageLimit::default())
        .await
        .unwrap();
    writes(&page, json!({"items": [result], "next": null}));
    let none = json!({"solves": 0, "median_seconds": null});
    let expected = json!({
        "easy": {"solves": 1, "median_seconds": 600}, "medium": none, "hard": none,
        "contests": 1, "server_now": MARKED,
    });
    let window = PaceWindow::default();
    writes(&engine.pace(alice(), &window).await.unwrap(), expected);
}

#[test]
fn findings_are_pinned() {
    let problems = vec![problem_id()];
    let retired = Difference::Retired {
        problems: problems.clone(),
    };
    writes(&retired, json!({"retired": {"problem_ids": [PROBLEM]}}));
    writes(&Difference::History, json!("history"));
    writes(
        &Discrepancy::NotInLog(problems),
        json!({"not_in_log": [PROBLEM]}),
    );
}
