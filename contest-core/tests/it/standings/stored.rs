//! The JSON of attempts, scoring, rounds and boards.

use contest_core::scoring::{Amount, AtCoder, CompileErrors, Falling, Icpc, Method};
use serde_json::{from_value, json, to_value};

use super::*;

#[test]
fn scoring_is_kept_with_its_version() {
    let falling = Falling::default()
        .with_per_try(Amount::Points(Points::try_from(2.5).unwrap()))
        .with_least(Amount::Percent(30));
    let icpc = Icpc::default().with_compile_errors(CompileErrors::Penalised);
    let cases = [
        (Scoring::default(), json!({"version": 1, "method": "ticks"})),
        (
            icpc.into(),
            json!({"version": 1, "method": "icpc", "penalty": 1200, "compile_errors": "penalised", "unit": "minute"}),
        ),
        (Method::Best.into(), json!({"version": 1, "method": "best"})),
        (
            falling.into(),
            json!({"version": 1, "method": "falling", "per_try": {"points": 2.5}, "least": {"percent": 30}}),
        ),
        (
            AtCoder::default().into(),
            json!({"version": 1, "method": "atcoder", "penalty": 300}),
        ),
        (
            Method::Lockout.into(),
            json!({"version": 1, "method": "lockout"}),
        ),
    ];
    for (scoring, expected) in cases {
        assert_eq!(to_value(&scoring).unwrap(), expected);
        assert_eq!(from_value::<Scoring>(expected).unwrap(), scoring);
    }
    let short = from_value::<Scoring>(json!({"method": "icpc"})).unwrap();
    assert_eq!(short, Icpc::default().into());
    let newer = json!({"version": 2, "method": "ticks"});
    let error = from_value::<Scoring>(newer).unwrap_err().to_string();
    assert!(error.contains("unknown version of scoring: 2"), "{error}");
}

#[test]
fn rounds_and_attempts_are_read_as_written() {
    let freeze = json!({"from": "2026-01-31T16:00:00Z", "lifted_at": null});
    let round = round(Icpc::default(), 1).with_freeze(frozen_from(240));
    let written = to_value(&round).unwrap();
    assert_eq!(
        (&written["opens_at"], &written["freeze"]),
        (&json!("2026-01-31T12:00:00Z"), &freeze)
    );
    assert_eq!(from_value::<Round>(written.clone()).unwrap(), round);
    let mut twice = written;
    twice["problems"][1] = twice["problems"][0].clone();
    assert!(
        from_value::<Round>(twice)
            .unwrap_err()
            .to_string()
            .contains("occurs twice")
    );

    let id = problem("A").to_string();
    let read: Attempt = from_value(json!({
        "submission_id": "s-7", "problem_id": id, "at": "2026-01-31T12:01:00Z", "verdict": "rejected",
        "score": {"points": 12.5, "max": 50},
    }))
    .unwrap();
    let score = Score::out_of(Points::try_from(12.5).unwrap(), 50.into()).unwrap();
    let expected = Attempt::new(problem("A"), after(1), Verdict::Rejected)
        .with_submission(SubmissionId::new("s-7").unwrap())
        .with_score(score);
    assert_eq!(read, expected);
    assert_eq!(
        from_value::<Attempt>(to_value(&read).unwrap()).unwrap(),
        read
    );
    let no_max = json!({"points": 1, "max": 0});
    assert!(from_value::<Score>(no_max).is_err());
}

#[test]
fn a_board_is_written_with_its_cells() {
    let mut board = board(round(Icpc::default(), 1), 1);
    record(
        &mut board,
        1,
        &[("A", 3, Verdict::Rejected), ("A", 5, Verdict::Accepted)],
    );
    let written = to_value(board.standings(View::Public, after(6))).unwrap();
    let row = &written["rows"][0];
    let expected = json!({
        "problem_id": problem("A").to_string(), "judged": 2, "pending": 0, "solved": true, "points": 1,
        "time": 300, "penalty": 1500, "first_to_solve": true,
    });
    assert_eq!(row["cells"][0], expected);
    let members = [
        "rank",
        "participant_id",
        "virtual",
        "points",
        "solved",
        "penalty",
        "last",
    ];
    let values = members.map(|member| row[member].clone());
    let id = team(1).to_string();
    assert_eq!(json!(values), json!([1, id, false, 1, 1, 1500, 300]));
    assert_eq!(written["server_now"], json!("2026-01-31T12:06:00Z"));
}
