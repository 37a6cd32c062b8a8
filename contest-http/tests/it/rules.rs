//! Rules, strategies, parts and slots of a creation, explanations and replays.

use contest_core::catalogue::Catalogue;
use contest_core::memory::MemoryStore;
use contest_core::rules::PublishOptions;
use contest_core::select::{Choice, Order, SelectionStrategy, StrategyName, StrategyVersion};
use serde_json::{Value, json};

use crate::app::{Answer, App, user};

#[expect(clippy::needless_pass_by_value, reason = "reads better in tables")]
fn creation(more: Value) -> Value {
    let mut body = json!({"problem_count": 6, "duration_minutes": 60});
    let more = more.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(more);
    body
}

/// Creates a contest with these members, abandons it, and returns the slugs of its problems.
async fn slugs(app: &App, more: Value) -> Vec<String> {
    let made = app
        .send(user(1), "POST", "/api/contests", creation(more))
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    let path = format!(
        "/api/contests/{}/abandon",
        made.body["id"].as_str().unwrap()
    );
    Answer::of(app.by(user(1), "POST", &path)).await;
    let problems = made.body["problems"].as_array().unwrap();
    let slug = |entry: &Value| entry["problem"]["slug"].as_str().unwrap().to_owned();
    problems.iter().map(slug).collect()
}

async fn solve(app: &App, slug: &str) {
    solve_at(app, slug, "2026-03-19T00:00:00Z").await;
}

async fn solve_at(app: &App, slug: &str, at: &str) {
    let catalogue = app.engine.catalogue();
    let slug = contest_core::model::Slug::new(slug).unwrap();
    let problem = catalogue.by_slug(&slug).unwrap().id;
    let solve = json!({"problem_id": problem.to_string(), "solved_at": at});
    let body = json!({"solves": [solve]});
    let recorded = app.send(user(1), "POST", "/api/users/me/solves", body);
    assert_eq!(recorded.await.status, 200);
}

#[tokio::test]
async fn solved_problems_are_selected_if_the_rule_allows_it() {
    let app = App::in_memory().await;
    solve(&app, "six").await;
    let has = |slugs: Vec<String>| slugs.iter().any(|slug| slug == "six");
    let rule = |rule: Value| json!({"eligibility": {"solved": rule}});
    assert!(!has(slugs(&app, json!({})).await));
    assert!(!has(slugs(&app, rule(json!("exclude"))).await));
    assert!(has(slugs(&app, rule(json!("allow"))).await));
    // It was solved ten and a half days ago.
    let within = |days: u16| rule(json!({"exclude_within_days": days}));
    assert!(has(slugs(&app, within(10)).await));
    assert!(!has(slugs(&app, within(11)).await));
}

#[tokio::test]
async fn attempted_problems_are_left_out_if_the_rule_says_so() {
    let app = App::in_memory().await;
    let first = slugs(&app, json!({"problem_count": 2})).await;
    let fresh = json!({"eligibility": {"attempted": "exclude"}});
    let second = slugs(&app, fresh).await;
    assert_eq!(second.len(), 4);
    assert!(first.iter().all(|slug| !second.contains(slug)));
}

#[tokio::test]
async fn topics_are_left_out_and_capped() {
    let app = App::in_memory().await;
    let without = slugs(&app, json!({"excluded_topics": ["Graphs"]})).await;
    let graphs = ["one", "three", "six"];
    assert!(
        graphs
            .iter()
            .all(|slug| !without.contains(&(*slug).to_owned()))
    );
    let capped = slugs(&app, json!({"topic_cap": 1})).await;
    let count = graphs
        .iter()
        .filter(|slug| capped.contains(&(**slug).to_owned()));
    assert_eq!(count.count(), 1);
}

#[tokio::test]
async fn slots_are_filled_in_their_order_with_their_points() {
    let app = App::in_memory().await;
    let slots = json!([
        {"difficulty": {"min": "Hard"}, "points": 300},
        {"rating": {"min": 1300, "max": 1300}},
        {"topics": ["Trees & Tries"], "points": 0},
    ]);
    let body = creation(json!({"problem_count": 3, "slots": slots}));
    let made = app.send(user(1), "POST", "/api/contests", body).await.body;
    let seen: Vec<_> = made["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (&entry["problem"]["slug"], &entry["points"]))
        .collect();
    let (three_hundred, none) = (json!(300), json!(0));
    let slug = |text: &str| json!(text);
    let expected = [
        (&slug("six"), &three_hundred),
        (&slug("three"), &Value::Null),
        (&slug("five"), &none),
    ];
    assert_eq!(seen, expected);
    assert_eq!(made["selection"]["strategy"], "slots");
    assert_eq!(made["problems"][1]["problem"]["rating"], 1_300);
}

#[tokio::test]
async fn named_problems_come_in_their_order_solved_or_not() {
    let app = App::in_memory().await;
    solve(&app, "two").await;
    let all = app.get(user(1), "/api/problems").await.body;
    let problems = all["problems"].as_array().unwrap();
    let id = |slug: &str| {
        let found = problems.iter().find(|problem| problem["slug"] == slug);
        found.unwrap()["id"].clone()
    };
    let body = |more: Value| {
        let list = [id("six"), id("two"), id("four")];
        let mut body = json!({"problem_ids": list, "duration_minutes": 60});
        let (all, more) = (body.as_object_mut().unwrap(), more.as_object().cloned());
        all.extend(more.unwrap());
        body
    };
    let slugs = |shown: &Value, at: &str| -> Vec<String> {
        let list = shown.as_array().unwrap().iter();
        list.map(|entry| entry.pointer(at).unwrap().as_str().unwrap().to_owned())
            .collect()
    };
    // Rules apply only if they are given.
    let explain = "/api/contests/explain";
    let unsolved = body(json!({"eligibility": {}}));
    let explained = app.send(user(1), "POST", explain, unsolved).await.body;
    assert_eq!(slugs(&explained["problems"], "/slug"), ["six", "four"]);
    assert_eq!(explained["shortfall"], 1);
    assert_eq!(explained["slots"][1]["description"], "TWO");
    assert_eq!(explained["slots"][1]["passed_over"], json!({"solved": 1}));

    let explained = app
        .send(user(1), "POST", explain, body(json!({})))
        .await
        .body;
    let made = app
        .send(user(1), "POST", "/api/contests", body(json!({})))
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    let made = made.body;
    let given = slugs(&made["problems"], "/problem/slug");
    assert_eq!(given, ["six", "two", "four"]);
    assert_eq!(slugs(&explained["problems"], "/slug"), given);
    assert_eq!(made["selection"]["strategy"], "named");
    let path = format!("/api/contests/{}/replay", made["id"].as_str().unwrap());
    assert_eq!(app.get(user(1), &path).await.body["is_same"], true);
}

#[tokio::test]
async fn a_rating_band_bounds_the_ratings() {
    let app = App::in_memory().await;
    // An even chance to one in ten: from the user's own rating to 400 above it.
    let band = json!({"user_rating": 1_350, "least_percent": 10, "most_percent": 50});
    let mut within = slugs(&app, json!({"strategy": {"rating_band": band}})).await;
    within.sort();
    assert_eq!(within, ["five", "four", "six"]);
    let usual = json!({"strategy": {"rating_band": {"user_rating": 1_250}}});
    let mut within = slugs(&app, usual).await;
    within.sort();
    assert_eq!(within, ["one", "two"]);
}

#[tokio::test]
async fn problems_due_for_review_are_selected() {
    let app = App::in_memory().await;
    solve_at(&app, "three", "2020-01-01T00:00:00Z").await;
    solve_at(&app, "six", "2026-03-29T12:00:00Z").await;
    assert_eq!(slugs(&app, json!({"strategy": "review"})).await, ["three"]);
    // A problem solved half an hour ago is almost certainly remembered.
    let mut both = slugs(
        &app,
        json!({"problem_count": 6, "parts": [
            {"count": 1, "strategy": {"review_below_percent": 99}}, {"count": 5},
        ]}),
    )
    .await;
    both.sort();
    assert_eq!(both, ["five", "four", "one", "three", "two"]);
}

/// Problems in descending order of their slugs.
#[derive(Debug)]
struct Backwards;

impl SelectionStrategy for Backwards {
    fn version(&self) -> StrategyVersion {
        StrategyVersion(1)
    }

    fn order<'a>(&self, choice: Choice<'a>) -> Order<'a> {
        let mut candidates: Vec<_> = choice.collect();
        candidates.sort_by(|a, b| b.problem().slug.cmp(&a.problem().slug));
        Box::new(candidates.into_iter())
    }
}

#[tokio::test]
async fn one_of_the_hosts_own_strategies_is_requested_by_name() {
    let name = StrategyName::new("backwards").unwrap();
    let app = App::tuned(MemoryStore::new(), |engine| {
        engine.strategy(name, Backwards)
    })
    .await;
    let own = json!({"custom": "backwards"});
    let body = json!({"problem_count": 2, "strategy": own});
    let picked = slugs(&app, body).await;
    assert_eq!(picked.len(), 2);
    let body = json!({"problem_count": 2, "parts": [{"count": 1, "strategy": own}, {"count": 1}]});
    assert_eq!(slugs(&app, body).await.len(), 2);
}

#[tokio::test]
async fn a_request_with_the_defaults_equals_one_without_them() {
    let app = App::in_memory().await;
    let ask = async |more: Value| {
        let request = app.by(user(1), "POST", "/api/contests");
        let request = request.header("idempotency-key", "monday");
        Answer::of(request.json(&creation(more))).await
    };
    let first = ask(json!({})).await;
    assert_eq!(first.status, 201);
    for same in [
        json!({"strategy": "uniform", "parts": [], "slots": [], "excluded_topics": []}),
        json!({"eligibility": {}, "topic_cap": null}),
        json!({"eligibility": {"solved": "exclude", "attempted": "allow"}}),
    ] {
        let again = ask(same).await;
        assert_eq!((again.status, &again.body), (200, &first.body));
    }
    for other in [
        json!({"strategy": "least_used"}),
        json!({"topic_cap": 6}),
        json!({"eligibility": {"solved": "allow"}}),
        json!({"excluded_topics": ["Graphs"]}),
        json!({"parts": [{"count": 6}]}),
    ] {
        let refused = ask(other).await;
        assert_eq!(
            (refused.status, refused.code()),
            (409, "idempotency_key_reused")
        );
    }
}

#[tokio::test]
async fn an_explanation_selects_like_a_creation_and_creates_nothing() {
    let app = App::in_memory().await;
    solve(&app, "three").await;
    let body = creation(json!({"problem_count": 2, "topics": ["Graphs"], "seed": "5"}));
    let explain = async |body: &Value| {
        let body = body.clone();
        app.send(user(1), "POST", "/api/contests/explain", body)
            .await
    };
    let explained = explain(&body).await;
    assert_eq!(explained.status, 200, "{explained:?}");
    assert_eq!(explained, explain(&body).await);
    let active = app.get(user(1), "/api/contests/active").await.body;
    assert_eq!(active["contest"], Value::Null);
    let created = app.send(user(1), "POST", "/api/contests", body).await.body;
    let slugs = |list: &Value, at: &str| -> Vec<Value> {
        let list = list.as_array().unwrap().iter();
        list.map(|entry| entry.pointer(at).unwrap().clone())
            .collect()
    };
    assert_eq!(
        slugs(&explained.body["problems"], "/slug"),
        slugs(&created["problems"], "/problem/slug")
    );
    let pools = explained.body["parts"][0]["pools"].as_array().unwrap();
    let sum = |rules: &str, rule: &str| -> u64 {
        let counts = pools.iter().filter_map(|pool| pool[rules][rule].as_u64());
        counts.sum()
    };
    assert_eq!(sum("removed", "topics"), 3);
    assert_eq!(sum("passed_over", "solved"), 1);
}

#[tokio::test]
async fn the_explanation_of_a_failing_selection_has_the_reason() {
    let app = App::in_memory().await;
    let body = creation(
        json!({"excluded_topics": ["Graphs", "Arrays", "Trees & Tries"],
        "mix": {"hard": 1}, "strict": true}),
    );
    let explained = app
        .send(user(1), "POST", "/api/contests/explain", body)
        .await;
    assert_eq!(explained.status, 200);
    assert_eq!(explained.body["problems"], json!([]));
    let refusal = &explained.body["refusal"];
    assert_eq!(refusal["type"], "urn:contest:not_enough_problems");
    assert!(refusal["detail"].as_str().unwrap().contains("1 of 6"));
    // An invalid request is refused as for a creation.
    for (member, value) in [("problem_count", 21), ("duration_minutes", 301)] {
        let mut body = creation(json!({}));
        body[member] = value.into();
        let refused = app
            .send(user(1), "POST", "/api/contests/explain", body)
            .await;
        assert_eq!((refused.status, refused.code()), (422, "limit_exceeded"));
        assert_eq!(refused.body["field"], member);
    }
}

#[tokio::test]
async fn a_replay_is_the_same_until_something_changes() {
    let app = App::in_memory().await;
    let made = app.contest(user(1), 3).await;
    let path = format!("/api/contests/{}/replay", made["id"].as_str().unwrap());
    let replay = app.get(user(1), &path).await.body;
    assert_eq!(replay["is_same"], true);
    assert_eq!(replay["differences"], json!([]));
    assert_eq!(replay["problem_ids"], replay["selected_ids"]);
    // A solve recorded after the creation does not count.
    let first = &made["problems"][0]["problem"];
    solve(&app, first["slug"].as_str().unwrap()).await;
    assert_eq!(app.get(user(1), &path).await.body, replay);

    let before = app.engine.catalogue();
    let problems = before.problems().iter().map(|problem| {
        let retired = problem.retired || problem.slug.as_str() == first["slug"];
        problem.as_ref().clone().with_retired(retired)
    });
    let without = Catalogue::new(problems).unwrap();
    let options = PublishOptions::default().with_any_number_retired();
    let published = app.engine.publish_catalogue_with(&without, options).await;
    published.unwrap();
    let replay = app.get(user(1), &path).await.body;
    assert_eq!(replay["is_same"], false);
    let kinds = [0, 1].map(|place: usize| &replay["differences"][place]["kind"]);
    assert_eq!(kinds, ["catalogue", "retired"]);
    let retired = &replay["differences"][1]["problem_ids"];
    assert_eq!(retired, &json!([first["id"]]));
}
