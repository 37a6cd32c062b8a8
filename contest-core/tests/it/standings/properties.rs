//! Properties of boards, over random rounds and histories.

use contest_core::scoring::{Amount, AtCoder, CompileErrors, Falling, Icpc, Method, TimeUnit};
use proptest::collection::vec;
use proptest::prelude::*;

use super::naive::{Entrants, NaiveRow, id_of, rows};
use super::*;

const TEAMS: u32 = 6;
const FREEZE: u32 = 30;

fn methods() -> impl Strategy<Value = Method> {
    let icpc = Icpc::default().with_compile_errors(CompileErrors::Penalised);
    prop_oneof![
        Just(Method::Ticks),
        Just(Method::Icpc(Icpc::default())),
        Just(Method::Icpc(icpc.with_unit(TimeUnit::Second))),
        Just(Method::Best),
        Just(Method::Last),
        Just(Method::First),
        Just(Method::Falling(
            Falling::default().with_per_try(Amount::Percent(40))
        )),
        Just(Method::Falling(
            Falling::default().with_least(Amount::Percent(75))
        )),
        Just(Method::AtCoder(AtCoder::default())),
        Just(Method::Lockout),
    ]
}

fn verdicts() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        3 => Just(Verdict::Accepted),
        3 => Just(Verdict::Rejected),
        2 => Just(Verdict::Pending),
        1 => Just(Verdict::CompileError),
        1 => Just(Verdict::NotCounted),
    ]
}

/// Few teams, problems and minutes, so that ties are common.
fn attempts(ids: u32) -> impl Strategy<Value = (ParticipantId, Attempt)> {
    let score = proptest::option::weighted(0.3, 0_u32..=8);
    let place = (1..=TEAMS, 0_usize..3, 0_u32..60, 0_u64..3);
    (1..=ids, place, verdicts(), score).prop_map(|(id, place, verdict, score)| {
        let (number, name, minute, half) = place;
        let at = after(minute) + Duration::from_secs(half * 30);
        let mut attempt = attempt(id, ["A", "B", "C"][name], at, verdict);
        attempt.score = score.map(|points| Score::of(points.into()));
        (team(number), attempt)
    })
}

#[derive(Debug, Clone)]
enum Step {
    Record(ParticipantId, Attempt),
    Join(Participant),
    Remove(ParticipantId),
}

fn participants() -> impl Strategy<Value = Participant> {
    (1..=TEAMS, 0_u32..4, 0_u32..30, any::<bool>()).prop_map(|(number, kind, from, is_virtual)| {
        let participant = Participant::new(team(number));
        match kind {
            0 => participant.with_window(after(from), after(from + 30)),
            1 if is_virtual => Participant::new_virtual(team(number)),
            _ => participant,
        }
    })
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        20 => attempts(40).prop_map(|(participant, attempt)| Step::Record(participant, attempt)),
        2 => participants().prop_map(Step::Join),
        1 => (1..=TEAMS).prop_map(|number| Step::Remove(team(number))),
    ];
    vec(step, 0..80)
}

fn frozen(method: Method) -> Round {
    let freeze = frozen_from(FREEZE).lifted(end());
    round(method, 4).with_freeze(freeze)
}

/// Takes steps on a board, and on a plain list.
fn take(board: &mut Board, entrants: &mut Entrants, steps: Vec<Step>) {
    for step in steps {
        match step {
            Step::Join(participant) => {
                board.join(participant);
                entrants
                    .entry(participant.id)
                    .or_insert((participant, Vec::new()))
                    .0 = participant;
            }
            Step::Remove(participant) => {
                let known = entrants.remove(&participant).is_some();
                assert_eq!(board.remove(participant), known);
            }
            Step::Record(participant, attempt) => {
                let known = entrants.contains_key(&participant);
                assert_eq!(board.record(participant, &attempt).is_ok(), known);
                if known {
                    for (_, attempts) in entrants.values_mut() {
                        attempts.retain(|other| id_of(other) != id_of(&attempt));
                    }
                    entrants.get_mut(&participant).unwrap().1.push(attempt);
                }
            }
        }
    }
}

fn all(board: &Board) -> [contest_core::standings::Standings; 3] {
    let public = |now| board.standings(View::Public, now);
    [
        board.standings(View::Host, end()),
        public(after(60)),
        public(end()),
    ]
}

fn naive(rows: &[Row]) -> Vec<NaiveRow> {
    rows.iter().map(Into::into).collect()
}

proptest! {
    /// One attempt more, a rejudgement, a moved attempt, a changed window, a removed participant: the board
    /// is the one made from scratch, and the one that a naive count and sort make.
    #[test]
    fn a_board_kept_up_to_date_equals_one_made_from_scratch(
        method in methods(),
        steps in steps(),
    ) {
        let mut kept = board(frozen(method), TEAMS);
        let participants = (1..=TEAMS).map(|number| Participant::new(team(number)));
        let mut entrants: Entrants = participants.map(|one| (one.id, (one, Vec::new()))).collect();
        take(&mut kept, &mut entrants, steps);

        let mut made = Board::new(kept.round().clone());
        let (mut joined, mut recorded) = (Vec::new(), Vec::new());
        for (id, (participant, attempts)) in &entrants {
            joined.push(*participant);
            recorded.extend(attempts.iter().rev().map(|attempt| (*id, attempt.clone())));
        }
        made = made.with_participants(joined);
        made.extend(recorded).unwrap();
        prop_assert_eq!(all(&kept), all(&made));
        prop_assert_eq!(all(&kept), all(&kept.as_of(end())));

        let hidden = [None, Some(after(FREEZE)), None];
        for (standings, hidden) in all(&kept).iter().zip(hidden) {
            let [board, virtual_ones] = rows(kept.round(), &entrants, hidden);
            prop_assert_eq!(naive(&standings.rows), board);
            prop_assert_eq!(naive(&standings.virtual_rows), virtual_ones);
        }
    }

    /// Attempts may arrive in any order, one by one or all at once.
    #[test]
    fn the_order_of_arrival_does_not_matter(
        method in methods(),
        (first, second) in vec(attempts(1), 0..60).prop_flat_map(|attempts| {
            let attempts: Vec<_> = (1..).zip(attempts).map(|(id, (team, mut attempt))| {
                attempt.submission = Some(SubmissionId::new(u32::to_string(&id)).unwrap());
                (team, attempt)
            }).collect();
            (Just(attempts.clone()), Just(attempts).prop_shuffle())
        }),
    ) {
        let round = frozen(method);
        let mut one_by_one = board(round.clone(), TEAMS);
        for (participant, attempt) in &second {
            one_by_one.record(*participant, attempt).unwrap();
        }
        for order in [first, second] {
            let mut at_once = board(round.clone(), TEAMS);
            at_once.extend(order).unwrap();
            prop_assert_eq!(all(&one_by_one), all(&at_once));
        }
    }

    /// The frozen board says nothing about outcomes of attempts made during the freeze: it is the same
    /// with any others.
    #[test]
    fn the_freeze_shows_no_outcome_of_an_attempt_made_after_it(
        method in methods(),
        attempts in vec((attempts(60), verdicts(), any::<bool>()), 0..60),
    ) {
        let mut boards = [0, 1].map(|_| board(frozen(method.clone()), TEAMS));
        for ((participant, attempt), verdict, keeps_score) in attempts {
            let mut other = attempt.clone();
            let is_made = |verdict| verdict != Verdict::NotCounted;
            if attempt.at >= after(FREEZE) && is_made(verdict) && is_made(attempt.verdict) {
                other.verdict = verdict;
                other.score = other.score.filter(|_| keeps_score);
            }
            boards[0].record(participant, &attempt).unwrap();
            boards[1].record(participant, &other).unwrap();
        }
        let public = boards.map(|board| board.standings(View::Public, after(60)));
        prop_assert_eq!(&public[0], &public[1]);
    }

    /// Before the freeze, and once it is lifted, the views agree.
    #[test]
    fn no_two_views_disagree_before_the_freeze(
        method in methods(),
        attempts in vec(attempts(60), 0..60),
        minute in 0..FREEZE,
    ) {
        let mut board = board(frozen(method), TEAMS);
        board.extend(attempts).unwrap();
        let now = after(minute) + Duration::from_secs(59);
        for (board, now) in [(board.as_of(now), now), (board, end())] {
            let [host, public] = [View::Host, View::Public].map(|view| board.standings(view, now));
            prop_assert!(!public.frozen);
            prop_assert_eq!(host.rows, public.rows);
        }
    }

    /// Equal scores share a rank, which is one more than the better ones; pages and single rows agree with
    /// the whole.
    #[test]
    fn ranks_are_those_of_a_naive_sort(
        method in methods(),
        attempts in vec(attempts(60), 0..60),
        position in 0_usize..8,
        limit in 0_usize..8,
    ) {
        let mut board = board(frozen(method), TEAMS);
        board.extend(attempts).unwrap();
        let rows = board.standings(View::Host, end()).rows;
        let key = |row: &Row| board.round().scoring().rank_key(&row.total);
        prop_assert!(rows.is_sorted_by_key(|row| (key(row), row.participant)));
        for row in &rows {
            let better = rows.iter().filter(|other| key(other) < key(row)).count();
            prop_assert_eq!(row.rank, better + 1);
            let alone = board.row(View::Host, end(), row.participant);
            prop_assert_eq!(alone.as_ref(), Some(row));
        }
        let expected: Vec<_> = rows.into_iter().skip(position).take(limit).collect();
        prop_assert_eq!(board.page(View::Host, end(), position, limit), expected);
    }
}
