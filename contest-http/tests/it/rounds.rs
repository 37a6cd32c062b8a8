//! Rounds and their boards, as users and the host see them.

use std::time::Duration;

use contest_core::UserId;
use contest_core::engine::Rounds;
use contest_core::memory::MemoryStore;
use contest_core::time::{Clock as _, Timestamp};
use serde_json::{Value, json};

use crate::app::{Answer, App, host, user};
use crate::errors::{NOWHERE, answers};

/// The path of a round.
pub(crate) const ROUND: &str = "/api/rounds/0190d3f4-7a00-7000-8000-0000000000aa";

/// The ids of the first problems of the catalogue.
pub(crate) async fn problems(app: &App, count: usize) -> Vec<Value> {
    let all = app.get(user(1), "/api/problems").await.body;
    let all = all["problems"].as_array().unwrap();
    let ids = all.iter().map(|problem| problem["id"].clone());
    ids.take(count).collect()
}

/// A round of two problems from 13:00 to 15:00, with these members, too. It is half past noon.
pub(crate) async fn definition(app: &App, more: Value) -> Value {
    let ids = problems(app, 2).await;
    let problems = ids.iter().map(|id| json!({"problem_id": id, "points": 1}));
    let mut definition = json!({
        "opens_at": "2026-03-29T13:00:00Z", "closes_at": "2026-03-29T15:00:00Z",
        "problems": problems.collect::<Vec<_>>(),
    });
    let (all, more) = (definition.as_object_mut(), more.as_object().cloned());
    all.unwrap().extend(more.unwrap());
    definition
}

/// Puts the round with these members.
pub(crate) async fn put(app: &App, more: Value) -> Answer {
    let definition = definition(app, more).await;
    app.send(host(), "PUT", ROUND, definition).await
}

/// Puts the round, and waits until it opens.
pub(crate) async fn open(app: &App, more: Value) {
    let put = put(app, more).await;
    assert_eq!(put.status, 200, "{put:?}");
    until(app, "13:00");
}

/// Advances the clock to this time of the day.
pub(crate) fn until(app: &App, time: &str) {
    let at: Timestamp = format!("2026-03-29T{time}:00Z").parse().unwrap();
    app.clock.advance(at - app.clock.now());
}

pub(crate) async fn join(app: &App, user: UserId) -> Answer {
    Answer::of(app.by(user, "POST", &format!("{ROUND}/join"))).await
}

/// Joins and returns the contest.
pub(crate) async fn joined(app: &App, user: UserId) -> Value {
    let joined = join(app, user).await;
    assert_eq!(joined.status, 201, "{joined:?}");
    joined.body
}

/// Marks a problem of a contest, by its place.
pub(crate) async fn mark(app: &App, user: UserId, contest: &Value, place: usize) -> Answer {
    let id = contest["id"].as_str().unwrap();
    let problem = contest["problems"][place]["problem"]["id"].as_str();
    let path = format!("/api/contests/{id}/problems/{}", problem.unwrap());
    app.send(user, "PATCH", &path, json!({"is_completed": true}))
        .await
}

/// The body of a successful answer below the round.
pub(crate) async fn get(app: &App, user: UserId, path: &str) -> Value {
    let answer = app.get(user, &format!("{ROUND}{path}")).await;
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    answer.body
}

/// Records attempts of a user: problem, submission, time and verdict of each.
async fn judge(app: &App, of: UserId, attempts: &[(&Value, &str, &str, &str)]) -> Answer {
    let attempts = attempts.iter().map(|(problem, submission, time, verdict)| {
        json!({"problem_id": problem, "submission_id": submission, "verdict": verdict,
            "at": format!("2026-03-29T{time}:00Z")})
    });
    let body = json!({"attempts": attempts.collect::<Vec<_>>()});
    let path = format!("{ROUND}/participants/{of}/attempts");
    app.send(host(), "POST", &path, body).await
}

/// Rank, participant, points and penalty of each row.
fn rows(board: &Value) -> Vec<(u64, UserId, u64, u64)> {
    let rows = board["rows"].as_array().unwrap().iter();
    let number = |row: &Value, name: &str| row[name].as_u64().unwrap();
    let row = |row: &Value| {
        let participant = row["participant_id"].as_str().unwrap().parse().unwrap();
        let [rank, points, penalty] = ["rank", "points", "penalty"].map(|name| number(row, name));
        (rank, participant, points, penalty)
    };
    rows.map(row).collect()
}

/// Checks that no answer for a user who has not joined names a problem.
async fn no_problem_is_named(app: &App, user: UserId) {
    let ids = problems(app, 2).await;
    for path in [
        "/api/rounds".to_owned(),
        ROUND.to_owned(),
        format!("{ROUND}/join"),
        format!("{ROUND}/board"),
        format!("{ROUND}/board/me"),
        format!("{ROUND}/standings"),
        format!("{ROUND}/definition"),
        format!("{ROUND}/participants"),
    ] {
        let answer = app.get(user, &path).await;
        let text = format!("{answer:?}");
        for id in &ids {
            assert!(!text.contains(id.as_str().unwrap()), "{path}: {text}");
        }
    }
}

async fn before_it_opens(app: &App) {
    let nobody = app.get(user(1), ROUND).await;
    assert_eq!((nobody.status, nobody.code()), (404, "round_not_found"));
    let icpc = json!({"title": "Cup", "scoring": {"method": "icpc"},
        "freeze": {"from": "2026-03-29T14:00:00Z"}});
    let first = put(app, icpc.clone()).await;
    assert_eq!((first.status, &first.body["title"]), (200, &json!("Cup")));
    let again = put(app, icpc).await;
    assert_eq!(again, first, "the same round changes nothing");
    let read = app.get(host(), &format!("{ROUND}/definition")).await;
    assert_eq!(read.body, first.body);
    let back = app.send(host(), "PUT", ROUND, read.body.clone()).await;
    assert_eq!((back.status, &back.body), (200, &read.body));
    let known = app.by(host(), "GET", &format!("{ROUND}/definition"));
    let known = known.header("if-none-match", read.headers["etag"].as_str().unwrap());
    assert_eq!(Answer::of(known).await.status, 304);

    let list = app.get(user(1), "/api/rounds").await.body;
    let round = get(app, user(1), "").await;
    let expected = json!({
        "id": "0190d3f4-7a00-7000-8000-0000000000aa", "title": "Cup",
        "opens_at": "2026-03-29T13:00:00Z", "closes_at": "2026-03-29T15:00:00Z",
        "personal_limit": null, "admission": "anyone", "judging": "participants",
        "problems": [{"order": 1, "points": 1}, {"order": 2, "points": 1}],
        "scoring": {"version": 1, "method": "icpc", "penalty": 1200, "unit": "minute",
            "compile_errors": "not_counted"},
        "freeze": {"from": "2026-03-29T14:00:00Z", "lifted_at": null},
        "status": "upcoming", "server_now": "2026-03-29T12:30:00Z",
    });
    assert_eq!(list["rounds"], json!([expected]));
    let mut of_caller = expected;
    of_caller["contest_id"] = Value::Null;
    assert_eq!(round, of_caller);
    no_problem_is_named(app, user(1)).await;
    let early = join(app, user(1)).await;
    assert_eq!((early.status, early.code()), (409, "round_not_open"));
    assert_eq!(early.body["opens_at"], "2026-03-29T13:00:00Z");
}

/// User 1 marks the first problem after ten minutes; the attempts of user 2 are judged.
async fn while_it_is_open(app: &App) -> Value {
    until(app, "13:00");
    no_problem_is_named(app, user(1)).await;
    let first = join(app, user(1)).await;
    assert_eq!(first.status, 201);
    let contest = first.body;
    let location = first.headers["location"].as_str().unwrap();
    assert_eq!(app.get(user(1), location).await.body, contest);
    assert_eq!(contest["round_id"], "0190d3f4-7a00-7000-8000-0000000000aa");
    assert_eq!(contest["scoring"]["method"], "icpc");
    let again = join(app, user(1)).await;
    assert_eq!((again.status, &again.body), (200, &contest));
    let seen = get(app, user(1), "").await;
    assert_eq!(
        (&seen["status"], &seen["contest_id"]),
        (&json!("open"), &contest["id"])
    );
    let late = put(app, json!({"title": "Bowl"})).await;
    assert_eq!((late.status, late.code()), (409, "round_has_opened"));

    let second = joined(app, user(2)).await;
    until(app, "13:10");
    assert_eq!(mark(app, user(1), &contest, 0).await.status, 200);
    until(app, "13:40");
    let problem = &second["problems"][0]["problem"]["id"];
    let wrong = (problem, "101", "13:20", "rejected");
    let right = (problem, "102", "13:30", "accepted");
    let recorded = judge(app, user(2), &[wrong, right]).await;
    let expected = json!({"recorded": 2, "rejudged": 0, "unchanged": 0});
    assert_eq!((recorded.status, &recorded.body), (200, &expected));
    let board = get(app, user(3), "/board").await;
    let expected = [(1, user(1), 1, 600), (2, user(2), 1, 1_800 + 1_200)];
    assert_eq!(rows(&board), expected);
    let cell = json!({"order": 1, "judged": 2, "pending": 0, "solved": true, "points": 1,
        "time": 1_800, "penalty": 3_000});
    assert_eq!(board["rows"][1]["problems"][0], cell);

    let taken_back = (problem, "101", "13:20", "not_counted");
    let again = judge(app, user(2), &[taken_back, right]).await;
    assert_eq!(
        again.body,
        json!({"recorded": 0, "rejudged": 1, "unchanged": 1})
    );
    let board = get(app, user(3), "/board").await;
    assert_eq!(rows(&board)[1], (2, user(2), 1, 1_800));
    let log = app.get(user(2), "/api/users/me/attempts").await.body;
    let log = log["attempts"].as_array().unwrap();
    let seen: Vec<_> = log
        .iter()
        .map(|entry| (entry["submission_id"].as_str(), entry["verdict"].as_str()))
        .collect();
    let expected = [
        (Some("102"), Some("accepted")),
        (Some("101"), Some("not_counted")),
    ];
    assert_eq!(seen, expected);
    assert_eq!(get(app, user(3), "/board/me").await, json!({"row": null}));
    contest
}

async fn while_it_is_frozen(app: &App, contest: &Value) {
    until(app, "14:05");
    assert_eq!(mark(app, user(1), contest, 1).await.status, 200);
    let public = get(app, user(1), "/board").await;
    assert_eq!(
        (&public["view"], &public["frozen"]),
        (&json!("public"), &json!(true))
    );
    assert_eq!(rows(&public)[0], (1, user(1), 1, 600));
    assert_eq!(public["rows"][0]["problems"][1]["pending"], 1);
    let own = get(app, user(1), "/board/me").await;
    assert_eq!(own["row"], public["rows"][0]);
    let all = get(app, host(), "/board?view=host").await;
    assert_eq!(
        (&all["view"], &all["frozen"]),
        (&json!("host"), &json!(false))
    );
    assert_eq!(rows(&all)[0], (1, user(1), 2, 600 + 65 * 60));
    assert_eq!(get(app, user(1), "/standings").await["frozen"], true);
    for path in ["board", "standings", "board/events"] {
        let refused = app.get(user(1), &format!("{ROUND}/{path}?view=host")).await;
        assert_eq!(
            (refused.status, refused.code()),
            (403, "not_a_host"),
            "{path}"
        );
    }
    until(app, "15:00");
    assert_eq!(get(app, user(1), "").await["status"], "closed");
    let lifted = json!({"title": "Cup", "scoring": {"method": "icpc"},
        "freeze": {"from": "2026-03-29T14:00:00Z", "lifted_at": "2026-03-29T15:30:00Z"}});
    assert_eq!(put(app, lifted).await.status, 200);
    until(app, "15:30");
    let public = get(app, user(1), "/board").await;
    assert_eq!(rows(&public), rows(&all));
    assert_eq!(public["frozen"], false);
}

async fn after_it_has_closed(app: &App) {
    assert_eq!(get(app, user(4), "").await["status"], "closed");
    let contest = joined(app, user(4)).await;
    assert_eq!(contest["deadline"], "2026-03-29T17:30:00Z");
    until(app, "15:35");
    mark(app, user(4), &contest, 0).await;
    let board = get(app, user(4), "/board").await;
    assert_eq!(
        rows(&board).len(),
        2,
        "a virtual participant is not in the board"
    );
    let own = get(app, user(4), "/board/me").await;
    assert_eq!(
        (&own["row"]["virtual"], &own["row"]["rank"]),
        (&json!(true), &json!(2))
    );
    let standings = get(app, user(4), "/standings").await;
    assert_eq!(rows(&standings), rows(&board));
    let virtual_row = &standings["virtual_rows"][0];
    assert_eq!(virtual_row["participant_id"], user(4).to_string());
    let first = |row: usize| &standings["rows"][row]["problems"][0]["first_to_solve"];
    assert_eq!([first(0), first(1)], [&json!(true), &json!(false)]);
    let past = get(app, user(4), "/standings?at=2026-03-29T13:15:00Z").await;
    assert_eq!(rows(&past), [(1, user(1), 1, 600), (2, user(2), 0, 0)]);
    no_problem_is_named(app, user(5)).await;
}

async fn a_rounds_life(app: App) {
    before_it_opens(&app).await;
    let contest = while_it_is_open(&app).await;
    while_it_is_frozen(&app, &contest).await;
    after_it_has_closed(&app).await;
}

#[tokio::test]
async fn a_rounds_life_in_memory() {
    a_rounds_life(App::in_memory().await).await;
}

#[tokio::test]
async fn a_rounds_life_on_sqlite() {
    a_rounds_life(App::on_sqlite().await).await;
}

#[tokio::test]
async fn a_rounds_life_on_postgres() {
    a_rounds_life(App::on_postgres().await).await;
}

/// Lists users in the round.
async fn list(app: &App, members: Value) -> Answer {
    let path = format!("{ROUND}/participants");
    app.send(host(), "PUT", &path, json!({"members": members}))
        .await
}

#[tokio::test]
async fn a_round_for_listed_users_does_not_exist_for_others() {
    let app = App::in_memory().await;
    open(&app, json!({"admission": "listed"})).await;
    let outside = async |user: UserId| {
        let found = app.get(user, "/api/rounds").await.body;
        assert_eq!(found["rounds"], json!([]));
        let mut answers = vec![join(&app, user).await];
        for path in ["", "/board", "/board/me", "/board/events", "/standings"] {
            answers.push(app.get(user, &format!("{ROUND}{path}")).await);
        }
        for answer in answers {
            assert_eq!((answer.status, answer.code()), (404, "round_not_found"));
        }
    };
    outside(user(1)).await;
    let all = [1, 2, 3].map(|number| json!({"user_id": user(number)}));
    assert_eq!(list(&app, json!(all)).await.status, 204);
    let found = app.get(user(1), "/api/rounds").await.body;
    assert_eq!(found["rounds"].as_array().unwrap().len(), 1);
    joined(&app, user(1)).await;
    outside(user(4)).await;
    let every = app.get(host(), "/api/rounds?view=host").await.body;
    assert_eq!(every["rounds"].as_array().unwrap().len(), 1);
    let refused = app.get(user(1), "/api/rounds?view=host").await;
    assert_eq!((refused.status, refused.code()), (403, "not_a_host"));

    let page = get(&app, host(), "/participants?limit=2").await;
    let alone = |number| json!({"user_id": user(number), "participant_id": user(number)});
    assert_eq!(page["members"], json!([alone(1), alone(2)]));
    let next = page["next_cursor"].as_str().unwrap();
    let page = get(
        &app,
        host(),
        &format!("/participants?limit=2&cursor={next}"),
    )
    .await;
    assert_eq!(page, json!({"members": [alone(3)], "next_cursor": null}));

    let path = format!("{ROUND}/participants/remove");
    let body = json!({"user_ids": [user(1), user(2)]});
    assert_eq!(app.send(host(), "POST", &path, body).await.status, 204);
    outside(user(2)).await;
    let board = get(&app, user(3), "/board").await;
    assert_eq!(rows(&board).len(), 1, "a contest that has begun stays");
}

#[tokio::test]
async fn members_of_a_team_have_one_row() {
    let app = App::in_memory().await;
    let first = json!([{"user_id": user(1), "participant_id": user(70)}]);
    let path = format!("{ROUND}/participants");
    let users = json!({"user_ids": [user(1)]});
    for nowhere in [
        list(&app, first.clone()).await,
        app.get(host(), &path).await,
        app.send(host(), "POST", &format!("{path}/remove"), users)
            .await,
    ] {
        assert_eq!((nowhere.status, nowhere.code()), (404, "round_not_found"));
    }
    open(&app, json!({"admission": "listed"})).await;
    let alone = list(&app, first).await;
    assert_eq!((alone.status, alone.code()), (422, "round_without_teams"));
    assert_eq!(alone.body["field"], "members");

    let app = App::in_memory().await;
    open(&app, json!({"admission": "teams"})).await;
    let members = json!([
        {"user_id": user(1), "participant_id": user(70)},
        {"user_id": user(2), "participant_id": user(70)},
        {"user_id": user(3)},
    ]);
    assert_eq!(list(&app, members).await.status, 204);
    for (number, place) in [(1, 0), (2, 1), (3, 0)] {
        let contest = joined(&app, user(number)).await;
        mark(&app, user(number), &contest, place).await;
    }
    let board = get(&app, user(3), "/board?limit=1").await;
    assert_eq!(rows(&board), [(1, user(70), 2, 0)]);
    let next = board["next_cursor"].as_str().unwrap();
    let board = get(&app, user(3), &format!("/board?cursor={next}")).await;
    assert_eq!(rows(&board), [(2, user(3), 1, 0)]);
    let own = get(&app, user(2), "/board/me").await;
    assert_eq!(own["row"]["participant_id"], user(70).to_string());
}

#[tokio::test]
async fn extra_time_moves_the_deadline_before_and_after_joining() {
    let app = App::in_memory().await;
    let grant = async |number: u128, seconds: Value| {
        let path = format!("{ROUND}/participants/{}/extra-time", user(number));
        app.send(host(), "PUT", &path, json!({"seconds": seconds}))
            .await
    };
    let nowhere = grant(1, json!(60)).await;
    assert_eq!((nowhere.status, nowhere.code()), (404, "round_not_found"));
    open(&app, json!({})).await;
    let before = grant(1, json!(900)).await;
    let none = json!({"contest_id": null, "deadline": null});
    assert_eq!((before.status, &before.body), (200, &none));
    let contest = joined(&app, user(1)).await;
    assert_eq!(contest["deadline"], "2026-03-29T15:15:00Z");
    let more = json!({"contest_id": contest["id"], "deadline": "2026-03-29T15:20:00Z"});
    for _ in 0..2 {
        assert_eq!(
            grant(1, json!(1_200)).await.body,
            more,
            "it can be repeated"
        );
    }
    let less = grant(1, json!(900)).await;
    assert_eq!((less.status, less.code()), (409, "earlier_deadline"));
    for outside in [
        json!(-1),
        json!(36_001),
        json!(1.5),
        json!("900"),
        Value::Null,
    ] {
        let refused = grant(1, outside.clone()).await;
        assert_eq!(refused.status, 422, "{outside}");
        assert_eq!(refused.body["field"], "seconds");
    }
    until(&app, "15:16");
    assert_eq!(mark(&app, user(1), &contest, 0).await.status, 200);
    let board = get(&app, user(1), "/board").await;
    assert_eq!(rows(&board), [(1, user(1), 1, 0)]);
}

#[tokio::test]
async fn only_the_host_judges_where_the_round_says_so() {
    let app = App::in_memory().await;
    open(
        &app,
        json!({"judging": "host", "scoring": {"method": "best"}}),
    )
    .await;
    let absent = judge(&app, user(1), &[]).await;
    assert_eq!((absent.status, absent.code()), (404, "not_joined"));
    let contest = joined(&app, user(1)).await;
    let refused = mark(&app, user(1), &contest, 0).await;
    assert_eq!((refused.status, refused.code()), (409, "judged_by_host"));
    assert_eq!(refused.body["contest_id"], contest["id"]);

    until(&app, "13:10");
    let problem = |place: usize| &contest["problems"][place]["problem"]["id"];
    let path = format!("{ROUND}/participants/{}/attempts", user(1));
    let scored = json!({"attempts": [{"problem_id": problem(0), "submission_id": "1",
        "at": "2026-03-29T13:05:00Z", "verdict": "rejected", "score": {"points": 33.3, "max": 100}}]});
    assert_eq!(app.send(host(), "POST", &path, scored).await.status, 200);
    let board = get(&app, user(1), "/board").await;
    assert_eq!(board["rows"][0]["points"], 0.333);
    let seen = app.get(user(1), "/api/contests/active").await.body;
    let entry = &seen["contest"]["problems"][0];
    let log = app.get(user(1), "/api/users/me/attempts").await.body;
    for attempt in [&entry["attempts"][0], &log["attempts"][0]] {
        assert_eq!(attempt["submission_id"], "1");
        assert_eq!(attempt["score"], json!({"points": 33.3, "max": 100}));
    }
    assert_eq!(
        (&entry["score"]["points"], &entry["is_completed"]),
        (&json!(0.333), &json!(false))
    );
    assert_eq!(seen["contest"]["score"]["points"], 0.333);

    let wrong = |problem, submission, time| [(problem, submission, time, "accepted")];
    let elsewhere = json!(NOWHERE);
    for (attempts, status, code) in [
        (wrong(problem(1), "1", "13:05"), 409, "submission_reused"),
        (
            wrong(problem(1), "2", "12:59"),
            422,
            "attempt_outside_contest",
        ),
        (wrong(problem(1), "2", "13:20"), 422, "solve_in_future"),
        (
            wrong(&elsewhere, "2", "13:05"),
            404,
            "problem_not_in_contest",
        ),
    ] {
        let refused = judge(&app, user(1), &attempts).await;
        assert_eq!((refused.status, refused.code()), (status, code));
        assert_eq!(refused.body["field"], "attempts", "{code}");
        assert_eq!(
            refused.body["problem_ids"],
            json!([attempts[0].0]),
            "{code}"
        );
    }
}

#[tokio::test]
async fn rounds_are_listed_as_they_were_defined() {
    let app = App::in_memory().await;
    let points = problems(&app, 2).await.into_iter().zip([2.5, 400.0]);
    let points = points.map(|(id, points)| json!({"problem_id": id, "points": points}));
    let more = json!({"problems": points.collect::<Vec<_>>(), "personal_limit": 5_400});
    let definition = definition(&app, more).await;
    let second = ROUND.replace("00aa", "00ab");
    for path in [ROUND, &second] {
        let put = app.send(host(), "PUT", path, definition.clone()).await;
        assert_eq!(put.status, 200);
    }
    let first = app.get(user(1), "/api/rounds?limit=1").await.body;
    let cursor = first["next_cursor"].as_str().unwrap();
    let path = format!("/api/rounds?limit=1&cursor={cursor}");
    let last = app.get(user(1), &path).await.body;
    assert_eq!(last["next_cursor"], Value::Null);
    for (page, path) in [(first, &*second), (last, ROUND)] {
        let round = &page["rounds"][0];
        assert!(path.ends_with(round["id"].as_str().unwrap()));
        assert_eq!(round["personal_limit"], 5_400);
        let problems = json!([{"order": 1, "points": 2.5}, {"order": 2, "points": 400}]);
        assert_eq!(round["problems"], problems);
    }
}

/// All rows of the board, read page by page.
async fn walk(app: &App, limit: u32) -> Vec<(u64, UserId, u64, u64)> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/board?limit={limit}{cursor}");
        let page = get(app, user(1), &path).await;
        let rows = rows(&page);
        assert!(rows.len() <= limit as usize);
        all.extend(rows);
        match &page["next_cursor"] {
            Value::String(next) => cursor = format!("&cursor={next}"),
            _ => return all,
        }
    }
}

#[tokio::test]
async fn pages_of_a_board_have_every_row_once_with_its_rank() {
    for scoring in ["ticks", "lockout"] {
        let app = App::in_memory().await;
        open(&app, json!({"scoring": {"method": scoring}})).await;
        for number in 1..=7 {
            let contest = joined(&app, user(number)).await;
            if number % 3 == 0 {
                mark(&app, user(number), &contest, 0).await;
            }
        }
        let whole = walk(&app, 1_000).await;
        let ranks: Vec<_> = whole.iter().map(|row| (row.0, row.1)).collect();
        if scoring == "ticks" {
            let expected = [(1, 3), (1, 6), (3, 1), (3, 2), (3, 4), (3, 5), (3, 7)];
            assert_eq!(ranks, expected.map(|(rank, number)| (rank, user(number))));
        }
        for limit in 1..=7 {
            assert_eq!(walk(&app, limit).await, whole, "{scoring} by {limit}");
        }
    }
}

#[tokio::test]
async fn rounds_and_the_routes_of_the_host_exist_only_if_they_are_mounted() {
    let plain = App::over(MemoryStore::new()).await;
    for path in ["/api/rounds", ROUND, &format!("{ROUND}/definition")] {
        let nothing = plain.get(host(), path).await;
        assert_eq!((nothing.status, nothing.code()), (404, "no_such_route"));
    }
    let store = MemoryStore::new();
    let rounds = store.clone();
    let users = App::mounted(
        store,
        |engine| engine,
        |api, engine| api.rounds(Rounds::new(engine, rounds)),
    )
    .await;
    assert_eq!(users.get(host(), "/api/rounds").await.status, 200);
    for path in ["definition", "participants", "participants/remove"] {
        let nothing = users.get(host(), &format!("{ROUND}/{path}")).await;
        assert_eq!((nothing.status, nothing.code()), (404, "no_such_route"));
    }
    let put = put(&users, json!({})).await;
    assert_eq!((put.status, put.code()), (405, "method_not_allowed"));
    let refused = users.get(host(), &format!("{ROUND}/board?view=host")).await;
    assert_eq!((refused.status, refused.code()), (403, "not_a_host"));
}

/// No time that a host gives makes an answer a 500.
async fn rounds_of_any_time_work(app: App) {
    for (id, opens_at, closes_at, limit) in [
        (
            1,
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999999Z",
            0.5,
        ),
        (
            2,
            "0001-01-01T00:00:00Z",
            "2026-03-01T00:00:00Z",
            31_622_400.0,
        ),
        (3, "0001-01-01T00:00:00Z", "2026-03-01T00:00:00Z", -1.0),
        (4, "2026-03-29T12:30:00Z", "2026-03-29T12:30:00Z", -1.0),
    ] {
        let number = u128::try_from(id).unwrap();
        let limit = (limit >= 0.0).then_some(limit);
        let times = json!({"opens_at": opens_at, "closes_at": closes_at, "personal_limit": limit});
        let path = format!("/api/rounds/0190d3f4-7a00-7000-8000-00000000000{id}");
        let body = definition(&app, times).await;
        let put = app.send(host(), "PUT", &path, body).await;
        assert_eq!(put.status, 200, "{put:?}");
        let extra = format!("{path}/participants/{}/extra-time", user(number));
        for seconds in [600, 36_000] {
            let body = json!({"seconds": seconds});
            let granted = app.send(host(), "PUT", &extra, body).await;
            assert_eq!(granted.status, 200, "{granted:?}");
            let join = format!("{path}/join");
            let joined = Answer::of(app.by(user(number), "POST", &join)).await;
            assert!(joined.status < 300, "{joined:?}");
        }
        let at = ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"];
        for path in [
            format!("{path}/board/me"),
            format!("{path}/standings?at={}", at[0]),
            format!("{path}/standings?at={}", at[1]),
        ] {
            assert_eq!(app.get(user(number), &path).await.status, 200, "{path}");
        }
    }
}

#[tokio::test]
async fn rounds_of_any_time_work_in_memory() {
    rounds_of_any_time_work(App::in_memory().await).await;
}

#[tokio::test]
async fn rounds_of_any_time_work_on_sqlite() {
    rounds_of_any_time_work(App::on_sqlite().await).await;
}

#[tokio::test]
async fn rounds_of_any_time_work_on_postgres() {
    rounds_of_any_time_work(App::on_postgres().await).await;
}

#[tokio::test]
async fn invalid_definitions_are_refused() {
    let app = App::in_memory().await;
    let twice = vec![json!({"problem_id": problems(&app, 1).await[0]}); 2];
    let many: Vec<_> = (1..=1_001)
        .map(|number| json!({"problem_id": user(number)}))
        .collect();
    let mut requests = Vec::new();
    for (name, more) in [
        (
            "an end before the beginning",
            json!({"closes_at": "2026-03-29T12:00:00Z"}),
        ),
        ("no problems", json!({"problems": []})),
        ("a problem twice", json!({"problems": twice})),
        ("too many problems", json!({"problems": many})),
        (
            "an unknown problem",
            json!({"problems": [{"problem_id": NOWHERE}]}),
        ),
        ("an array for a problem", json!({"problems": [[NOWHERE]]})),
        (
            "negative points",
            json!({"problems": [{"problem_id": NOWHERE, "points": -0.5}]}),
        ),
        ("an unknown member", json!({"problem": []})),
        (
            "an unknown member of a freeze",
            json!({"freeze": {"from": "2026-03-29T14:00:00Z", "to": null}}),
        ),
        ("an invalid time", json!({"opens_at": "noon"})),
        ("an invalid title", json!({"title": " "})),
        ("an unknown admission", json!({"admission": "friends"})),
        ("a negative limit", json!({"personal_limit": -1})),
        ("a limit of years", json!({"personal_limit": 31_622_401})),
        ("a text for a limit", json!({"personal_limit": "2h"})),
        (
            "an unknown method",
            json!({"scoring": {"method": "fastest"}}),
        ),
        ("no method", json!({"scoring": {}})),
        (
            "an option of another method",
            json!({"scoring": {"method": "best", "penalty": 60}}),
        ),
        (
            "an unknown option",
            json!({"scoring": {"method": "icpc", "penalti": 60}}),
        ),
        (
            "a negative penalty",
            json!({"scoring": {"method": "icpc", "penalty": -60}}),
        ),
        (
            "another version",
            json!({"scoring": {"method": "icpc", "version": 2}}),
        ),
        (
            "a large percentage",
            json!({"scoring": {"method": "falling", "per_try": {"percent": 101}}}),
        ),
    ] {
        let body = definition(&app, more).await;
        requests.push((name, app.by(host(), "PUT", ROUND).json(&body)));
    }
    let body = definition(&app, json!({})).await;
    requests.push(("not a host", app.by(user(1), "PUT", ROUND).json(&body)));
    requests.push((
        "an invalid id",
        app.by(host(), "PUT", "/api/rounds/7").json(&body),
    ));
    insta::assert_json_snapshot!("invalid_definitions", answers(requests).await);
}

#[tokio::test]
async fn invalid_requests_for_rounds_are_refused() {
    let app = App::in_memory().await;
    open(&app, json!({})).await;
    joined(&app, user(1)).await;
    let (contest, nowhere) = (app.get(user(1), ROUND).await, json!(NOWHERE));
    let get = |path: &str| app.by(host(), "GET", &format!("{ROUND}{path}"));
    let send = |method: &str, path: &str, body: Value| {
        app.by(host(), method, &format!("{ROUND}/participants{path}"))
            .json(&body)
    };
    let judged = |attempt: Value| {
        let path = format!("/{}/attempts", user(1));
        send("POST", &path, json!({"attempts": [attempt]}))
    };
    let attempt = |more: Value| {
        let mut attempt =
            json!({"problem_id": nowhere, "at": "2026-03-29T13:00:00Z", "verdict": "accepted"});
        attempt
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        judged(attempt)
    };
    let many = vec![json!({"user_id": NOWHERE}); 10_001];
    let attempts = vec![
        json!({"problem_id": NOWHERE, "at": "2026-03-29T13:00:00Z", "verdict": "pending"});
        1_001
    ];
    let forged = "BgAAAAH_____";
    let log = answers(vec![
        ("a cursor that is none", get("/board?cursor=x")),
        ("a cursor of another list", get("/board?cursor=AQ")),
        (
            "a cursor that a client made up",
            get(&format!("/board?cursor={forged}")),
        ),
        ("no rows", get("/board?limit=0")),
        ("an unknown view", get("/board?view=mine")),
        ("an invalid instant", get("/standings?at=noon")),
        ("too many rows to stream", get("/board/events?limit=101")),
        ("a cursor of participants", get("/participants?cursor=x")),
        (
            "a cursor of rounds",
            app.by(user(1), "GET", "/api/rounds?cursor=x"),
        ),
        ("an invalid id", app.by(user(1), "GET", "/api/rounds/7")),
        ("too many users", send("PUT", "", json!({"members": many}))),
        (
            "too many users to remove",
            send(
                "POST",
                "/remove",
                json!({"user_ids": vec![NOWHERE; 10_001]}),
            ),
        ),
        (
            "an invalid user",
            send("PUT", "", json!({"members": [{"user_id": 7}]})),
        ),
        (
            "a user with an unknown member",
            send(
                "PUT",
                "",
                json!({"members": [{"user_id": NOWHERE, "name": "x"}]}),
            ),
        ),
        ("an unknown verdict", attempt(json!({"verdict": "solved"}))),
        (
            "an invalid submission",
            attempt(json!({"submission_id": "a b"})),
        ),
        (
            "a score out of nothing",
            attempt(json!({"score": {"points": 1, "max": 0}})),
        ),
        ("a score as a number", attempt(json!({"score": 1}))),
        (
            "an unknown member of an attempt",
            attempt(json!({"points": 1})),
        ),
        (
            "too many attempts",
            send(
                "POST",
                &format!("/{}/attempts", user(1)),
                json!({"attempts": attempts}),
            ),
        ),
        (
            "an invalid user in the path",
            send("PUT", "/7/extra-time", json!({"seconds": 1})),
        ),
    ])
    .await;
    insta::assert_json_snapshot!("invalid_requests_for_rounds", log);
    assert_eq!(
        app.get(user(1), ROUND).await.body["contest_id"],
        contest.body["contest_id"]
    );
}

/// A contest of one's own may be scored, too.
#[tokio::test]
async fn a_contest_is_scored_as_its_creator_asked() {
    let app = App::in_memory().await;
    let mut body = json!({"problem_count": 2, "duration_minutes": 60,
        "scoring": {"method": "icpc", "penalty": 600, "unit": "second"}});
    let created = app
        .send(user(1), "POST", "/api/contests", body.clone())
        .await;
    let contest = created.body;
    assert_eq!((created.status, &contest["round_id"]), (201, &Value::Null));
    assert_eq!(contest["scoring"]["penalty"], 600);
    app.clock.advance(Duration::from_secs(95));
    mark(&app, user(1), &contest, 0).await;
    app.clock.advance(Duration::from_secs(5));
    let path = format!("/api/contests/{}/complete", contest["id"].as_str().unwrap());
    app.send(user(1), "POST", &path, Value::Null).await;
    let results = app.get(user(1), "/api/contests/results").await.body;
    let score = json!({"points": 1, "solved": 1, "penalty": 95, "last": 95});
    assert_eq!(results["results"][0]["score"], score);
    body["scoring"]["method"] = "best".into();
    let refused = app.send(user(1), "POST", "/api/contests", body).await;
    assert_eq!(
        (refused.status, &refused.body["field"]),
        (422, &json!("scoring"))
    );
}
