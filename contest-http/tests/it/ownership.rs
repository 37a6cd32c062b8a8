//! No route lets a user read or change the data of another.

use contest_core::UserId;
use contest_core::uuid::Uuid;
use serde_json::{Value, json};

use crate::app::{Answer, App, user};

/// Every method and path of the OpenAPI document, so that a new route is checked, too.
fn routes() -> Vec<(String, String)> {
    let document = serde_json::to_value(contest_http::openapi::document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, methods): (&String, &Value)| {
        let methods = methods.as_object().unwrap().keys();
        methods
            .map(|method| (method.to_uppercase(), path.clone()))
            .collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

/// A valid body for the route.
fn body(path: &str, problem: &str) -> Value {
    match path {
        "/contests" => json!({"problem_count": 1, "duration_minutes": 60}),
        "/users/me/progress/reset" => json!({"confirm": true}),
        "/users/me/solves" => {
            json!({"solves": [{"problem_id": problem, "solved_at": "2020-01-01T00:00:00Z"}]})
        }
        _ => json!({"is_completed": true}),
    }
}

/// The user's data.
async fn everything(app: &App, user: UserId) -> Vec<Value> {
    let mut seen = Vec::new();
    for path in [
        "contests",
        "contests/active",
        "users/me/progress",
        "users/me/attempts",
    ] {
        seen.push(app.get(user, &format!("/api/{path}")).await.body);
    }
    seen
}

async fn nothing_crosses(app: App) {
    let (owner, other) = (user(1), user(2));
    let contest = app.contest(owner, 2).await;
    let id = contest["id"].as_str().unwrap();
    let problem = contest["problems"][0]["problem"]["id"].as_str().unwrap();
    let before = everything(&app, owner).await;
    let all = routes();
    assert!(all.len() >= 14, "{all:?}");
    for (method, route) in all {
        let path = route
            .replace("{contest_id}", id)
            .replace("{problem_id}", problem)
            .replace("{round_id}", id)
            .replace("{user_id}", &owner.to_string());
        let path = format!("/api{path}");
        let request = app.by(other, &method, &path);
        let answer = Answer::of(request.json(&body(&route, problem))).await;
        if route.contains("{contest_id}") {
            assert_eq!(
                (answer.status, answer.code()),
                (404, "contest_not_found"),
                "{method} {route}"
            );
        }
        let of_host = route.contains("participants") || route.ends_with("definition");
        if of_host || method == "PUT" {
            assert_eq!(
                (answer.status, answer.code()),
                (403, "not_a_host"),
                "{method} {route}"
            );
        }
        assert!(answer.status < 500, "{method} {route}");
        // A 404 repeats the id that the request sent.
        if answer.status < 400 {
            let text = answer.body.to_string();
            assert!(!text.contains(id), "{method} {route}: {text}");
        }
    }
    assert_eq!(everything(&app, owner).await, before);
}

#[tokio::test]
async fn nothing_crosses_in_memory() {
    nothing_crosses(App::in_memory().await).await;
}

#[tokio::test]
async fn nothing_crosses_on_sqlite() {
    nothing_crosses(App::on_sqlite().await).await;
}

#[tokio::test]
async fn nothing_crosses_on_postgres() {
    nothing_crosses(App::on_postgres().await).await;
}

#[tokio::test]
async fn a_request_without_identity_gets_only_the_catalogue() {
    let app = App::in_memory().await;
    let nil = Uuid::nil().to_string();
    for (method, route) in routes() {
        let path = route
            .replace("{contest_id}", &nil)
            .replace("{problem_id}", &nil)
            .replace("{round_id}", &nil)
            .replace("{user_id}", &nil);
        let request = app.anonymous(&method, &format!("/api{path}"));
        let answer = Answer::of(request.json(&body(&route, &nil))).await;
        if route.starts_with("/problems") {
            assert_ne!(answer.status, 401, "{method} {route}");
        } else {
            assert_eq!(
                (answer.status, answer.code()),
                (401, "unauthorized"),
                "{method} {route}"
            );
            assert_eq!(answer.headers["www-authenticate"], "Bearer");
        }
    }
}
