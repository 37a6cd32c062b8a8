//! `serve --host-user`: rounds over every kind of store that keeps them.

use serde_json::{Value, json};

use super::directory::Directory;
use super::process::{Server, json as body_of};

const HOST: &str = "0190d3f4-7a00-7000-8000-00000000000a";
const USERS: [&str; 2] = [
    "0190d3f4-7a00-7000-8000-000000000001",
    "0190d3f4-7a00-7000-8000-000000000002",
];
const ROUND: &str = "/api/rounds/0190d3f4-7a00-7000-8000-0000000000aa";

async fn get(server: &Server, token: &str, path: &str) -> Value {
    body_of(server.get(path).bearer_auth(token).send().await.unwrap()).await
}

/// The host gives a problem to everyone, who may solve it for a long time.
async fn put_round(server: &Server) {
    let token = server.token_of(&[HOST]).await;
    let all = get(server, &token, "/api/problems?limit=1").await;
    let round = json!({
        "opens_at": "2020-01-01T00:00:00Z", "closes_at": "2500-01-01T00:00:00Z",
        "problems": [{"problem_id": all["problems"][0]["id"]}], "scoring": {"method": "icpc"},
    });
    let put = server.put(ROUND).bearer_auth(&token).json(&round);
    body_of(put.send().await.unwrap()).await;
}

/// The participants of the board, and their points.
async fn board(server: &Server) -> Vec<(Value, Value)> {
    let token = server.token_of(&[USERS[0]]).await;
    let board = get(server, &token, &format!("{ROUND}/board")).await;
    let rows = board["rows"].as_array().unwrap().iter();
    rows.map(|row| (row["participant_id"].clone(), row["points"].clone()))
        .collect()
}

async fn a_board_survives_a_restart(url: &str) {
    let database = format!("--database-url={url}");
    let host = format!("--host-user={HOST}");
    let arguments = [database.as_str(), host.as_str(), "--drain-timeout=1h"];
    let mut server = Server::start(&arguments).await;
    put_round(&server).await;
    for (user, solves) in USERS.iter().zip([false, true]) {
        let token = server.token_of(&[user]).await;
        let join = server.post(&format!("{ROUND}/join")).bearer_auth(&token);
        let contest = body_of(join.send().await.unwrap()).await;
        if solves {
            let (id, problem) = (&contest["id"], &contest["problems"][0]["problem"]["id"]);
            let path = format!("/api/contests/{id}/problems/{problem}").replace('"', "");
            let mark = server.patch(&path).bearer_auth(&token);
            let mark = mark.json(&json!({"is_completed": true}));
            body_of(mark.send().await.unwrap()).await;
        }
    }
    let [first, second] = USERS.map(Value::from);
    let expected = [(second, json!(1)), (first, json!(0))];
    assert_eq!(board(&server).await, expected);

    // A stream of the board does not hold up the end of the server.
    let token = server.token_of(&[USERS[0]]).await;
    let events = server.get(&format!("{ROUND}/board/events"));
    let mut stream = events.bearer_auth(&token).send().await.unwrap();
    let begins = stream.chunk().await.unwrap().expect("it begins");
    assert!(begins.starts_with(b"retry: 2000"), "{begins:?}");
    server.signal("TERM");
    while stream.chunk().await.expect("it ends whole").is_some() {}
    assert_eq!(server.exit_code().await, 0, "{}", server.log.text());

    let mut server = Server::start(&arguments).await;
    assert_eq!(board(&server).await, expected);
    assert_eq!(server.stop().await, 0);
}

#[tokio::test]
async fn on_sqlite() {
    let directory = Directory::new();
    a_board_survives_a_restart(&directory.database()).await;
}

#[tokio::test]
async fn on_postgres() {
    let postgres = contest_sqlx::testing::Postgres::shared().await.unwrap();
    let database = postgres.database().await.unwrap();
    a_board_survives_a_restart(&database.url()).await;
}

#[tokio::test]
async fn only_the_named_users_act_for_the_host() {
    let mut server = Server::start(&["--database-url=memory:"]).await;
    let refusal = async |server: &Server, user: &str| {
        let token = server.token_of(&[user]).await;
        let list = server.get(&format!("{ROUND}/participants"));
        let answer = list.bearer_auth(&token).send().await.unwrap();
        answer.json::<Value>().await.unwrap()["type"].clone()
    };
    let nothing = "urn:contest:no_such_route";
    assert_eq!(refusal(&server, HOST).await, nothing, "there is no host");
    assert_eq!(server.stop().await, 0);
    let hosts = format!("--host-user={HOST},{}", USERS[0]);
    let other = "--host-user=0190d3f4-7a00-7000-8000-00000000000b";
    let mut server = Server::start(&["--database-url=memory:", &hosts, other]).await;
    for host in [HOST, USERS[0]] {
        let refused = refusal(&server, host).await;
        assert_eq!(refused, "urn:contest:round_not_found");
    }
    let refused = refusal(&server, USERS[1]).await;
    assert_eq!(refused, "urn:contest:not_a_host");
    assert_eq!(server.stop().await, 0);
}
