//! The requests, and the users who make them.

use std::cell::Cell;

use contest_benches::Outcome;
use contest_core::prelude::*;
use contest_core::uuid::Uuid;

use crate::servers::USER_HEADER;

/// The users whose requests alternate, where a request does not need a new user.
const USERS: u128 = 256;
/// The number of bundled problems that each of them has solved.
const SOLVED: usize = 30;
/// Longer than the benchmark runs.
const MINUTES: u16 = 300;

/// An endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// Creates a contest of five problems. Each request is for a new user: a user has one contest at a time.
    Create,
    /// Marks a problem, and later unmarks it: each request changes something.
    Mark,
    /// Reads a user's progress.
    Progress,
    /// Reads a user's active contest, of five problems.
    Active,
}

impl Endpoint {
    pub(crate) const ALL: [Self; 4] = [Self::Create, Self::Mark, Self::Progress, Self::Active];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Create => "create a contest",
            Self::Mark => "mark a problem",
            Self::Progress => "progress",
            Self::Active => "active contest",
        }
    }
}

/// Endless requests. Both sides share them, so that one side takes back the marks of the other.
#[derive(Debug)]
pub(crate) struct Requests {
    made: Cell<usize>,
    what: What,
}

#[derive(Debug)]
enum What {
    /// For a new user each time, whose id goes between the two parts.
    New(String, String),
    /// One after the other, in a cycle.
    Turns(Vec<String>),
}

impl Requests {
    pub(crate) async fn new(endpoint: Endpoint, engine: &Engine) -> Outcome<Self> {
        let mut users = Vec::new();
        for number in 1..=USERS {
            let user = UserId::from_uuid(Uuid::from_u128(number));
            users.push((user, contest(engine, user).await?));
        }
        let what = match endpoint {
            Endpoint::Create => {
                let body = format!(r#"{{"problem_count":5,"duration_minutes":{MINUTES}}}"#);
                let request = request("POST", "/api/contests", "*", &body);
                let (before, after) = request.split_once('*').ok_or("no place for a user")?;
                What::New(
                    format!("{before}00000000-0000-7000-8000-"),
                    after.to_owned(),
                )
            }
            Endpoint::Mark => What::Turns(marks(&users)),
            Endpoint::Progress => What::Turns(reads("/api/users/me/progress", &users)),
            Endpoint::Active => What::Turns(reads("/api/contests/active", &users)),
        };
        let made = Cell::new(0);
        Ok(Self { made, what })
    }

    pub(crate) fn write_next(&self, request: &mut Vec<u8>) {
        let number = self.made.get();
        self.made.set(number + 1);
        request.clear();
        match &self.what {
            What::New(before, after) => {
                request.extend(before.as_bytes());
                request.extend(format!("{number:012x}").as_bytes());
                request.extend(after.as_bytes());
            }
            What::Turns(all) => {
                let next = all.get(number % all.len().max(1));
                request.extend(next.into_iter().flat_map(String::as_bytes));
            }
        }
    }
}

/// An active contest of a user who has solved some problems before.
async fn contest(engine: &Engine, user: UserId) -> Outcome<Contest> {
    let catalogue = engine.catalogue();
    let solves = catalogue.problems().iter().take(SOLVED);
    let solves: Vec<_> = solves
        .map(|problem| NewSolve::new(problem.id, Timestamp::from_micros(0)))
        .collect();
    engine.record_solves(user, &solves).await?;
    let duration = ContestDuration::from_minutes(MINUTES)?;
    let request = ContestRequest::new(ProblemCount::new(5)?, duration);
    Ok(engine.create_contest(user, &request).await?.contest)
}

/// Marks every problem of every user once, then unmarks all.
fn marks(users: &[(UserId, Contest)]) -> Vec<String> {
    let mut requests = Vec::new();
    for body in [r#"{"is_completed":true}"#, r#"{"is_completed":false}"#] {
        for place in 0..5 {
            for (user, contest) in users {
                let problem = contest.problems.get(place).map(|entry| entry.problem.id);
                requests.extend(problem.map(|problem| {
                    let path = format!("/api/contests/{}/problems/{problem}", contest.id);
                    request("PATCH", &path, &user.to_string(), body)
                }));
            }
        }
    }
    requests
}

fn reads(path: &str, users: &[(UserId, Contest)]) -> Vec<String> {
    let users = users.iter();
    users
        .map(|(user, _)| request("GET", path, &user.to_string(), ""))
        .collect()
}

fn request(method: &str, path: &str, user: &str, body: &str) -> String {
    let start = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n{USER_HEADER}: {user}\r\n");
    if method == "GET" {
        return format!("{start}\r\n");
    }
    let length = body.len();
    format!("{start}content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
}
