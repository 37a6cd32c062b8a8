//! A board in the shape of the CCS specification's scoreboard, version 2023-06:
//! <https://ccs-specs.icpc.io/2023-06/contest_api#scoreboard>.
//!
//! ICPC scoring is a `pass-fail` scoreboard, other methods are a `score` one. Times are whole minutes; with
//! ICPC scoring in seconds they are seconds, as `DOMjudge` has them. Virtual participants are left out: the
//! specification has none.

use std::time::Duration;

use contest_core::scoring::{Method, TimeUnit};
use contest_core::standings::{Cell, Round, Row, Standings};
use contest_core::time::Timestamp;
use serde_json::{Value, json};

use crate::input::Names;

/// The scoreboard.
pub(crate) fn scoreboard(round: &Round, names: &Names, standings: &Standings) -> Value {
    let now = standings.as_of;
    let reached = |at: Timestamp| (now >= at).then_some(at);
    let freeze = round.freeze();
    let rows = standings.rows.iter().map(|given| row(round, names, given));
    json!({
        "time": now,
        "contest_time": relative(now, round.opens_at()),
        "state": {
            "started": reached(round.opens_at()),
            "frozen": freeze.and_then(|freeze| reached(freeze.begins_at)),
            "ended": reached(round.closes_at()),
            "thawed": freeze.and_then(|freeze| reached(freeze.lifted_at?)),
            "finalized": null,
            "end_of_updates": null,
        },
        "rows": rows.collect::<Vec<_>>(),
    })
}

fn row(round: &Round, names: &Names, row: &Row) -> Value {
    let (id, _) = names
        .participants
        .get(&row.participant)
        .cloned()
        .unwrap_or_default();
    let score = if is_pass_fail(round) {
        json!({"num_solved": row.total.solved, "total_time": time(round, row.total.penalty)})
    } else {
        let last = row.total.last.unwrap_or_default();
        json!({"score": row.total.points, "time": time(round, last)})
    };
    let problems = row.cells.iter().map(|cell| problem(round, names, cell));
    let problems: Vec<_> = problems.collect();
    json!({"rank": row.rank, "team_id": id, "score": score, "problems": problems})
}

fn problem(round: &Round, names: &Names, cell: &Cell) -> Value {
    let mut problem = json!({
        "problem_id": names.problems.get(&cell.problem),
        "num_judged": cell.judged,
        "num_pending": cell.pending,
    });
    let Some(members) = problem.as_object_mut() else {
        return problem;
    };
    let decided = if is_pass_fail(round) {
        members.insert("solved".to_owned(), cell.solved.into());
        cell.solved
    } else {
        members.insert("score".to_owned(), json!(cell.points));
        cell.points.as_f64() > 0.0
    };
    if let Some(at) = cell.time.filter(|_| decided) {
        members.insert("time".to_owned(), time(round, at).into());
        members.insert("first_to_solve".to_owned(), cell.first_to_solve.into());
    }
    problem
}

fn is_pass_fail(round: &Round) -> bool {
    matches!(round.scoring().method(), Method::Icpc(_))
}

fn time(round: &Round, time: Duration) -> u64 {
    match round.scoring().method() {
        Method::Icpc(options) if options.unit == TimeUnit::Second => time.as_secs(),
        _ => time.as_secs() / 60,
    }
}

/// The time since an instant, as a `RELTIME`: `-0:05:00.000` five minutes before it.
fn relative(now: Timestamp, since: Timestamp) -> String {
    let (sign, time) = if now < since {
        ("-", since - now)
    } else {
        ("", now - since)
    };
    let (seconds, millis) = (time.as_secs(), time.subsec_millis());
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{sign}{hours}:{minutes:02}:{seconds:02}.{millis:03}")
}
