//! What is asked for, and by whom.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;

use contest_benches::Outcome;
use contest_benches::load::{Connection, HttpConnection};
use contest_core::prelude::*;
use contest_core::uuid::Uuid;

use crate::SEED;
use crate::servers::Servers;

/// Says who asks, to either server.
pub(crate) const USER_HEADER: &str = "x-user";

/// How many users ask in turn, where not every request is a new user's.
const USERS: u64 = 256;
/// How many of the bundled problems each of them has solved.
const SOLVED: usize = 30;
/// How many answers tell how large they are.
const SAMPLES: usize = 64;
/// Nobody's contest ends before the benchmark does.
const MINUTES: u16 = 300;

/// An endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// A contest of five problems. Each request is a new user's, as a user has one contest at a time.
    Create,
    /// Ticks a problem of somebody's contest off, and later takes that back: each request changes
    /// something.
    Mark,
    /// How far somebody has come.
    Progress,
    /// Somebody's active contest, of five problems.
    Active,
}

/// Connections to both servers.
#[derive(Debug)]
pub(crate) struct Sides {
    pub(crate) endpoint: Endpoint,
    pub(crate) ours: Vec<Client>,
    pub(crate) bare: Vec<Client>,
    /// How large bodies are on average.
    pub(crate) our_bytes: usize,
    pub(crate) bare_bytes: usize,
}

/// A connection that takes whatever request is the next.
#[derive(Debug)]
pub(crate) struct Client {
    connection: HttpConnection,
    requests: Rc<Requests>,
    request: Vec<u8>,
}

/// Requests without an end. Both sides share them, so that what one has done the other takes back.
#[derive(Debug)]
struct Requests {
    made: Cell<u64>,
    what: What,
}

#[derive(Debug)]
enum What {
    /// By a new user each time, who is named between two halves.
    New(Vec<u8>, Vec<u8>),
    /// One after the other, over and over.
    Turns(Vec<Vec<u8>>),
}

impl Endpoint {
    pub(crate) const ALL: [Self; 4] = [Self::Create, Self::Mark, Self::Progress, Self::Active];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Create => "create a contest",
            Self::Mark => "mark a problem",
            Self::Progress => "progress",
            Self::Active => "active contest",
        }
    }

    /// Opens that many connections to each server, and makes the bodies of both equally large.
    pub(crate) async fn connect(self, servers: &Servers, connections: usize) -> Outcome<Sides> {
        let requests = Rc::new(Requests {
            made: Cell::new(0),
            what: self.requests(servers, connections).await?,
        });
        let mut ours = connect(servers.ours, &requests, connections).await?;
        let mut bare = connect(servers.bare, &requests, connections).await?;
        servers.floor.pad(0);
        let our_bytes = mean_bytes(&mut ours).await?;
        let without = mean_bytes(&mut bare).await?;
        let missing = our_bytes.checked_sub(without);
        servers
            .floor
            .pad(missing.ok_or("the bare answer is the larger one")?);
        Ok(Sides {
            endpoint: self,
            our_bytes,
            bare_bytes: mean_bytes(&mut bare).await?,
            ours,
            bare,
        })
    }

    /// Users are new for each number of connections.
    async fn requests(self, servers: &Servers, connections: usize) -> Outcome<What> {
        let lane = u64::try_from(connections)?;
        if self == Self::Create {
            let body = format!(r#"{{"problem_count":5,"duration_minutes":{MINUTES}}}"#);
            let request = request("POST", "/api/contests", "*", &body);
            let (before, after) = request.split_once('*').ok_or("no place for a user")?;
            let before = format!("{before}{SEED:08x}-{lane:04x}-7000-8000-");
            return Ok(What::New(before.into(), after.into()));
        }
        let mut users = Vec::new();
        for number in 0..USERS {
            let user = UserId::from_uuid(Uuid::from_u64_pair(SEED << 16 | lane, number));
            users.push((user, contest(&servers.engine, user).await?));
        }
        Ok(What::Turns(match self {
            Self::Mark => marks(&users),
            Self::Progress => reads("/api/users/me/progress", &users),
            Self::Create | Self::Active => reads("/api/contests/active", &users),
        }))
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
    Ok(engine.create_contest(user, &request).await?)
}

/// Every problem of everybody once, then all taken back.
fn marks(users: &[(UserId, Contest)]) -> Vec<Vec<u8>> {
    let mut requests = Vec::new();
    for body in [r#"{"is_completed":true}"#, r#"{"is_completed":false}"#] {
        for place in 0..5 {
            for (user, contest) in users {
                let problem = contest.problems.get(place).map(|entry| entry.problem.id);
                requests.extend(problem.map(|problem| {
                    let path = format!("/api/contests/{}/problems/{problem}", contest.id);
                    request("PATCH", &path, &user.to_string(), body).into_bytes()
                }));
            }
        }
    }
    requests
}

fn reads(path: &str, users: &[(UserId, Contest)]) -> Vec<Vec<u8>> {
    users
        .iter()
        .map(|(user, _)| request("GET", path, &user.to_string(), "").into_bytes())
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

async fn connect(
    address: SocketAddr,
    requests: &Rc<Requests>,
    connections: usize,
) -> Outcome<Vec<Client>> {
    let mut clients = Vec::new();
    for _ in 0..connections {
        clients.push(Client {
            connection: HttpConnection::connect(address).await?,
            requests: Rc::clone(requests),
            request: Vec::new(),
        });
    }
    Ok(clients)
}

async fn mean_bytes(clients: &mut [Client]) -> Outcome<usize> {
    let client = clients.first_mut().ok_or("no connection")?;
    let mut sum = 0;
    for _ in 0..SAMPLES {
        sum += client.next().await?.len();
    }
    Ok(sum / SAMPLES)
}

impl Client {
    async fn next(&mut self) -> Outcome<&[u8]> {
        self.requests.write_next(&mut self.request);
        self.connection.call(&self.request).await
    }
}

impl Connection for Client {
    async fn call(&mut self) -> Outcome<()> {
        self.next().await.map(drop)
    }
}

impl Requests {
    fn write_next(&self, request: &mut Vec<u8>) {
        let number = self.made.get();
        self.made.set(number + 1);
        request.clear();
        match &self.what {
            What::New(before, after) => {
                request.extend(before);
                request.extend(format!("{number:012x}").as_bytes());
                request.extend(after);
            }
            What::Turns(all) => {
                let place = usize::try_from(number).unwrap_or_default() % all.len().max(1);
                request.extend(all.get(place).into_iter().flatten());
            }
        }
    }
}
