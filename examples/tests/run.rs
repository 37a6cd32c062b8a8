//! Runs the examples like a reader, and checks their output.

mod common;

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use common::{Outcome, command};

/// The output of an example.
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
        "not every difficulty and topic is solved in the end"
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
    assert_eq!(rows.len(), 20, "the first and the last contest");
    let link = |row: &&str| row.rsplit(' ').next().map(ToOwned::to_owned);
    assert_eq!(rows.iter().map(link).collect::<HashSet<_>>().len(), 20);
    for table in rows.chunks(10) {
        let columns: HashSet<_> = table.iter().map(|row| row.find("https://")).collect();
        assert_eq!(columns.len(), 1, "links are not aligned");
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
fn custom_store_runs_a_contest() -> Outcome {
    assert_eq!(run("custom_store")?, "completed: 5 of 150 solved\n");
    Ok(())
}

#[test]
fn class_round_shows_the_board_that_the_attempts_make() -> Outcome {
    let printed = run("class_round")?;
    let boards: Vec<_> = printed.split("\nrank ").skip(1).collect();
    let rows = |board: &str| -> Vec<String> {
        let rows = board.lines().skip(1).take(4);
        rows.map(|row| row.split_whitespace().take(4).collect::<Vec<_>>().join(" "))
            .collect()
    };
    let expected = [
        ["1 Ada 1 7", "2 Cleo 1 21", "3 Ben 1 36", "4 Dan 0 0"],
        ["1 Cleo 2 65", "2 Ben 2 94", "3 Ada 1 7", "4 Dan 0 0"],
        ["1 Cleo 2 65", "2 Ben 2 94", "3 Ada 1 7", "4 Dan 1 66"],
        ["1 Cleo 2 65", "2 Ben 2 74", "3 Ada 1 7", "4 Dan 1 66"],
    ];
    assert_eq!(boards.len(), expected.len(), "{printed}");
    for (board, expected) in boards.into_iter().zip(expected) {
        assert_eq!(rows(board), expected, "{printed}");
    }
    assert!(
        printed.starts_with("Ada has until minute 60\n"),
        "{printed}"
    );
    assert!(printed.contains("Dan has until minute 70\n"), "{printed}");
    Ok(())
}

#[test]
fn life_cycle_goes_through_extra_time_a_resumption_a_late_mark_and_erasure() -> Outcome {
    let printed = run("life_cycle")?;
    let lines: Vec<_> = printed.lines().collect();
    let expected = [
        "  0 min  created, due after 60 minutes",
        " 12 min  problem 1 is solved",
        " 20 min  abandoned",
        " 30 min  active again, 30 minutes are left",
        " 30 min  problem 2 is solved",
        " 30 min  15 more minutes: due after 75 minutes",
        " 79 min  problem 3 is solved, late: the contest is expired",
        " 85 min  problem 4 is too late: contest_not_accepting",
    ];
    assert_eq!(lines[..8], expected, "{printed}");
    let times = [
        " 12 min  12 min ",
        " 30 min  18 min ",
        " 79 min  49 min    4 min ",
    ];
    for (line, times) in lines[10..13].iter().zip(times) {
        assert!(line.starts_with(times), "{line:?} {times:?}");
    }
    let last = [
        "solved 3; contests: 1 expired, 0 abandoned",
        "erased: solved 0",
    ];
    assert!(lines.ends_with(&last), "{printed}");
    assert_eq!(printed, run("life_cycle")?, "it prints the same every time");
    Ok(())
}

#[test]
fn events_are_delivered_in_order_although_the_sink_fails() -> Outcome {
    let printed = run("events")?;
    let contest = |first: u32| {
        let delivered = [
            "a contest began",
            "a problem was solved in it",
            "a mark was undone",
            "a problem was solved in it",
            "it ended: Completed",
        ];
        let delivered = delivered.into_iter().zip(first..);
        delivered.map(|(text, number)| format!("{number:>2}  {text}"))
    };
    let failure = "(the board is out of order; the events stay in the outbox)";
    let attempts = [1, 2, 3].map(|n| format!("(attempt {n}: a line is too long)"));
    let end = [
        "set aside: 6  a contest began",
        "10 events were committed, all but 1 delivered",
        "10 events were pruned",
    ];
    let expected: Vec<_> = [failure.to_owned()]
        .into_iter()
        .chain(contest(1))
        .chain(attempts)
        .chain(contest(6).skip(1))
        .chain(end.map(ToOwned::to_owned))
        .collect();
    assert_eq!(printed.lines().collect::<Vec<_>>(), expected);
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
    let (_, after) = printed.split_once("is lost:").ok_or("no lost answer")?;
    assert!(
        after.trim().starts_with("the caller gets contest"),
        "{after}"
    );
    let last: Vec<_> = printed.lines().rev().take(2).collect();
    assert!(last[1].contains("gets no answer"), "{printed}");
    let stored = |line: &str| {
        line.rsplit_once("stored: contest ")
            .map(|(_, id)| id.to_owned())
    };
    assert!(stored(last[0]).is_some(), "{printed}");
    assert_eq!(
        stored(last[0]),
        stored(last[1]),
        "the repeated call got another contest"
    );
    Ok(())
}

#[test]
fn progress_shows_the_days_the_pace_and_a_result_for_each_contest() -> Outcome {
    let printed = run("progress")?;
    let results: Vec<_> = printed
        .lines()
        .filter(|line| line.starts_with("2026-10-"))
        .collect();
    assert_eq!(results.len(), 14, "{printed}");
    assert!(results.is_sorted_by(|later, earlier| later > earlier));
    let of_state = |state: &str| results.iter().filter(|line| line.contains(state)).count();
    assert_eq!(
        ["completed", "abandoned", "expired"].map(of_state),
        [7, 1, 6]
    );
    for part in [
        "14 contests: 7 completed, 1 abandoned, 6 expired",
        "current streak 1, longest 5 days",
        "Median time over 14 contests:",
    ] {
        assert!(printed.contains(part), "{part:?} is not in {printed}");
    }
    // A contest with no solve shades no day: 13 days of 31 are shaded.
    let week =
        |line: &&str| ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].contains(&&line[..3]);
    let map: String = printed
        .lines()
        .filter(|line| line.is_char_boundary(3))
        .filter(week)
        .collect();
    let days = map.matches(['·', '░', '▒', '█']).count();
    assert_eq!((days, days - map.matches('·').count()), (31, 13), "{map}");
    Ok(())
}

/// Run twice, so that the second run finds existing tables.
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

#[test]
fn postgres_without_an_address_says_how_to_give_one() -> Outcome {
    let output = command("postgres")?.env_remove("DATABASE_URL").output()?;
    assert!(!output.status.success() && output.stdout.is_empty());
    let said = String::from_utf8(output.stderr)?;
    assert!(said.contains("DATABASE_URL=postgres://"), "{said}");
    Ok(())
}

#[test]
fn credits_are_spent_with_a_contest_or_not_at_all() -> Outcome {
    let printed = run("credits")?;
    let lines: Vec<_> = printed.lines().collect();
    let bought = lines
        .iter()
        .filter(|line| line.starts_with("bought"))
        .count();
    assert_eq!(bought, 2, "{printed}");
    assert!(lines[2].contains("is still active"), "{printed}");
    assert_eq!(lines[3], "  credits left: 1");
    assert_eq!(
        lines[5..],
        ["  credits left: 0", "no credit is left", "2 contests"]
    );
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

    /// The answer to a request, with headers.
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

impl Server {
    /// Reads the answer to a request until it contains `end`, even if the answer does not end.
    fn read_until(&self, line: &str, headers: &str, end: &str) -> Outcome<String> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(Duration::from_mins(1)))?;
        write!(stream, "{line} HTTP/1.1\r\nhost: example\r\n{headers}\r\n")?;
        let mut answer = Vec::new();
        while !String::from_utf8_lossy(&answer).contains(end) {
            let mut byte = [0];
            stream.read_exact(&mut byte)?;
            answer.extend(byte);
        }
        Ok(String::from_utf8(answer)?)
    }
}

#[cfg(unix)]
#[test]
fn embed_axum_streams_events_and_ends_with_one_open() -> Outcome {
    let mut host = Server::start("embed_axum")?;
    let log_in = host.ask("POST /login", "", "ada")?;
    let (_, cookie) = log_in.split_once("session=").ok_or("no cookie")?;
    let secret = cookie.split(';').next().ok_or("no cookie")?;
    let headers = format!("cookie: session={secret}\r\ncontent-type: application/json\r\n");
    let body = r#"{"problem_count":5,"duration_minutes":60}"#;
    host.ask("POST /practice/contests", &headers, body)?;

    let mut open = TcpStream::connect(&host.address)?;
    let get = "GET /practice/users/me/events";
    write!(open, "{get} HTTP/1.1\r\nhost: example\r\n{headers}\r\n")?;
    let answer = host.read_until(get, &headers, "\n\nid: 1\nevent: contest_created\n")?;
    assert!(answer.contains("text/event-stream"), "{answer}");
    let interrupt = Command::new("kill")
        .args(["-s", "INT", &host.process.id().to_string()])
        .status()?;
    assert!(interrupt.success());
    let mut rest = String::new();
    open.read_to_string(&mut rest)?;
    assert!(rest.contains("event: contest_created"), "{rest}");
    assert!(host.process.wait()?.success());
    Ok(())
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

#[test]
fn team_practice_explains_and_fills_every_slot() -> Outcome {
    let printed = run("team_practice")?;
    for line in [
        "A warm-up of 6, at most 1 per topic:",
        "Easy: 2 of 2 selected",
        "  - 2 removed by the rule group",
        "Easy to Medium about Trees",
        "  - 7 removed by the rule excluded_topics",
    ] {
        assert!(printed.lines().any(|l| l == line), "{line:?} in\n{printed}");
    }
    let points: Vec<_> = printed
        .lines()
        .filter_map(|line| line.split_once(" points: "))
        .map(|(points, _)| points)
        .collect();
    assert_eq!(points, ["100", "200", "400"], "{printed}");
    Ok(())
}

#[test]
fn custom_strategy_picks_by_title_and_says_why_a_replay_differs() -> Outcome {
    let printed = run("custom_strategy")?;
    let titles: Vec<_> = printed
        .lines()
        .filter_map(|line| line.split_once(". "))
        .map(|(_, title)| title)
        .collect();
    assert!(titles.len() == 4 && titles.is_sorted(), "{printed}");
    let same = printed.find("Replayed: the same problems in the same order.");
    let differs = printed.find("Replayed: different, because");
    assert!(same.is_some() && same < differs, "{printed}");
    assert!(printed.contains("- the catalogue has changed"), "{printed}");
    assert!(
        printed.contains("- 1 of its problems is retired"),
        "{printed}"
    );
    Ok(())
}

#[test]
fn review_brings_a_problem_back_every_week_once_one_is_due() -> Outcome {
    let printed = run("review")?;
    let lines: Vec<_> = printed.lines().collect();
    assert_eq!(lines[0], "week 1: 5 new", "{printed}");
    for week in 2..=5 {
        assert!(
            lines.contains(&&*format!("week {week}: 4 new")),
            "{printed}"
        );
    }
    let again = lines
        .iter()
        .filter(|l| l.trim_start().starts_with("again: "));
    assert_eq!(again.count(), 4, "{printed}");
    assert!(printed.contains("21 of 150 solved"), "{printed}");
    Ok(())
}
