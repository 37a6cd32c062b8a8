//! Late marks, resuming, repeated requests and recorded solves, as clients see them.

use std::time::Duration;

use contest_core::memory::MemoryStore;
use contest_core::model::LatePolicy;
use contest_core::rules::ResumePolicy;
use contest_core::time::Clock as _;
use serde_json::{Value, json};

use crate::app::{Answer, App, user};

const MINUTE: Duration = Duration::from_mins(1);

async fn with_grace(minutes: u64) -> App {
    let grace = LatePolicy::AcceptFor(Duration::from_mins(minutes));
    App::tuned(MemoryStore::new(), |engine| engine.late_policy(grace)).await
}

async fn mark(app: &App, contest: &Value, place: usize, done: bool) -> Answer {
    let id = contest["id"].as_str().unwrap();
    let problem = contest["problems"][place]["problem"]["id"].as_str();
    let path = format!("/api/contests/{id}/problems/{}", problem.unwrap());
    app.send(user(1), "PATCH", &path, json!({"is_completed": done}))
        .await
}

async fn get(app: &App, contest: &Value) -> Value {
    let path = format!("/api/contests/{}", contest["id"].as_str().unwrap());
    app.get(user(1), &path).await.body
}

#[tokio::test]
async fn a_mark_after_the_deadline_is_late_and_cannot_be_unmarked() {
    let app = with_grace(10).await;
    let contest = app.contest(user(1), 3).await;
    assert_eq!(contest["late_policy"], "accept");
    assert_eq!(contest["grace_seconds"], 600);
    assert_eq!(contest["accepts_marks"], true);
    app.clock.advance(20 * MINUTE);
    assert_eq!(mark(&app, &contest, 0, true).await.status, 200);
    app.clock.advance(45 * MINUTE);
    assert_eq!(mark(&app, &contest, 2, true).await.status, 200);
    let refused = mark(&app, &contest, 2, false).await;
    assert_eq!(
        (refused.status, refused.code()),
        (409, "contest_not_accepting")
    );

    let seen = get(&app, &contest).await;
    assert_eq!(seen["status"], "expired");
    assert_eq!(seen["accepts_marks"], true);
    assert_eq!(seen["time_remaining_seconds"], 0);
    let problems = seen["problems"].as_array().unwrap();
    let late: Vec<_> = problems.iter().map(|entry| &entry["is_late"]).collect();
    assert_eq!(late, [false, false, true]);
    let spent: Vec<_> = problems
        .iter()
        .map(|entry| &entry["seconds_spent"])
        .collect();
    assert_eq!(spent, [&json!(20 * 60), &Value::Null, &json!(45 * 60)]);

    app.clock.advance(5 * MINUTE);
    let refused = mark(&app, &contest, 1, true).await;
    assert_eq!(
        (refused.status, refused.code()),
        (409, "contest_not_accepting")
    );
    assert_eq!(get(&app, &contest).await["accepts_marks"], false);
}

#[tokio::test]
async fn without_a_grace_no_late_mark_is_accepted() {
    let app = App::in_memory().await;
    let contest = app.contest(user(1), 1).await;
    assert_eq!(contest["late_policy"], "reject");
    assert_eq!(contest["grace_seconds"], 0);
    app.clock.advance(60 * MINUTE);
    assert_eq!(get(&app, &contest).await["accepts_marks"], false);
    assert_eq!(mark(&app, &contest, 0, true).await.status, 409);
}

#[tokio::test]
async fn an_abandoned_contest_is_resumed_before_the_deadline_if_the_host_allows_it() {
    for allowed in [false, true] {
        let policy = if allowed {
            ResumePolicy::BeforeDeadline
        } else {
            ResumePolicy::Never
        };
        let app = App::tuned(MemoryStore::new(), |engine| engine.resume_policy(policy)).await;
        let options = app.get(user(1), "/api/contests/options").await.body;
        assert_eq!(options["can_resume"], allowed);
        let contest = app.contest(user(1), 2).await;
        let path = format!("/api/contests/{}", contest["id"].as_str().unwrap());
        let post = async |how: &str| {
            let request = app.by(user(1), "POST", &format!("{path}/{how}"));
            Answer::of(request).await
        };
        assert_eq!(post("abandon").await.body["can_resume"], allowed);
        let resumed = post("resume").await;
        if !allowed {
            assert_eq!(
                (resumed.status, resumed.code()),
                (409, "resume_not_allowed")
            );
            continue;
        }
        assert_eq!(
            (resumed.status, &resumed.body["status"]),
            (200, &json!("active"))
        );
        assert_eq!(resumed.body["deadline"], contest["deadline"]);
        assert_eq!(post("resume").await.status, 200, "it is active already");
        post("abandon").await;
        let other = app.contest(user(1), 1).await;
        let refused = post("resume").await;
        assert_eq!(
            (refused.status, refused.code()),
            (409, "active_contest_exists")
        );
        assert_eq!(refused.body["contest_id"], other["id"]);
        app.clock.advance(60 * MINUTE);
        let refused = post("resume").await;
        assert_eq!((refused.status, refused.code()), (409, "deadline_passed"));
        assert_eq!(get(&app, &contest).await["can_resume"], false);
    }
}

#[tokio::test]
async fn repeated_requests_succeed_and_change_nothing() {
    let app = App::in_memory().await;
    let contest = app.contest(user(1), 2).await;
    let path = format!("/api/contests/{}", contest["id"].as_str().unwrap());
    let post = async |how: &str| {
        let request = app.by(user(1), "POST", &format!("{path}/{how}"));
        Answer::of(request).await
    };
    let marked = mark(&app, &contest, 0, true).await;
    assert_eq!(
        (marked.status, &marked.body["changed"]),
        (200, &json!(true))
    );
    let completed = post("complete").await;
    assert_eq!(completed.status, 200);
    assert_eq!(post("complete").await, completed);

    let again = mark(&app, &contest, 0, true).await;
    assert_eq!((again.status, &again.body["changed"]), (200, &json!(false)));
    assert_eq!(again.body["completed_at"], marked.body["completed_at"]);
    let unmarked = mark(&app, &contest, 1, false).await;
    assert_eq!(
        (unmarked.status, &unmarked.body["changed"]),
        (200, &json!(false))
    );
    for refused in [
        post("abandon").await,
        mark(&app, &contest, 0, false).await,
        mark(&app, &contest, 1, true).await,
    ] {
        assert_eq!(
            (refused.status, refused.code()),
            (409, "contest_not_accepting")
        );
    }
}

#[tokio::test]
async fn unmarking_leaves_a_solve_recorded_elsewhere() {
    let app = App::in_memory().await;
    let contest = app.contest(user(1), 1).await;
    let problem = &contest["problems"][0]["problem"]["id"];
    mark(&app, &contest, 0, true).await;
    let elsewhere = json!({"problem_id": problem, "solved_at": "2026-03-28T12:00:00Z"});
    let body = json!({"solves": [elsewhere]});
    let recorded = app.send(user(1), "POST", "/api/users/me/solves", body);
    assert_eq!(
        recorded.await.body,
        json!({"recorded": 0, "already_solved": 1, "taken_as_now": 0})
    );
    mark(&app, &contest, 0, false).await;
    let progress = app.get(user(1), "/api/users/me/progress").await.body;
    assert_eq!(progress["total_solved"], 1);

    let history = app.get(user(1), "/api/users/me/attempts").await.body;
    let noon = "2026-03-29T12:30:00Z";
    let accepted = json!({"problem_id": problem, "submission_id": null, "verdict": "accepted",
        "score": null});
    let mut expected = [accepted.clone(), accepted];
    for (attempt, [at, contest, undone_at]) in expected.iter_mut().zip([
        [&json!(noon), &contest["id"], &json!(noon)],
        [&json!("2026-03-28T12:00:00Z"), &Value::Null, &Value::Null],
    ]) {
        attempt["at"] = at.clone();
        attempt["contest_id"] = contest.clone();
        attempt["undone_at"] = undone_at.clone();
    }
    assert_eq!(history["attempts"], json!(expected));
}

#[tokio::test]
async fn a_solve_without_a_time_is_recorded_as_of_now() {
    let app = App::in_memory().await;
    let all = app.get(user(1), "/api/problems").await.body;
    let problem = &all["problems"][0]["id"];
    let body = json!({"solves": [{"problem_id": problem}]});
    let recorded = app.send(user(1), "POST", "/api/users/me/solves", body);
    let expected = json!({"recorded": 1, "already_solved": 0, "taken_as_now": 0});
    assert_eq!(recorded.await.body, expected);
    let history = app.get(user(1), "/api/users/me/attempts").await.body;
    assert_eq!(history["attempts"][0]["at"], app.clock.now().to_string());
}

#[tokio::test]
async fn a_solve_dated_a_little_ahead_is_one_of_now_and_the_answer_says_so() {
    let app = App::in_memory().await;
    let all = app.get(user(1), "/api/problems").await.body;
    let problem = &all["problems"][0]["id"];
    let record = async |times: &[String]| {
        let solve = |at: &String| json!({"problem_id": problem, "solved_at": at});
        let body = json!({"solves": times.iter().map(solve).collect::<Vec<_>>()});
        app.send(user(1), "POST", "/api/users/me/solves", body)
            .await
    };
    let now = app.clock.now();
    let ahead = (now + Duration::from_secs(2)).to_string();
    let mut times: Vec<_> = (1..100)
        .map(|minutes| (now - Duration::from_secs(60 * minutes)).to_string())
        .collect();
    // Stores differ in which years they can keep, and one time that none can must not be a 500.
    for wrong in [
        "-004800-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "2026-01-31T12:00:00+25:00",
        "2026-01-31T12:00:00+01:00[Europe/Berlin]",
        "2026-01-31T12:00Z",
    ] {
        let refused = record(&[ahead.clone(), wrong.to_owned()]).await;
        assert_eq!(
            (refused.status, refused.body["field"].as_str()),
            (422, Some("solves[1].solved_at")),
            "{wrong}"
        );
    }
    times.push(ahead);
    let expected = json!({"recorded": 1, "already_solved": 0, "taken_as_now": 1});
    assert_eq!(record(&times).await.body, expected);
    let history = app
        .get(user(1), "/api/users/me/attempts?limit=1")
        .await
        .body;
    assert_eq!(history["attempts"][0]["at"], now.to_string());
}

#[tokio::test]
async fn windows_reach_to_the_end_of_the_calendar_and_run_forwards() {
    let app = App::in_memory().await;
    let get = async |path: &str| app.get(user(1), &format!("/api/users/me/{path}")).await;
    let pace = get("pace?from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z").await;
    assert_eq!(pace.status, 200);
    let activity = get("activity?from=9999-12-30&to=9999-12-31").await.body;
    let days = activity["days"].as_array().unwrap();
    let dates: Vec<_> = days.iter().map(|day| &day["date"]).collect();
    assert_eq!(dates, ["9999-12-30", "9999-12-31"]);
    for (backwards, field) in [
        (
            "pace?from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z",
            "to",
        ),
        ("activity?from=2026-03-02&to=2026-03-01", "to"),
        ("activity?time_zone=Etc/Unknown", "time_zone"),
        ("activity?time_zone=Factory", "time_zone"),
        ("activity?from=0000-12-31&to=0001-01-01", "from"),
        (
            "pace?to=2026-01-31T12:00:00%2B01:00%5BEurope/Berlin%5D",
            "to",
        ),
    ] {
        let refused = get(backwards).await;
        assert_eq!(
            (refused.status, refused.body["field"].as_str()),
            (400, Some(field)),
            "{backwards}"
        );
    }
}

#[tokio::test]
async fn solves_are_recorded_by_slug_too() {
    let app = App::in_memory().await;
    let send = async |solves: Value| {
        let body = json!({"solves": solves});
        app.send(user(1), "POST", "/api/users/me/solves", body)
            .await
    };
    let at = "2026-03-28T12:00:00Z";
    let recorded = send(json!([{"slug": "one", "solved_at": at}])).await;
    let expected = json!({"recorded": 1, "already_solved": 0, "taken_as_now": 0});
    assert_eq!(recorded.body, expected);
    let history = app.get(user(1), "/api/users/me/attempts").await.body;
    let all = app.get(user(1), "/api/problems").await.body;
    assert_eq!(
        history["attempts"][0]["problem_id"],
        all["problems"][0]["id"]
    );

    let unknown = send(json!([{"slug": "elsewhere"}])).await;
    assert_eq!((unknown.status, unknown.code()), (422, "unknown_problems"));
    let both = json!({"slug": "one", "problem_id": all["problems"][0]["id"]});
    for wrong in [both, json!({"solved_at": at}), json!({"slug": "No slug"})] {
        let refused = send(json!([{"slug": "two"}, wrong])).await;
        assert_eq!(
            (refused.status, refused.code()),
            (422, "invalid_body"),
            "{wrong}"
        );
        let field = refused.body["field"].as_str().unwrap();
        assert!(field.starts_with("solves[1]"), "{field}");
    }
}

#[tokio::test]
async fn days_and_streaks_include_the_time_before_a_reset_and_before_the_requested_days() {
    let app = App::in_memory().await;
    let all = app.get(user(1), "/api/problems").await.body;
    let solves: Vec<_> = [
        "2026-03-01T12:00:00Z",
        "2026-03-02T12:00:00Z",
        "2026-03-03T12:00:00Z",
        "2026-03-28T12:00:00Z",
        "2026-03-29T12:00:00Z",
    ]
    .map(|at| json!({"problem_id": all["problems"][0]["id"], "solved_at": at}))
    .into();
    let body = json!({"solves": solves});
    app.send(user(1), "POST", "/api/users/me/solves", body)
        .await;
    let confirmed = json!({"confirm": true});
    app.send(user(1), "POST", "/api/users/me/progress/reset", confirmed)
        .await;

    let progress = app.get(user(1), "/api/users/me/progress").await.body;
    assert_eq!(progress["total_solved"], 0);
    let activity = app.get(user(1), "/api/users/me/activity?days=1").await.body;
    let expected = json!({
        "days": [{"date": "2026-03-29", "solved": 1}],
        "current_streak": 2,
        "longest_streak": 3,
    });
    assert_eq!(activity, expected);
}
