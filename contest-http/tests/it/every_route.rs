//! Every route does what it says, the same over every store.

use contest_core::time::Clock as _;
use serde_json::{Value, json};
use std::time::Duration;

use crate::app::{Answer, App, user};

/// A user's day: all requests and their answers.
struct Day {
    app: App,
    log: Vec<Value>,
}

impl Day {
    async fn ask(&mut self, method: &str, path: &str, body: Option<Value>) -> Value {
        let mut request = self.app.by(user(1), method, path);
        if let Some(body) = &body {
            request = request.json(body);
        }
        let answer = Answer::of(request).await;
        self.log.push(json!({
            "request": format!("{method} {path}"), "sent": body, "answer": answer.to_json(),
        }));
        answer.body
    }

    async fn get(&mut self, path: &str) -> Value {
        self.ask("GET", path, None).await
    }

    fn later(&self, minutes: u64) {
        self.app.clock.advance(Duration::from_secs(minutes * 60));
    }

    async fn look_around(&mut self) {
        self.get("/api/problems").await;
        self.get("/api/problems?difficulty=easy&topic=Graphs").await;
        self.get("/api/problems?limit=2").await;
        let problems = self.get("/api/problems/stats").await;
        assert_eq!(problems["total"], 6);
        let all = self.get("/api/problems").await;
        let first = all["problems"][0]["id"].as_str().unwrap();
        self.get(&format!("/api/problems/{first}")).await;
        self.get("/api/users/me/progress").await;
        self.get("/api/contests/active").await;
        self.get("/api/contests").await;
        self.get("/api/contests/options").await;
    }

    /// Rules, a strategy, parts and slots; abandoned and resumed.
    async fn choose(&mut self) {
        let body = json!({
            "problem_count": 2, "duration_minutes": 30, "seed": "7", "topic_cap": 1,
            "eligibility": {"solved": {"exclude_within_days": 30}, "attempted": "allow"},
            "excluded_topics": ["Trees & Tries"],
            "parts": [{"count": 1, "strategy": "topic_balanced"}, {"count": 1}],
        });
        self.ask("POST", "/api/contests/explain", Some(body.clone()))
            .await;
        let contest = self.ask("POST", "/api/contests", Some(body)).await;
        let path = format!("/api/contests/{}", contest["id"].as_str().unwrap());
        for how in ["abandon", "resume", "abandon"] {
            self.ask("POST", &format!("{path}/{how}"), None).await;
        }
        self.get(&format!("{path}/replay")).await;
        let body = json!({
            "problem_count": 2, "duration_minutes": 30, "strict": true,
            "eligibility": {"solved": "allow"}, "slots": [
                {"difficulty": {"max": "Medium"}, "topics": ["Graphs"], "points": 100},
                {"rating": {"min": 1500}, "points": 300},
            ],
        });
        self.ask("POST", "/api/contests/explain", Some(body.clone()))
            .await;
        let contest = self.ask("POST", "/api/contests", Some(body)).await;
        let path = format!("/api/contests/{}", contest["id"].as_str().unwrap());
        self.ask("POST", &format!("{path}/complete"), None).await;
    }

    async fn reset(&mut self) {
        self.get("/api/users/me/epoch").await;
        let body = json!({"confirm": true});
        self.ask("POST", "/api/users/me/progress/reset", Some(body))
            .await;
        self.get("/api/users/me/epoch").await;
        self.get("/api/users/me/progress").await;
        self.get("/api/users/me/events").await;
    }

    async fn practise(&mut self) {
        let body = json!({"problem_count": 3, "duration_minutes": 60});
        let contest = self.ask("POST", "/api/contests", Some(body)).await;
        let id = contest["id"].as_str().unwrap().to_owned();
        let at = |place: usize| {
            let problem = contest["problems"][place]["problem"]["id"].as_str();
            format!("/api/contests/{id}/problems/{}", problem.unwrap())
        };
        self.later(10);
        for (place, done) in [(0, true), (0, true), (1, true), (1, false)] {
            let body = json!({"is_completed": done});
            self.ask("PATCH", &at(place), Some(body)).await;
        }
        self.get(&format!("/api/contests/{id}")).await;
        self.get("/api/contests/active").await;
        self.later(5);
        self.ask("POST", &format!("/api/contests/{id}/complete"), None)
            .await;
    }

    async fn abandon_and_expire(&mut self) {
        let body = json!({
            "problem_count": 2, "duration_minutes": 30, "mix": {"medium": 1},
            "topics": ["Arrays", "Trees & Tries"], "seed": "18446744073709551615",
        });
        let contest = self.ask("POST", "/api/contests", Some(body)).await;
        let id = contest["id"].as_str().unwrap().to_owned();
        self.ask("POST", &format!("/api/contests/{id}/abandon"), None)
            .await;
        let body = json!({"problem_count": 1, "duration_minutes": 10});
        let contest = self.ask("POST", "/api/contests", Some(body)).await;
        self.later(10);
        let id = contest["id"].as_str().unwrap();
        self.get(&format!("/api/contests/{id}")).await;
        self.get("/api/contests/active").await;
    }

    async fn look_back(&mut self) {
        let all = self.app.get(user(1), "/api/problems").await.body;
        let now = self.app.clock.now().to_string();
        let solves = [0, 2].map(
            |place: usize| json!({"problem_id": all["problems"][place]["id"], "solved_at": now}),
        );
        let body = json!({"solves": solves});
        self.ask("POST", "/api/users/me/solves", Some(body)).await;
        self.get("/api/users/me/progress").await;
        self.get("/api/users/me/activity?days=2&time_zone=Europe/Berlin")
            .await;
        self.get("/api/users/me/activity?from=2026-03-28&to=2026-03-29&time_zone=Europe/Berlin")
            .await;
        self.get("/api/users/me/attempts").await;
        self.get("/api/contests").await;
        self.get("/api/contests/results?limit=2").await;
        self.get("/api/users/me/pace?contests=10").await;
        self.get("/api/users/me/pace?from=2026-03-29T12:40:00Z")
            .await;
    }
}

async fn a_day(app: App) -> Value {
    let mut day = Day {
        app,
        log: Vec::new(),
    };
    day.look_around().await;
    day.practise().await;
    day.abandon_and_expire().await;
    day.look_back().await;
    day.choose().await;
    day.reset().await;
    day.log.into()
}

#[tokio::test]
async fn a_day_in_memory() {
    insta::assert_json_snapshot!("a_day", a_day(App::in_memory().await).await);
}

#[tokio::test]
async fn a_day_on_sqlite() {
    insta::assert_json_snapshot!("a_day", a_day(App::on_sqlite().await).await);
}

#[tokio::test]
async fn a_day_on_postgres() {
    insta::assert_json_snapshot!("a_day", a_day(App::on_postgres().await).await);
}
