//! Runs the examples as their readers do, and reads what they print.

use std::collections::HashSet;
use std::env::{consts::EXE_SUFFIX, current_exe};
use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// What an example prints. `cargo test` builds the examples of a package before it runs the tests;
/// the tests lie in `deps`, next to `examples`.
fn run(example: &str) -> Outcome<String> {
    let output = command(example)?.output()?;
    let errors = String::from_utf8(output.stderr)?;
    let printed = String::from_utf8(output.stdout)?;
    if output.status.success() && errors.is_empty() {
        Ok(printed)
    } else {
        Err(format!("{example}: {}\n{printed}{errors}", output.status).into())
    }
}

fn command(example: &str) -> Outcome<Command> {
    let deps = current_exe()?;
    let profile = deps.ancestors().nth(2).ok_or("no directory above `deps`")?;
    let program = profile
        .join("examples")
        .join(format!("{example}{EXE_SUFFIX}"));
    if !program.exists() {
        // As after `cargo test NAME`, which builds no examples.
        return Err(format!("{} was not built", program.display()).into());
    }
    let mut command = Command::new(program);
    command.stdin(Stdio::null());
    Ok(command)
}

#[test]
fn quickstart_solves_all_problems_in_15_contests_and_is_refused_a_16th() -> Outcome {
    let printed = run("quickstart")?;
    let contests: Vec<_> = printed
        .lines()
        .filter(|line| line.starts_with("contest "))
        .collect();
    assert_eq!(contests.len(), 16, "{printed}");
    for (number, line) in (1..=15).zip(&contests) {
        assert!(
            line.starts_with(&format!("contest {number}: 10 problems (")),
            "{line}"
        );
        assert!(
            line.ends_with(&format!(", solved {} of 150", number * 10)),
            "{line}"
        );
    }
    assert!(
        contests[15].starts_with("contest 16: refused"),
        "{}",
        contests[15]
    );
    let full_bars = printed
        .lines()
        .filter(|line| line.contains('█') && !line.contains('░'))
        .count();
    assert_eq!(
        full_bars,
        3 + 18,
        "every difficulty and topic is solved in the end"
    );
    Ok(())
}

#[test]
fn quickstart_shows_contests_as_tables_easy_to_hard_without_repeats() -> Outcome {
    let printed = run("quickstart")?;
    let rows: Vec<_> = printed
        .lines()
        .filter(|line| line.contains("https://"))
        .collect();
    assert_eq!(rows.len(), 20, "the first contest and the last");
    let link = |row: &&str| row.rsplit(' ').next().map(ToOwned::to_owned);
    assert_eq!(rows.iter().map(link).collect::<HashSet<_>>().len(), 20);
    for table in rows.chunks(10) {
        let columns: HashSet<_> = table.iter().map(|row| row.find("https://")).collect();
        assert_eq!(columns.len(), 1, "links stand below each other");
        let rank = |row: &&str| {
            ["Easy", "Medium", "Hard"]
                .iter()
                .position(|d| row.contains(*d))
        };
        assert!(table.iter().map(rank).is_sorted());
    }
    Ok(())
}

#[test]
fn quickstart_prints_the_same_every_time() -> Outcome {
    assert_eq!(run("quickstart")?, run("quickstart")?);
    Ok(())
}

#[test]
fn custom_store_keeps_all_contracts() -> Outcome {
    let printed = run("custom_store")?;
    assert!(printed.contains("All contracts hold."), "{printed}");
    Ok(())
}

#[test]
fn cancellation_leaves_a_whole_contest_or_none() -> Outcome {
    let printed = run("cancellation")?;
    let found: Vec<_> = printed
        .lines()
        .filter(|line| line.starts_with(' '))
        .filter_map(|line| line.rsplit_once("; "))
        .map(|(_, stored)| stored)
        .collect();
    let (none, whole): (Vec<&str>, Vec<&str>) = found
        .into_iter()
        .partition(|stored| *stored == "no contest is stored");
    assert!(none.len() >= 3, "{printed}");
    assert!(whole.len() >= 3, "{printed}");
    for stored in whole {
        assert_eq!(stored.matches("contest").count(), 1, "{stored}");
        assert!(stored.ends_with(" of 5 problems"), "{stored}");
    }
    Ok(())
}

#[test]
fn cancellation_times_out_and_repeats_a_lost_answer_safely() -> Outcome {
    let printed = run("cancellation")?;
    assert!(printed.contains("the caller gets `timed_out`"), "{printed}");
    let ids: Vec<_> = printed
        .lines()
        .rev()
        .take(2)
        .map(|line| line.rsplit_once("stored: contest ").map(|(_, id)| id))
        .collect();
    assert!(ids[0].is_some(), "{printed}");
    assert_eq!(
        ids[0], ids[1],
        "the repeated call gets the contest of the first"
    );
    Ok(())
}

/// Run twice: a database that is set up already is no obstacle.
#[cfg(feature = "postgres")]
#[tokio::test]
async fn postgres_sets_up_practises_and_ends_in_order() -> Outcome {
    use contest_sqlx::testing::Postgres;

    let database = Postgres::shared().await?.database().await?;
    for _ in 0..2 {
        let output = command("postgres")?
            .env("DATABASE_URL", database.url())
            .output()?;
        let printed = String::from_utf8(output.stdout)?;
        let errors = String::from_utf8(output.stderr)?;
        assert!(output.status.success(), "{printed}{errors}");
        let lines: Vec<_> = printed.lines().collect();
        assert_eq!(lines[0], "catalogue: 150 problems, revision 1");
        assert_eq!(lines[1], "healthy");
        assert_eq!(
            lines[2],
            "4 devices, 1 contest, 1 completed, 5 problems solved"
        );
        assert!(lines[3].starts_with("pool: "), "{printed}");
        assert_eq!(lines[4..], ["in flight: 0 of 20", "closed"]);
    }
    database.close().await?;
    Ok(())
}

#[cfg(feature = "postgres")]
#[test]
fn postgres_without_an_address_says_how_to_give_one() -> Outcome {
    let output = command("postgres")?.env_remove("DATABASE_URL").output()?;
    assert!(!output.status.success() && output.stdout.is_empty());
    let said = String::from_utf8(output.stderr)?;
    assert!(said.contains("DATABASE_URL=postgres://"), "{said}");
    Ok(())
}

/// A server that is stopped when dropped.
struct Server {
    process: Child,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    fn start(example: &str) -> Outcome<Self> {
        let mut command = command(example)?;
        command.arg("127.0.0.1:0").stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let mut line = String::new();
        let printed = process.stdout.as_mut().ok_or("no output")?;
        BufReader::new(printed).read_line(&mut line)?;
        let address = line.trim().strip_prefix("http://").ok_or("no address")?;
        Ok(Self {
            address: address.to_owned(),
            process,
        })
    }

    /// The answer to a request, headers and all.
    fn ask(&self, line: &str, headers: &str, body: &str) -> Outcome<String> {
        let mut stream = TcpStream::connect(&self.address)?;
        let length = body.len();
        write!(
            stream,
            "{line} HTTP/1.1\r\nhost: example\r\nconnection: close\r\n{headers}\
             content-length: {length}\r\n\r\n{body}"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }
}

#[test]
fn embed_axum_knows_its_own_users() -> Outcome {
    let host = Server::start("embed_axum")?;
    let unknown = host.ask("GET /practice/contests", "", "")?;
    assert!(unknown.starts_with("HTTP/1.1 401"), "{unknown}");
    assert!(unknown.contains("application/problem+json"), "{unknown}");

    let log_in = host.ask("POST /login", "", "ada")?;
    let (_, cookie) = log_in.split_once("session=").ok_or("no cookie")?;
    let secret = cookie.split(';').next().ok_or("no cookie")?;
    let headers = format!("cookie: session={secret}\r\ncontent-type: application/json\r\n");
    let body = r#"{"problem_count":5,"duration_minutes":60}"#;
    let created = host.ask("POST /practice/contests", &headers, body)?;
    assert!(created.starts_with("HTTP/1.1 201"), "{created}");
    assert!(
        created.contains("location: /practice/contests/"),
        "{created}"
    );
    let progress = host.ask("GET /practice/users/me/progress", &headers, "")?;
    assert!(progress.contains("\"active_contests\":1"), "{progress}");
    let home = host.ask("GET /", &headers, "")?;
    assert!(home.ends_with("0 solved\n"), "{home}");
    let problems = host.ask("GET /practice/problems", "", "")?;
    assert!(problems.contains("\"count\":150"), "{problems}");
    Ok(())
}
