//! Runs the example `standings`, and checks its output.

mod common;

use std::fs::File;

use serde_json::{Value, json};

use common::{Outcome, command};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/standings/sample.json");

/// The output of `standings` for the sample file.
fn standings(options: &[&str]) -> Outcome<String> {
    let output = command("standings")?.args(options).arg(SAMPLE).output()?;
    if !output.status.success() {
        return Err(String::from_utf8(output.stderr)?.into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// By hand: Lynx solves A after 40 minutes with one rejected attempt and B after 90: 40 + 20 + 90 minutes.
/// Heron and Otter need 30 + 120; the compile error costs Otter nothing, and its C is too late. The last
/// acceptance puts Lynx before them. No participant is first at B, because Wren's attempt is still pending.
#[test]
fn standings_prints_the_board_of_the_sample() -> Outcome {
    let expected = "\
rank  participant    points  penalty  A        B       C
   1  Lynx                2     2:30  +1 0:40  + 1:30
   2  Heron               2     2:30  + 0:30*  + 2:00
   2  Otter               2     2:30  + 0:30   + 2:00
   4  Wren                1     4:20  -1       ?1      + 4:20*
 (4)  Ghost of 2025       1     0:35  + 0:35
";
    assert_eq!(standings(&[])?, expected);
    assert_eq!(standings(&["--public"])?, expected, "the freeze is lifted");
    Ok(())
}

#[test]
fn standings_hides_outcomes_from_the_public_during_the_freeze() -> Outcome {
    let then = ["--at", "2026-01-31T16:30:00Z"];
    let public = standings(&[&then[..], &["--public"]].concat())?;
    let expected = "\
Frozen: attempts made since 2026-01-31T16:00:00Z are pending.

rank  participant    points  penalty  A        B       C
   1  Lynx                2     2:30  +1 0:40  + 1:30
   2  Heron               2     2:30  + 0:30*  + 2:00
   2  Otter               2     2:30  + 0:30   + 2:00
   4  Wren                0     0:00  -1       ?1      ?1
 (4)  Ghost of 2025       1     0:35  + 0:35
";
    assert_eq!(public, expected);
    let host = standings(&then)?;
    assert!(
        host.contains("+ 4:20*") && !host.contains("Frozen"),
        "{host}"
    );
    let early = standings(&["--at", "2026-01-31T12:30:00Z"])?;
    assert!(
        early.contains("   1  Heron               1     0:30  + 0:30*"),
        "{early}"
    );
    Ok(())
}

#[test]
fn standings_writes_a_scoreboard_of_the_ccs_specification() -> Outcome {
    let sample = File::open(SAMPLE)?;
    let output = command("standings")?.arg("--json").stdin(sample).output()?;
    let board: Value = serde_json::from_slice(&output.stdout)?;
    let ranks = board["rows"].as_array().ok_or("no rows")?.iter();
    let ranks: Vec<_> = ranks
        .map(|row| json!([row["rank"], row["team_id"]]))
        .collect();
    let expected = json!([[1, "lynx"], [2, "heron"], [2, "otter"], [4, "wren"]]);
    assert_eq!(json!(ranks), expected);
    let wren = json!({
        "rank": 4, "team_id": "wren", "score": {"num_solved": 1, "total_time": 260},
        "problems": [
            {"problem_id": "A", "num_judged": 1, "num_pending": 0, "solved": false},
            {"problem_id": "B", "num_judged": 0, "num_pending": 1, "solved": false},
            {"problem_id": "C", "num_judged": 1, "num_pending": 0, "solved": true, "time": 260, "first_to_solve": true},
        ],
    });
    assert_eq!(board["rows"][3], wren);
    let state = json!({
        "started": "2026-01-31T12:00:00Z", "frozen": "2026-01-31T16:00:00Z",
        "ended": "2026-01-31T17:00:00Z", "thawed": "2026-01-31T17:30:00Z",
        "finalized": null, "end_of_updates": null,
    });
    assert_eq!(board["state"], state);
    assert_eq!(board["contest_time"], "5:30:00.000");
    Ok(())
}

#[test]
fn standings_explains_its_usage_and_names_what_is_wrong() -> Outcome {
    let output = command("standings")?.arg("--help").output()?;
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr)?;
    assert!(said.contains("usage: standings"), "{said}");
    let error = standings(&["--at", "noon"])
        .err()
        .ok_or("no error")?
        .to_string();
    assert!(error.contains("noon"), "{error}");
    Ok(())
}
