//! Rules that give points, from these published sources:
//!
//! - CMS: its documentation, "Configuring a contest", <https://cms.readthedocs.io>, and its unit tests of
//!   task scores, <https://github.com/cms-dev/cms>.
//! - Moodle: the help of its quiz settings "Grading method" and "Penalty for each incorrect try".
//! - Codeforces: the contest rules, <https://codeforces.com/blog/entry/456>.
//! - `AtCoder`: the rules on the page of a contest, <https://abc075.contest.atcoder.jp>.
//! - Lockout: <https://codeforces.com/blog/entry/72557>.

use contest_core::scoring::Verdict::{Accepted, CompileError, Pending, Rejected};
use contest_core::scoring::{Amount, AtCoder, Falling, Method};

use super::*;

fn points(row: &Row) -> f64 {
    row.total.points.as_f64()
}

/// A team's points after attempts at A with these scores, `None` for a pending one.
fn after_scores(method: Method, scores: &[Option<f64>]) -> f64 {
    let mut board = board(round(method, 100), 1);
    for (minute, score) in (1..).zip(scores) {
        let pending = attempt(minute, "A", after(minute), Pending);
        let attempt = score.map_or(pending, |score| scored(minute, "A", minute, score));
        board.record(team(1), &attempt).unwrap();
    }
    points(&row(&board, 1))
}

/// CMS, score mode "max": the maximum over all attempts, in whatever order; those without a score count
/// for nothing.
#[test]
fn the_best_attempt_counts() {
    let cases = [
        (&[][..], 0.0),
        (&[Some(44.4), Some(66.6)], 66.6),
        (&[Some(66.6), Some(44.4)], 66.6),
        (&[Some(44.4), Some(66.6), Some(11.1)], 66.6),
        (&[None, Some(66.6), Some(55.5)], 66.6),
        (&[None, None], 0.0),
    ];
    for (scores, best) in cases {
        let found = after_scores(Method::Best, scores);
        assert_eq!(found.to_string(), best.to_string(), "{scores:?}");
    }
}

/// CMS, score mode "max of tokened and last", without tokens: the last attempt. Moodle, grading method:
/// the last attempt or the first one.
#[test]
fn the_last_or_the_first_attempt_counts() {
    let cases = [
        (&[][..], 0.0, 0.0),
        (&[Some(66.6), Some(44.4)], 44.4, 66.6),
        (&[Some(66.6), None], 66.6, 66.6),
        (&[None, Some(44.4), Some(55.5)], 55.5, 0.0),
    ];
    for (scores, last, first) in cases {
        let found = [Method::Last, Method::First].map(|method| after_scores(method, scores));
        assert_eq!(
            found.map(|n| n.to_string()),
            [last, first].map(|n| n.to_string()),
            "{scores:?}"
        );
    }
}

/// CMS: the score of the contest is the sum over the tasks; equal scores share a rank, and times do not
/// matter.
#[test]
fn partial_points_add_up_and_equal_sums_share_a_rank() {
    let mut board = board(round(Method::Best, 100), 4);
    let scores = [
        (1, "A", 0.1),
        (1, "B", 0.2),
        (2, "C", 0.3),
        (3, "A", 100.0),
        (4, "A", 0.299_999),
    ];
    for (id, (number, name, points)) in (1..).zip(scores) {
        board
            .record(team(number), &scored(id, name, id, points))
            .unwrap();
    }
    let expected = [(1, 3), (2, 1), (2, 2), (4, 4)];
    assert_eq!(ranks(&board, View::Host), expected);
    assert_eq!(row(&board, 1).total.points.to_string(), "0.3");
}

/// A score out of a maximum is that share of the problem's points.
#[test]
fn a_score_with_a_maximum_is_a_share_of_the_problem() {
    let mut board = board(round(Method::Best, 100), 1);
    let score = Score::out_of(40.into(), 50.into()).unwrap();
    let partly = attempt(1, "A", after(1), Rejected).with_score(score);
    board.record(team(1), &partly).unwrap();
    assert_eq!(row(&board, 1).total.points, 80.into());
    board
        .record(team(1), &attempt(2, "A", after(2), Accepted))
        .unwrap();
    assert_eq!(row(&board, 1).total.points, 100.into());
    assert!(Score::out_of(1.into(), Points::ZERO).is_err());
}

/// Codeforces: 50 points less for each wrong attempt, but at least 30 percent. (Their loss by the minute
/// is left out.) Compile errors cost nothing.
#[test]
fn points_fall_by_50_with_each_try_to_30_percent() {
    let falling = Falling::default()
        .with_per_try(Amount::Points(50.into()))
        .with_least(Amount::Percent(30));
    for (wrong, earned) in [(0, 1000), (2, 900), (14, 300), (15, 300), (40, 300)] {
        let mut board = board(round(falling.clone(), 1000), 1);
        record(&mut board, 1, &[("A", 1, CompileError), ("A", 2, Pending)]);
        for minute in 10..10 + wrong {
            record(&mut board, 1, &[("A", minute, Rejected)]);
        }
        assert_eq!(row(&board, 1).total.points, Points::ZERO);
        record(&mut board, 1, &[("A", 100, Accepted), ("A", 101, Rejected)]);
        assert_eq!(row(&board, 1).total.points, earned.into(), "{wrong} wrong");
    }
}

/// Moodle: a question of 3 marks with a penalty of a third earns 3 at the first try, 2 at the second, 1 at
/// the third. Adaptive mode keeps the best mark after penalties.
#[test]
fn a_question_of_three_marks_loses_one_with_each_try() {
    let falling = Falling::default().with_per_try(Amount::Points(1.into()));
    for (wrong, earned) in [(0, 3), (1, 2), (2, 1), (3, 0)] {
        let mut board = board(round(falling.clone(), 3), 1);
        for minute in 0..wrong {
            record(&mut board, 1, &[("A", minute, Rejected)]);
        }
        record(&mut board, 1, &[("A", 100, Accepted)]);
        assert_eq!(row(&board, 1).total.points, earned.into());
        assert_eq!(row(&board, 1).total.solved, 1);
    }
    let mut board = board(round(falling, 3), 1);
    board.record(team(1), &scored(1, "A", 1, 2.5)).unwrap();
    board
        .record(team(1), &attempt(2, "A", after(2), Accepted))
        .unwrap();
    assert_eq!(row(&board, 1).total.points.to_string(), "2.5");
}

/// `AtCoder`: ranked by points, then by the time to reach them plus 5 minutes for each wrong attempt. Wrong
/// ones count before the accepted one, and only at problems that give points.
#[test]
fn atcoder_adds_5_minutes_for_each_wrong_attempt_to_the_last_time() {
    let mut board = board(round(AtCoder::default(), 300), 3);
    let attempts = [
        ("A", 5, Rejected),
        ("A", 10, Accepted),
        ("A", 12, Rejected),
        ("B", 20, Rejected),
        ("B", 25, CompileError),
        ("B", 30, Accepted),
        ("C", 90, Rejected),
    ];
    record(&mut board, 1, &attempts);
    record(&mut board, 2, &[("A", 20, Accepted), ("C", 40, Accepted)]);
    record(&mut board, 3, &[("A", 1, Accepted)]);
    assert_eq!(minutes(row(&board, 1).total.penalty), 30 + 2 * 5);
    assert_eq!(minutes(row(&board, 2).total.penalty), 40);
    assert_eq!(ranks(&board, View::Host), [(1, 1), (1, 2), (3, 3)]);
}

/// With partial scores, the attempt that reached the best score first has the time.
#[test]
fn atcoder_counts_the_time_of_the_best_score() {
    let mut board = board(round(AtCoder::default(), 100), 1);
    for (id, minute, points) in [(1, 10, 30.0), (2, 20, 60.0), (3, 30, 60.0)] {
        board
            .record(team(1), &scored(id, "A", minute, points))
            .unwrap();
    }
    let row = row(&board, 1);
    assert_eq!(
        (points(&row).to_string(), minutes(row.total.penalty)),
        ("60".into(), 25)
    );
}

/// Lockout: the first contestant to solve a problem gets its points; the others get none. A rejudgement
/// gives them to the next.
#[test]
fn the_first_accepted_takes_all() {
    let mut board = board(round(Method::Lockout, 100), 2);
    let early = |verdict| attempt(1, "A", after(10), verdict);
    board
        .record(team(2), &attempt(2, "A", after(20), Accepted))
        .unwrap();
    assert_eq!(ranks(&board, View::Host), [(1, 2), (2, 1)]);
    board.record(team(1), &early(Pending)).unwrap();
    assert_eq!(
        row(&board, 2).total.points,
        100.into(),
        "pending counts as nothing"
    );
    board.record(team(1), &early(Accepted)).unwrap();
    assert_eq!(ranks(&board, View::Host), [(1, 1), (2, 2)]);
    assert_eq!(row(&board, 2).total.points, Points::ZERO);
    assert!(cell(&row(&board, 2), "A").solved);
    board.record(team(1), &early(Rejected)).unwrap();
    assert_eq!(ranks(&board, View::Host), [(1, 2), (2, 1)]);
    board.record(team(1), &early(Accepted)).unwrap();
    board.remove(team(1));
    assert_eq!(row(&board, 2).total.points, 100.into());
}

/// Ticks: an accepted attempt earns the points, whatever came before and whenever.
#[test]
fn ticks_ignore_times_and_rejected_attempts() {
    let mut board = board(round(Scoring::default(), 1), 2);
    record(&mut board, 1, &[("A", 1, Accepted)]);
    record(
        &mut board,
        2,
        &[("B", 3, Rejected), ("B", 200, Accepted), ("B", 1, Pending)],
    );
    assert_eq!(ranks(&board, View::Host), [(1, 1), (1, 2)]);
}

/// CMS, "USACO-like contests" and "Extra time": a contestant's own window ends with the contest, or later
/// with extra time; times count from the own start.
#[test]
fn a_personal_window_limits_what_counts_and_extra_time_extends_it() {
    let mut board = board(round(contest_core::scoring::Icpc::default(), 1), 0);
    let own = Participant::new(team(1)).with_window(after(100), after(160));
    board.join(own);
    record(
        &mut board,
        1,
        &[
            ("A", 99, Accepted),
            ("B", 130, Accepted),
            ("C", 160, Accepted),
        ],
    );
    assert_eq!(
        (
            row(&board, 1).total.solved,
            minutes(row(&board, 1).total.penalty)
        ),
        (1, 30)
    );
    board.join(own.with_window(after(100), after(170)));
    assert_eq!(minutes(row(&board, 1).total.penalty), 30 + 60);
}

/// A virtual participant has the rank it would have, takes none from the others, and is first nowhere.
#[test]
fn a_virtual_participant_stands_beside_the_board() {
    let mut board = board(round(contest_core::scoring::Icpc::default(), 1), 2);
    let window = (after(400), after(700));
    let ghost = Participant::new_virtual(team(3)).with_window(window.0, window.1);
    record(&mut board, 1, &[("A", 20, Accepted)]);
    record(&mut board, 2, &[("A", 30, Accepted)]);
    let before = board.standings(View::Public, after(700));
    board.join(ghost);
    record(&mut board, 3, &[("A", 425, Accepted), ("B", 426, Accepted)]);
    board.join(Participant::new_virtual(team(4)).with_window(window.0, window.1));
    record(&mut board, 4, &[("A", 425, Accepted)]);
    let standings = board.standings(View::Public, after(700));
    assert_eq!(standings.rows, before.rows);
    let beside: Vec<_> = standings
        .virtual_rows
        .iter()
        .map(|row| (row.participant, row.rank))
        .collect();
    assert_eq!(beside, [(team(3), 1), (team(4), 2)]);
    assert!(
        standings
            .virtual_rows
            .iter()
            .all(|row| row.is_virtual && !cell(row, "B").first_to_solve)
    );
    assert_eq!(board.len(), 2);
}

/// The board as it stood, for racing against the past.
#[test]
fn the_past_is_the_board_of_the_attempts_made_until_then() {
    let mut board = board(round(contest_core::scoring::Icpc::default(), 1), 2);
    record(&mut board, 1, &[("A", 10, Rejected), ("A", 60, Accepted)]);
    record(&mut board, 2, &[("A", 30, Accepted), ("B", 100, Accepted)]);
    let then = board.as_of(after(60));
    let expected = [(team(2), 1), (team(1), 1)];
    let rows = then.standings(View::Host, after(60)).rows;
    assert_eq!(
        rows.iter()
            .map(|row| (row.participant, row.total.solved))
            .collect::<Vec<_>>(),
        expected
    );
    assert_eq!(row(&board.as_of(after(59)), 1).total.solved, 0);
}
