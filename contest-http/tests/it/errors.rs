//! Every error is problem details with the reason and the place.

use reqwest::RequestBuilder;
use serde_json::{Value, json};
use std::time::Duration;

use contest_core::memory::MemoryStore;
use contest_core::rules::Limits;
use contest_core::select::SequentialSeeds;

use crate::app::{Answer, App, user};

/// The answers to these requests, by name.
pub(crate) async fn answers(requests: Vec<(&str, RequestBuilder)>) -> Value {
    let mut log = serde_json::Map::new();
    for (name, request) in requests {
        let answer = Answer::of(request).await;
        assert!(!answer.code().is_empty());
        assert_eq!(answer.body["status"], answer.status, "{name}");
        assert_eq!(answer.body["error"], answer.body["detail"], "{name}");
        log.insert(name.to_owned(), answer.to_json());
    }
    log.into()
}

const JSON: (&str, &str) = ("content-type", "application/json");
pub(crate) const NOWHERE: &str = "0190d3f4-7a00-7000-8000-000000000000";

#[expect(clippy::needless_pass_by_value, reason = "reads better in tables")]
fn creating(app: &App, body: Value) -> RequestBuilder {
    app.by(user(1), "POST", "/api/contests").json(&body)
}

/// A request for a contest of one problem with these members, too.
#[expect(clippy::needless_pass_by_value, reason = "reads better in tables")]
fn with(app: &App, more: Value) -> RequestBuilder {
    let mut body = json!({"problem_count": 1, "duration_minutes": 60});
    let (all, more) = (body.as_object_mut().unwrap(), more.as_object().cloned());
    all.extend(more.unwrap());
    creating(app, body)
}

fn raw(app: &App, body: impl Into<reqwest::Body>) -> RequestBuilder {
    app.by(user(1), "POST", "/api/contests")
        .header(JSON.0, JSON.1)
        .body(body)
}

async fn invalid_requests(app: App) {
    let get = |path: &str| app.by(user(1), "GET", path);
    let log = answers(vec![
        ("unknown route", get("/api/nonsense")),
        ("path of the prefix alone", get("/api")),
        ("wrong method", app.by(user(1), "DELETE", "/api/contests")),
        ("no identity", app.anonymous("GET", "/api/contests")),
        ("an invalid id", get("/api/contests/7")),
        ("an id that is not UTF-8", get("/api/contests/%FF")),
        ("an invalid limit", get("/api/contests?limit=x")),
        ("a limit of zero", get("/api/contests?limit=0")),
        ("a limit too large", get("/api/problems?limit=1001")),
        ("an invalid cursor", get("/api/contests?cursor=x")),
        ("an invalid difficulty", get("/api/problems?difficulty=x")),
        ("an invalid topic", get("/api/problems?topic=%20")),
        ("an invalid zone", get("/api/users/me/activity?time_zone=x")),
        ("too many days", get("/api/users/me/activity?days=367")),
        (
            "a range without its end",
            get("/api/users/me/activity?from=2026-03-01"),
        ),
        (
            "a range without its start",
            get("/api/users/me/activity?to=2026-03-01"),
        ),
        (
            "a reversed range",
            get("/api/users/me/activity?from=2026-03-02&to=2026-03-01"),
        ),
        (
            "a range too long",
            get("/api/users/me/activity?from=2025-03-01&to=2026-03-02"),
        ),
        (
            "a range and a number of days",
            get("/api/users/me/activity?from=2026-03-01&to=2026-03-02&days=2"),
        ),
        (
            "an invalid day",
            get("/api/users/me/activity?from=2026-02-30&to=2026-03-02"),
        ),
        (
            "a pace of no contests",
            get("/api/users/me/pace?contests=0"),
        ),
        (
            "a pace since an invalid time",
            get("/api/users/me/pace?from=yesterday"),
        ),
        (
            "an unknown problem",
            get(&format!("/api/problems/{NOWHERE}")),
        ),
        (
            "a cursor of another list",
            get("/api/contests/results?cursor=x"),
        ),
        (
            "an unknown contest",
            get(&format!("/api/contests/{NOWHERE}")),
        ),
    ])
    .await;
    insta::assert_json_snapshot!("invalid_requests", log);
}

async fn invalid_bodies(app: App) {
    let log = answers(vec![
        (
            "not sent as JSON",
            app.by(user(1), "POST", "/api/contests").body("{}"),
        ),
        ("not JSON", raw(&app, "{")),
        ("not text", raw(&app, vec![0xff])),
        ("empty", raw(&app, "")),
        ("two values", raw(&app, "{} {}")),
        ("too large", raw(&app, "x".repeat(1_100_000))),
        ("an array", creating(&app, json!([]))),
        (
            "an array for weights",
            creating(
                &app,
                json!({"problem_count": 1, "duration_minutes": 60, "mix": [1, 1, 1]}),
            ),
        ),
        ("an empty object", creating(&app, json!({}))),
        (
            "a string for a number",
            creating(&app, json!({"problem_count": "5", "duration_minutes": 60})),
        ),
        (
            "a fraction",
            creating(&app, json!({"problem_count": 1.5, "duration_minutes": 60})),
        ),
        (
            "a negative number",
            with(&app, json!({"problem_count": -1})),
        ),
        (
            "neither a count nor a list",
            with(&app, json!({"problem_count": null})),
        ),
        (
            "no problems",
            creating(&app, json!({"problem_count": 0, "duration_minutes": 60})),
        ),
        (
            "too many problems",
            creating(&app, json!({"problem_count": 21, "duration_minutes": 60})),
        ),
        (
            "too long a duration",
            creating(&app, json!({"problem_count": 1, "duration_minutes": 301})),
        ),
        (
            "no weights",
            creating(
                &app,
                json!({"problem_count": 1, "duration_minutes": 60, "mix": {}}),
            ),
        ),
        (
            "an unknown member",
            creating(
                &app,
                json!({"problem_count": 1, "duration_minutes": 60, "mixx": {}}),
            ),
        ),
        (
            "an unknown topic",
            creating(
                &app,
                json!({"problem_count": 1, "duration_minutes": 60, "topics": ["Nope"]}),
            ),
        ),
        (
            "an invalid topic",
            creating(
                &app,
                json!({"problem_count": 1, "duration_minutes": 60, "topics": ["Graphs", " "]}),
            ),
        ),
        (
            "an invalid seed",
            creating(
                &app,
                json!({"problem_count": 1, "duration_minutes": 60, "seed": "-1"}),
            ),
        ),
        (
            "an invalid key",
            creating(&app, json!({"problem_count": 1, "duration_minutes": 60}))
                .header("idempotency-key", "a b"),
        ),
    ])
    .await;
    insta::assert_json_snapshot!("invalid_bodies", log);
}

async fn invalid_rules(app: App) {
    let log = answers(vec![
        (
            "a group",
            with(&app, json!({"eligibility": {"group": [NOWHERE]}})),
        ),
        (
            "an invalid rule",
            with(&app, json!({"eligibility": {"solved": "sometimes"}})),
        ),
        (
            "too many days",
            with(
                &app,
                json!({"eligibility": {"solved": {"exclude_within_days": 3651}}}),
            ),
        ),
        ("a topic cap of zero", with(&app, json!({"topic_cap": 0}))),
        (
            "an invalid excluded topic",
            with(&app, json!({"excluded_topics": [" "]})),
        ),
        (
            "an invalid strategy",
            with(&app, json!({"strategy": "best"})),
        ),
        (
            "an invalid name",
            with(&app, json!({"strategy": {"custom": "a b"}})),
        ),
        (
            "a reversed rating band",
            with(
                &app,
                json!({"strategy": {"rating_band":
                    {"user_rating": 1500, "least_percent": 60, "most_percent": 40}}}),
            ),
        ),
        (
            "a rating band without the user's rating",
            with(&app, json!({"strategy": {"rating_band": {}}})),
        ),
        (
            "a rating band as an array",
            with(&app, json!({"strategy": {"rating_band": [1500, 50, 80]}})),
        ),
        (
            "a review below 100 percent",
            with(&app, json!({"strategy": {"review_below_percent": 100}})),
        ),
        (
            "an unknown strategy",
            with(&app, json!({"strategy": {"custom": "ours"}})),
        ),
    ])
    .await;
    insta::assert_json_snapshot!("invalid_rules", log);
}

async fn invalid_parts_and_slots(app: App) {
    let log = answers(vec![
        (
            "parts that do not sum",
            with(&app, json!({"parts": [{"count": 2}]})),
        ),
        (
            "a part with an invalid strategy",
            with(&app, json!({"parts": [{"count": 1, "strategy": "best"}]})),
        ),
        (
            "too few slots",
            with(&app, json!({"problem_count": 2, "slots": [{}]})),
        ),
        (
            "a slot with a reversed range",
            with(
                &app,
                json!({"slots": [{"difficulty": {"min": "Hard", "max": "Easy"}}]}),
            ),
        ),
        (
            "a slot with a difficulty and a rating",
            with(&app, json!({"slots": [{"difficulty": {}, "rating": {}}]})),
        ),
        (
            "an invalid rating",
            with(&app, json!({"slots": [{"rating": {"min": 10_001}}]})),
        ),
        (
            "a strategy beside slots",
            with(&app, json!({"strategy": "least_used", "slots": [{}]})),
        ),
        (
            "a cap beside slots",
            with(&app, json!({"topic_cap": 1, "slots": [{}]})),
        ),
        (
            "an unconfirmed reset",
            app.by(user(1), "POST", "/api/users/me/progress/reset")
                .json(&json!({"confirm": false})),
        ),
        (
            "a reset with an empty object",
            app.by(user(1), "POST", "/api/users/me/progress/reset")
                .json(&json!({})),
        ),
    ])
    .await;
    insta::assert_json_snapshot!("invalid_parts_and_slots", log);
}

/// A request for a contest of these problems with these members, too.
#[expect(clippy::needless_pass_by_value, reason = "reads better in tables")]
fn naming(app: &App, problems: Value, more: Value) -> RequestBuilder {
    let mut body = json!({"problem_ids": problems, "duration_minutes": 60});
    let (all, more) = (body.as_object_mut().unwrap(), more.as_object().cloned());
    all.extend(more.unwrap());
    creating(app, body)
}

async fn invalid_problem_lists(app: App) {
    let all = app.get(user(1), "/api/problems").await.body;
    let id = |place: usize| all["problems"][place]["id"].clone();
    let gone = app.engine.catalogue();
    let gone = gone.problems().iter().find(|problem| problem.retired);
    let gone = json!(gone.unwrap().id.to_string());
    let list = |more| naming(&app, json!([id(0)]), more);
    let log = answers(vec![
        ("an empty list", naming(&app, json!([]), json!({}))),
        (
            "too many",
            naming(&app, vec![NOWHERE; 21].into(), json!({})),
        ),
        (
            "a repeated problem",
            naming(&app, json!([id(0), id(1), id(0)]), json!({})),
        ),
        (
            "unknown problems",
            naming(&app, json!([id(0), NOWHERE]), json!({})),
        ),
        (
            "retired problems",
            naming(&app, json!([id(0), gone]), json!({})),
        ),
        (
            "an invalid id",
            naming(&app, json!([id(0), "one"]), json!({})),
        ),
        ("a count, too", list(json!({"problem_count": 1}))),
        ("a mix, too", list(json!({"mix": {"hard": 1}}))),
        ("topics, too", list(json!({"topics": ["Graphs"]}))),
        ("exclusions, too", list(json!({"excluded": [NOWHERE]}))),
        (
            "excluded topics, too",
            list(json!({"excluded_topics": ["Graphs"]})),
        ),
        ("a cap, too", list(json!({"topic_cap": 1}))),
        ("a strategy, too", list(json!({"strategy": "least_used"}))),
        ("parts, too", list(json!({"parts": [{"count": 1}]}))),
        ("slots, too", list(json!({"slots": [{}]}))),
    ])
    .await;
    insta::assert_json_snapshot!("invalid_problem_lists", log);
}

/// The error names the same range on both sides of it, and whichever layer refuses the number.
async fn every_number_outside_its_range_gets_the_same_range(app: App) {
    const WIDE: [i64; 4] = [-1, 100_000, i64::MAX, i64::MIN];
    let ask = |pointer: &str, number: i64| {
        let get = |path: String| app.by(user(1), "GET", &format!("/api/{path}{number}"));
        let in_slot = |slot: Value| with(&app, json!({"slots": [slot]}));
        let in_band = |name: &str| {
            let mut band = json!({"user_rating": 1500});
            band[name] = number.into();
            with(&app, json!({"strategy": {"rating_band": band}}))
        };
        match pointer {
            "problem_count" => with(&app, json!({"problem_count": number})),
            "duration_minutes" => with(&app, json!({"duration_minutes": number})),
            "topic_cap" => with(&app, json!({"topic_cap": number})),
            "parts[0].count" => with(&app, json!({"parts": [{"count": number}]})),
            "eligibility.solved.exclude_within_days" => with(
                &app,
                json!({"eligibility": {"solved": {"exclude_within_days": number}}}),
            ),
            "strategy.review_below_percent" => {
                with(&app, json!({"strategy": {"review_below_percent": number}}))
            }
            "strategy.rating_band" => in_band("least_percent"),
            "strategy.rating_band.user_rating" => in_band("user_rating"),
            "slots[0].rating.min" => in_slot(json!({"rating": {"min": number}})),
            "slots[0].points" => in_slot(json!({"points": number})),
            "mix.easy" => with(&app, json!({"mix": {"easy": number}})),
            "days" => get("users/me/activity?days=".to_owned()),
            "contests" => get("users/me/pace?contests=".to_owned()),
            "limit" => get("contests?limit=".to_owned()),
            "problems" => get("problems?limit=".to_owned()),
            other => panic!("{other}"),
        }
    };
    let ranges: [(&str, i64, i64); 15] = [
        ("problem_count", 1, 20),
        ("duration_minutes", 10, 300),
        ("topic_cap", 1, 65_535),
        ("parts[0].count", 1, 20),
        ("eligibility.solved.exclude_within_days", 1, 3_650),
        ("strategy.review_below_percent", 1, 99),
        ("strategy.rating_band", 1, 99),
        ("strategy.rating_band.user_rating", -10_000, 10_000),
        ("slots[0].rating.min", -10_000, 10_000),
        ("slots[0].points", 0, u32::MAX.into()),
        ("mix.easy", 0, u32::MAX.into()),
        ("days", 1, 366),
        ("contests", 1, 200),
        ("limit", 1, 1_000),
        ("problems", 1, 1_000),
    ];
    for (name, min, max) in ranges {
        // A part with more problems than the request is refused for the sum of the parts.
        let near = match name {
            "parts[0].count" => vec![min - 1],
            _ => vec![min - 1, max + 1],
        };
        let outside = WIDE.into_iter().filter(|wide| !(min..=max).contains(wide));
        for number in near.into_iter().chain(outside) {
            let answer = Answer::of(ask(name, number)).await;
            let detail = answer.body["detail"].as_str().unwrap().to_owned();
            let end = format!(" is {number}: expected {min} to {max}");
            assert!(detail.ends_with(&end), "{name}: {detail}");
            let field = name.replace("problems", "limit");
            assert_eq!(answer.body["field"], field, "{detail}");
        }
    }
}

async fn refusals(app: App) {
    let first = app.contest(user(1), 2).await;
    let id = first["id"].as_str().unwrap();
    let problem = first["problems"][0]["problem"]["id"].as_str().unwrap();
    let mark = |path: &str| {
        app.by(user(1), "PATCH", &format!("/api/contests/{path}"))
            .json(&json!({"is_completed": true}))
    };
    let five = json!({"problem_count": 5, "duration_minutes": 60});
    let mut log = answers(vec![
        ("a second contest", creating(&app, five.clone())),
        (
            "a problem that the contest does not have",
            mark(&format!("{id}/problems/{NOWHERE}")),
        ),
        (
            "a reset during an active contest",
            app.by(user(1), "POST", "/api/users/me/progress/reset")
                .json(&json!({"confirm": true})),
        ),
        (
            "slots that cannot be filled",
            app.by(user(2), "POST", "/api/contests").json(&json!({
                "problem_count": 1, "duration_minutes": 60, "strict": true,
                "slots": [{"rating": {"min": 9_000}, "topics": ["Graphs"]}],
            })),
        ),
        (
            "parts that cannot be filled",
            app.by(user(2), "POST", "/api/contests").json(&json!({
                "problem_count": 8, "duration_minutes": 60, "strict": true,
                "parts": [{"count": 2}, {"count": 6}],
            })),
        ),
        (
            "an unknown contest",
            mark(&format!("{NOWHERE}/problems/{problem}")),
        ),
    ])
    .await;
    app.clock.advance(Duration::from_hours(1));
    let solve = |solved_at: &str, problem: &str| {
        let body = json!({"solves": [{"problem_id": problem, "solved_at": solved_at}]});
        app.by(user(1), "POST", "/api/users/me/solves").json(&body)
    };
    let after = answers(vec![
        (
            "too late to mark",
            mark(&format!("{id}/problems/{problem}")),
        ),
        (
            "too late to complete",
            app.by(user(1), "POST", &format!("/api/contests/{id}/complete")),
        ),
        (
            "too late to abandon",
            app.by(user(1), "POST", &format!("/api/contests/{id}/abandon")),
        ),
        (
            "not enough problems",
            creating(
                &app,
                json!({"problem_count": 20, "duration_minutes": 60, "strict": true}),
            ),
        ),
        (
            "resuming an expired contest",
            app.by(user(1), "POST", &format!("/api/contests/{id}/resume")),
        ),
        (
            "a solve in the future",
            solve("2999-01-01T00:00:00Z", problem),
        ),
        (
            "a solve of an unknown problem",
            solve("2020-01-01T00:00:00Z", NOWHERE),
        ),
        ("an invalid time", solve("yesterday", problem)),
    ])
    .await;
    log.as_object_mut()
        .unwrap()
        .extend(after.as_object().unwrap().clone());
    insta::assert_json_snapshot!("refusals", log);
}

#[tokio::test]
async fn two_headers_where_one_counts_are_refused() {
    let app = App::over(MemoryStore::new()).await;
    let body = json!({"problem_count": 1, "duration_minutes": 60});
    let create = creating(&app, body).header("idempotency-key", "monday");
    let create = create.header("idempotency-key", "tuesday");
    let refused = Answer::of(create).await;
    assert_eq!((refused.status, refused.code()), (400, "invalid_parameter"));
    assert_eq!(refused.body["field"], "Idempotency-Key");
    assert_eq!(refused.body["detail"], "send one Idempotency-Key header");
}

#[tokio::test]
async fn a_repeated_creation_succeeds_under_lower_limits() {
    let store = MemoryStore::new();
    let before = App::over(store.clone()).await;
    let fewer = Limits::default().with_problems(1..=2).with_minutes(10..=20);
    let after = App::tuned(store, |engine| {
        engine.limits(fewer).seeds(SequentialSeeds::new(2))
    });
    let after = after.await;
    let body = json!({"problem_count": 5, "duration_minutes": 60});
    let ask = |app: &App, key: &str| creating(app, body.clone()).header("idempotency-key", key);
    let first = Answer::of(ask(&before, "monday")).await;
    let again = Answer::of(ask(&after, "monday")).await;
    assert_eq!((first.status, again.status), (201, 200), "{again:?}");
    assert_eq!(again.body, first.body);
    let other = Answer::of(ask(&after, "tuesday")).await;
    assert_eq!(
        other.body["detail"],
        "the number of problems is 5: expected 1 to 2"
    );
    let none = Answer::of(with(&after, json!({"problem_count": 0}))).await;
    assert_eq!(
        none.body["detail"],
        "the number of problems is 0: expected 1 to 2"
    );
    let options = after.get(user(1), "/api/contests/options").await.body;
    assert_eq!(options["problem_count"], json!({"min": 1, "max": 2}));
}

/// A day's contests are limited, and the answer says when the next one can begin.
#[tokio::test]
async fn too_many_contests_of_a_day_are_429_until_the_next() {
    let limits = Limits::default().with_contests_per_day(1);
    let app = App::tuned(MemoryStore::new(), |engine| engine.limits(limits)).await;
    let body = json!({"problem_count": 1, "duration_minutes": 60});
    let first = Answer::of(creating(&app, body.clone())).await;
    let id = first.body["id"].as_str().unwrap();
    let path = format!("/api/contests/{id}/abandon");
    let abandoned = Answer::of(app.by(user(1), "POST", &path)).await;
    assert_eq!(abandoned.status, 200);
    let second = Answer::of(creating(&app, body)).await;
    assert_eq!((second.status, second.code()), (429, "daily_limit"));
    let seconds = second.headers["retry-after"].as_str().unwrap();
    let seconds: u64 = seconds.parse().unwrap();
    assert!((1..=86_400).contains(&seconds), "{seconds}");
}

async fn a_key_creates_one_contest_and_is_refused_for_another(app: App) {
    let body = json!({"problem_count": 2, "duration_minutes": 60});
    let with_key = |body: Value| creating(&app, body).header("idempotency-key", "monday");
    let first = Answer::of(with_key(body.clone())).await;
    let again = Answer::of(with_key(body)).await;
    assert_eq!((first.status, again.status), (201, 200));
    assert_eq!((&first.headers, &first.body), (&again.headers, &again.body));
    let other = json!({"problem_count": 1, "duration_minutes": 60});
    let refused = Answer::of(with_key(other)).await;
    assert_eq!(
        (refused.status, refused.code()),
        (409, "idempotency_key_reused")
    );
    assert_eq!(refused.body["contest_id"], first.body["id"]);
}

/// Runs each test over every store.
macro_rules! over_every_store {
    ($($test:ident),* $(,)?) => {
        mod in_memory {
            $(#[tokio::test]
            async fn $test() {
                super::$test(super::App::in_memory().await).await;
            })*
        }
        mod on_sqlite {
            $(#[tokio::test]
            async fn $test() {
                super::$test(super::App::on_sqlite().await).await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test]
            async fn $test() {
                super::$test(super::App::on_postgres().await).await;
            })*
        }
    };
}

over_every_store!(
    invalid_requests,
    invalid_bodies,
    invalid_rules,
    invalid_parts_and_slots,
    invalid_problem_lists,
    every_number_outside_its_range_gets_the_same_range,
    refusals,
    a_key_creates_one_contest_and_is_refused_for_another,
);
