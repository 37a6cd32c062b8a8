//! ICPC rules, from these published sources:
//!
//! - CCS: "CCS System Requirements", sections "Scoring", "Freezing the Scoreboard" and "Judge Responses",
//!   <https://ccs-specs.icpc.io/draft/ccs_system_requirements>.
//! - API: "Contest API", section "Scoreboard", <https://ccs-specs.icpc.io/2023-06/contest_api>.
//! - `DOMjudge`: its manual, sections "Scoring" and "Judging topics", and the issues named below,
//!   <https://github.com/DOMjudge/domjudge>.
//! - SPPC: the technical specifications of the South Pacific contests,
//!   <https://sppcontests.org/technical-specifications>.
//! - Kattis: the rules of contests on open.kattis.com.

use contest_core::scoring::Verdict::{Accepted, CompileError, NotCounted, Pending, Rejected};
use contest_core::scoring::{CompileErrors, Icpc, TimeUnit};

use super::*;

fn icpc(teams: u32) -> Board {
    board(round(Icpc::default(), 1), teams)
}

/// CCS, scoring data 1: the contest time is in minutes, rounded down: 59.99 seconds are 0 minutes.
/// `DOMjudge` can count in seconds instead.
#[test]
fn times_are_rounded_down_to_the_minute() {
    let late = after(1) - Duration::from_millis(10);
    for (unit, seconds) in [(TimeUnit::Minute, 0), (TimeUnit::Second, 59)] {
        let mut board = board(round(Icpc::default().with_unit(unit), 1), 1);
        let solved = attempt(1, "A", late, Accepted);
        board.record(team(1), &solved).unwrap();
        let row = row(&board, 1);
        assert_eq!(row.total.penalty.as_secs(), seconds);
        assert_eq!(row.total.last, Some(Duration::from_secs(seconds)));
    }
}

/// CCS, scoring data 2 to 4: 20 minutes for each rejected attempt before the first accepted one; none
/// after it, none for compile errors, none for problems that are not solved. The example is SPPC's:
/// 67 minutes for A, 72 for B, nothing for C.
#[test]
fn penalties_count_before_the_acceptance_of_a_solved_problem() {
    let mut board = icpc(1);
    let attempts = [
        ("A", 8, Rejected),
        ("A", 23, Rejected),
        ("A", 27, Accepted),
        ("B", 42, CompileError),
        ("B", 43, Rejected),
        ("B", 52, Accepted),
        ("C", 58, Rejected),
        ("A", 59, Rejected),
    ];
    record(&mut board, 1, &attempts);
    let row = row(&board, 1);
    let penalties = ["A", "B", "C"].map(|name| minutes(cell(&row, name).penalty));
    assert_eq!(penalties, [67, 72, 0]);
    assert_eq!((row.total.solved, minutes(row.total.penalty)), (2, 139));
    assert_eq!(row.total.last, Some(MINUTE * 52));
    // API: judged attempts up to and including the first accepted one. `DOMjudge` leaves out compile errors
    // that cost nothing.
    let judged = ["A", "B", "C"].map(|name| cell(&row, name).judged);
    assert_eq!(judged, [3, 2, 1]);
}

/// Kattis: two wrong, then solved after 30 minutes; three wrong, never solved; one wrong, then solved
/// after 45: 2 hours and 15 minutes.
#[test]
fn the_example_of_kattis_takes_2_hours_and_15_minutes() {
    let mut board = icpc(1);
    let wrong = [("A", 1), ("A", 2), ("B", 3), ("B", 4), ("B", 5), ("C", 6)];
    let wrong = wrong.map(|(name, minute)| (name, minute, Rejected));
    record(&mut board, 1, &wrong);
    record(&mut board, 1, &[("A", 30, Accepted), ("C", 45, Accepted)]);
    assert_eq!(minutes(row(&board, 1).total.penalty), 135);
}

/// CCS, judge responses: a compile error costs nothing. `DOMjudge`, `compile_penalty`: it can.
#[test]
fn compile_errors_cost_a_penalty_if_configured() {
    for (rule, penalty) in [
        (CompileErrors::NotCounted, 10),
        (CompileErrors::Penalised, 30),
    ] {
        let mut board = board(round(Icpc::default().with_compile_errors(rule), 1), 1);
        record(
            &mut board,
            1,
            &[("A", 5, CompileError), ("A", 10, Accepted)],
        );
        assert_eq!(minutes(row(&board, 1).total.penalty), penalty);
    }
}

/// A host may configure any penalty: sums stop at the longest duration.
#[test]
fn the_longest_penalty_does_not_overflow() {
    let icpc = Icpc::default().with_penalty(Duration::MAX);
    let mut board = board(round(icpc, 1), 1);
    for name in ["A", "B"] {
        record(
            &mut board,
            1,
            &[
                (name, 1, Rejected),
                (name, 2, Rejected),
                (name, 3, Accepted),
            ],
        );
    }
    assert_eq!(row(&board, 1).total.penalty, Duration::MAX);
}

/// CCS, scoring data 6: problems solved, then penalty time, then the last accepted attempt.
#[test]
fn teams_are_sorted_by_problems_then_penalty_then_last_acceptance() {
    let mut board = icpc(5);
    record(&mut board, 1, &[("A", 10, Accepted)]);
    record(&mut board, 2, &[("A", 100, Accepted), ("B", 200, Accepted)]);
    record(&mut board, 3, &[("A", 130, Accepted), ("B", 170, Accepted)]);
    record(&mut board, 4, &[("A", 100, Accepted), ("B", 199, Accepted)]);
    let expected = [(1, 4), (2, 3), (3, 2), (4, 1), (5, 5)];
    assert_eq!(ranks(&board, View::Host), expected);
}

/// CCS, scoring data, last paragraph but one: tied teams share a position, and as many positions after it
/// are left empty.
#[test]
fn tied_teams_share_a_rank_and_the_next_ranks_are_empty() {
    let mut board = icpc(6);
    record(&mut board, 3, &[("A", 10, Accepted)]);
    for number in [2, 4] {
        record(&mut board, number, &[("B", 20, Accepted)]);
    }
    record(&mut board, 1, &[("C", 21, Accepted)]);
    let expected = [(1, 3), (2, 2), (2, 4), (4, 1), (5, 5), (5, 6)];
    assert_eq!(ranks(&board, View::Host), expected);
}

/// `DOMjudge`, scoring: the sum of the problems' points comes before the penalty time.
#[test]
fn problems_may_have_points_of_their_own() {
    let problems = [("A", 1), ("B", 3)];
    let problems =
        problems.map(|(name, points)| RoundProblem::new(problem(name)).with_points(points));
    let round = Round::new(START, end(), problems).unwrap();
    let mut board = board(round.with_scoring(Icpc::default()), 2);
    record(&mut board, 1, &[("A", 1, Accepted)]);
    record(&mut board, 2, &[("B", 299, Accepted)]);
    assert_eq!(ranks(&board, View::Host), [(1, 2), (2, 1)]);
}

/// CCS, scoring data, last paragraph: pending attempts have no effect. CCS, scoreboard: a problem is
/// pending if an attempt is and no earlier one is accepted.
#[test]
fn pending_attempts_change_no_score() {
    let mut board = icpc(2);
    record(
        &mut board,
        1,
        &[("A", 10, Pending), ("A", 20, Accepted), ("A", 30, Pending)],
    );
    record(&mut board, 2, &[("B", 10, Pending), ("B", 15, Rejected)]);
    let solved = cell(&row(&board, 1), "A");
    assert_eq!(
        (minutes(solved.penalty), solved.judged, solved.pending),
        (20, 1, 1)
    );
    let tried = cell(&row(&board, 2), "B");
    assert_eq!((tried.solved, tried.judged, tried.pending), (false, 1, 1));
}

/// `DOMjudge`, judging: an ignored submission is as if it had never been submitted, and can come back.
#[test]
fn ignored_attempts_leave_no_trace() {
    let mut board = icpc(1);
    let wrong = attempt(1, "A", after(5), Rejected);
    let ignored = attempt(1, "A", after(5), NotCounted);
    record(&mut board, 1, &[("A", 10, Accepted)]);
    let before = row(&board, 1);
    board.record(team(1), &wrong).unwrap();
    assert_eq!(minutes(row(&board, 1).total.penalty), 30);
    board.record(team(1), &ignored).unwrap();
    assert_eq!(row(&board, 1), before);
}

/// `DOMjudge` issue 2883: an attempt before the accepted one is rejudged and accepted: its time counts, and
/// no penalty is left.
#[test]
fn an_earlier_attempt_that_is_rejudged_decides() {
    let mut board = icpc(1);
    let verdicts = [(1, 10, Rejected), (2, 20, Rejected), (3, 30, Accepted)];
    for (id, minute, verdict) in verdicts {
        let attempt = attempt(id, "A", after(minute), verdict);
        board.record(team(1), &attempt).unwrap();
    }
    assert_eq!(minutes(row(&board, 1).total.penalty), 70);
    let rejudged = attempt(1, "A", after(10), Accepted);
    assert_eq!(board.record(team(1), &rejudged), Ok(true));
    assert_eq!(minutes(row(&board, 1).total.penalty), 10);
    assert_eq!(board.record(team(1), &rejudged), Ok(false), "no news");
}

/// `DOMjudge`, scoreboard service: attempts at the end of the contest or later count for nothing.
#[test]
fn attempts_at_the_end_are_too_late() {
    let mut board = icpc(2);
    let last = attempt(1, "A", end() - Duration::from_micros(1), Accepted);
    let late = attempt(2, "A", end(), Accepted);
    board.record(team(1), &last).unwrap();
    board.record(team(2), &late).unwrap();
    assert_eq!(
        [1, 2].map(|number| row(&board, number).total.solved),
        [1, 0]
    );
}

/// CCS, freezing: attempts received after the freeze time are pending on the frozen board. `DOMjudge`: one
/// at the freeze time itself is after it; those after an acceptance that is hidden are pending too, compile
/// errors included; those after a visible acceptance are not.
#[test]
fn a_frozen_board_shows_later_attempts_as_pending() {
    let frozen = round(Icpc::default(), 1).with_freeze(frozen_from(240));
    let mut board = board(frozen, 2);
    let hidden = [
        ("A", 240, Accepted),
        ("A", 241, Rejected),
        ("A", 242, CompileError),
    ];
    record(&mut board, 1, &[("A", 239, Rejected)]);
    record(&mut board, 1, &hidden);
    record(&mut board, 2, &[("A", 239, Accepted), ("A", 245, Rejected)]);
    record(&mut board, 2, &[("B", 238, Pending), ("B", 250, Accepted)]);

    let public = cell(&row_of(&board, View::Public, 1), "A");
    assert_eq!(
        (public.solved, public.judged, public.pending),
        (false, 1, 3)
    );
    let host = cell(&row(&board, 1), "A");
    assert_eq!((host.solved, host.judged, host.pending), (true, 2, 0));
    let public = row_of(&board, View::Public, 2);
    assert_eq!(
        (cell(&public, "A").solved, cell(&public, "A").pending),
        (true, 0)
    );
    assert_eq!(
        (cell(&public, "B").judged, cell(&public, "B").pending),
        (0, 2)
    );
    assert_eq!(ranks(&board, View::Public), [(1, 2), (2, 1)]);
    assert!(board.standings(View::Public, end()).frozen);

    // CCS, freezing: updating can be enabled again at any time.
    board.set_freeze(Some(frozen_from(240).lifted(after(301))));
    assert_eq!(
        board.row(View::Public, after(301), team(1)),
        Some(row(&board, 1))
    );
    assert_ne!(
        board.row(View::Public, after(300), team(1)),
        Some(row(&board, 1))
    );

    // It can be frozen at another time, or not at all.
    board.set_freeze(Some(frozen_from(241)));
    let public = cell(&row_of(&board, View::Public, 1), "A");
    assert_eq!((public.solved, public.judged, public.pending), (true, 2, 0));
    board.set_freeze(None);
    let [public, host] = [View::Public, View::Host].map(|view| board.standings(view, end()));
    assert_eq!((public.rows, public.frozen), (host.rows, false));
}

/// `DOMjudge` pull request 527 and issue 2281: A submits, B submits and is accepted while A's attempt is
/// pending: no participant is first yet. If A is rejected, B was first. If A is accepted, A was.
#[test]
fn an_earlier_pending_attempt_withholds_the_first_to_solve() {
    let mut board = icpc(2);
    let of_a = |verdict| attempt(1, "A", after(10), verdict);
    board.record(team(1), &of_a(Pending)).unwrap();
    board
        .record(team(2), &attempt(2, "A", after(11), Accepted))
        .unwrap();
    let first = |board: &Board| first_to_solve(board, View::Host, "A");
    assert!(first(&board).is_empty());
    board.record(team(1), &of_a(Rejected)).unwrap();
    assert_eq!(first(&board), [2]);
    board.record(team(1), &of_a(Accepted)).unwrap();
    assert_eq!(first(&board), [1]);
    // Issue 2105: after a rejudgement, one team alone was first.
    board.record(team(1), &of_a(CompileError)).unwrap();
    assert_eq!(first(&board), [2]);
}

/// `DOMjudge` pull request 527: a team's own earlier attempt withholds it too while it is pending.
#[test]
fn a_pending_attempt_of_its_own_withholds_the_first_to_solve() {
    let mut board = icpc(1);
    board
        .record(team(1), &attempt(1, "A", after(10), Pending))
        .unwrap();
    board
        .record(team(1), &attempt(2, "A", after(11), Accepted))
        .unwrap();
    assert!(first_to_solve(&board, View::Host, "A").is_empty());
    board
        .record(team(1), &attempt(1, "A", after(10), Rejected))
        .unwrap();
    assert_eq!(first_to_solve(&board, View::Host, "A"), [1]);
}

/// The order of arrival decides between attempts of the same time (CCS, removing time intervals), so one
/// team alone is first; ids that count say the order.
#[test]
fn of_two_accepted_at_the_same_time_the_lower_id_was_first() {
    let mut board = icpc(2);
    board
        .record(team(1), &attempt(10, "A", after(10), Accepted))
        .unwrap();
    board
        .record(team(2), &attempt(9, "A", after(10), Accepted))
        .unwrap();
    assert_eq!(first_to_solve(&board, View::Host, "A"), [2]);
}

/// API, teams: a hidden team is excluded from the scoreboard. The others move up, and the next is first.
#[test]
fn a_removed_team_leaves_the_board_as_if_it_had_never_been_there() {
    let mut board = icpc(3);
    let without = {
        let mut board = icpc(3);
        board.remove(team(1));
        record(&mut board, 2, &[("A", 20, Accepted)]);
        board
    };
    record(&mut board, 1, &[("A", 10, Accepted), ("B", 15, Pending)]);
    record(&mut board, 2, &[("A", 20, Accepted)]);
    assert_eq!(first_to_solve(&board, View::Host, "A"), [1]);
    assert!(board.remove(team(1)));
    assert!(!board.remove(team(1)), "it is gone");
    assert_eq!(ranks(&board, View::Host), [(1, 2), (2, 3)]);
    assert_eq!(first_to_solve(&board, View::Host, "A"), [2]);
    let standings = |board: &Board| board.standings(View::Host, end());
    assert_eq!(standings(&board), standings(&without));
    let error = board.record(team(1), &attempt(1, "A", after(30), Accepted));
    assert_eq!(
        error,
        Err(contest_core::standings::BoardError::UnknownParticipant(
            team(1)
        ))
    );
}
