//! Users of the process who practise.

use std::path::Path;
use std::time::Instant;

use contest_benches::Outcome;
use contest_benches::load::HttpConnection;
use contest_core::uuid::Uuid;
use futures::future::try_join_all;
use serde::Deserialize;

use crate::process::{self, Server};

/// How many users practise at once, each over a connection of their own.
const VISITORS: usize = 16;
const CONTEST: &str = r#"{"problem_count":5,"duration_minutes":60}"#;

/// A user with a connection and a token.
#[derive(Debug)]
pub(crate) struct Visitor {
    connection: HttpConnection,
    token: String,
}

/// A contest, as far as the visitor reads it.
#[derive(Deserialize)]
struct Contest {
    id: Uuid,
    problems: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    problem: Problem,
}

#[derive(Deserialize)]
struct Problem {
    id: Uuid,
}

/// Connects new users.
pub(crate) async fn visitors(binary: &Path, server: &Server) -> Outcome<Vec<Visitor>> {
    let mut visitors = Vec::new();
    for _ in 0..VISITORS {
        visitors.push(Visitor {
            connection: HttpConnection::connect(server.address).await?,
            token: process::run(binary, &["token"]).await?,
        });
    }
    Ok(visitors)
}

/// Lets all of them practise until an instant, and tells how many requests that were.
pub(crate) async fn practise(visitors: &mut [Visitor], until: Instant) -> Outcome<u64> {
    let all = visitors.iter_mut().map(|visitor| async move {
        let mut requests = 0;
        while Instant::now() < until {
            requests += visitor.practise().await?;
        }
        Outcome::Ok(requests)
    });
    Ok(try_join_all(all).await?.iter().sum())
}

impl Visitor {
    /// A contest from its beginning to its end. What is solved is taken back, so that there is
    /// always something left.
    async fn practise(&mut self) -> Outcome<u64> {
        let answer = self.call("POST", "/contests", CONTEST).await?;
        let contest: Contest = serde_json::from_slice(answer)?;
        let path = format!("/contests/{}", contest.id);
        let mut requests = 5;
        for entry in &contest.problems {
            let mark = format!("{path}/problems/{}", entry.problem.id);
            for body in [r#"{"is_completed":true}"#, r#"{"is_completed":false}"#] {
                self.call("PATCH", &mark, body).await?;
                requests += 1;
            }
        }
        self.call("GET", "/contests/active", "").await?;
        self.call("GET", "/users/me/progress", "").await?;
        self.call("GET", &path, "").await?;
        self.call("POST", &format!("{path}/abandon"), "").await?;
        Ok(requests)
    }

    async fn call(&mut self, method: &str, path: &str, body: &str) -> Outcome<&[u8]> {
        let request = format!(
            "{method} /api{path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.token,
            body.len(),
        );
        self.connection.call(request.as_bytes()).await
    }
}
