//! Rounds: joining, windows, extra time, and boards of stored contests.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use contest_core::ParticipantId;
use contest_core::engine::{BoardPage, BoardPosition, PageLimit, Rounds, Viewer};
use contest_core::id::{RoundId, Version};
use contest_core::model::SubmissionId;
use contest_core::prelude::*;
use contest_core::scoring::{Attempt, Icpc, Method, Points, Scoring, Verdict};
use contest_core::standings::{
    Admission, Freeze, Judging, Round, RoundProblem, Row, Standings, View,
};
use contest_core::store::{
    Intercepted, Interceptor, Member, RoundRepository as _, StoreCall, StoreError, StoreErrorKind,
    StoreOutcome, async_trait,
};
use contest_core::time::ManualClock;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::scene::Scene;
use crate::support::*;

const ROUND: RoundId = RoundId::from_uuid(uuid::Uuid::from_u128(0xf00d));
const TOP: BoardPosition = BoardPosition {
    rows: 0,
    last: None,
};

fn round(n: u128) -> RoundId {
    RoundId::from_uuid(uuid::Uuid::from_u128(n))
}

/// The rounds of one of the processes at this time.
fn rounds(scene: &Scene, now: i64) -> Rounds {
    Rounds::new(scene.at(minute(now)).clone(), scene.store.clone())
}

/// A round of the first two problems, open for two hours from an hour after the start.
fn two_hours(scene: &Scene) -> Round {
    let problems = scene.first::<2>().map(RoundProblem::new);
    Round::new(minute(60), minute(180), problems).unwrap()
}

async fn put(scene: &Scene, of: &Round) {
    rounds(scene, 0).put(ROUND, of).await.unwrap();
}

/// The row of each participant: rank, id, solved problems and penalty minutes.
fn rows(page: &BoardPage) -> Vec<(u64, u128, u32, u64)> {
    let rows = page.rows.iter().map(|row| {
        let id = row.participant.as_uuid().as_u128();
        (
            row.rank,
            id,
            row.total.solved,
            row.total.penalty.as_secs() / 60,
        )
    });
    rows.collect()
}

async fn board(scene: &Scene, now: i64, viewer: Viewer) -> BoardPage {
    let rounds = rounds(scene, now);
    let page = rounds.board(ROUND, viewer, TOP, PageLimit::default());
    page.await.unwrap()
}

fn attempt(id: &str, problem: ProblemId, at: i64, verdict: Verdict) -> Attempt {
    let id = SubmissionId::new(id).unwrap();
    Attempt::new(problem, minute(at), verdict).with_submission(id)
}

#[tokio::test]
async fn i1_joining_begins_the_contest_of_the_round() {
    let scene = Scene::with(12).await;
    put(&scene, &two_hours(&scene)).await;
    let early = rounds(&scene, 59).join(ALICE, ROUND).await;
    let opens_at = minute(60);
    assert_eq!(
        refusal(early),
        Refusal::RoundNotOpen {
            round: ROUND,
            opens_at
        }
    );
    let [one, two] = scene.first();
    // Solved before or not, the problems are given to everyone.
    scene.record(ALICE, minute(1), &[one]).await;
    let joined = rounds(&scene, 70).join(ALICE, ROUND).await.unwrap();
    assert!(!joined.repeated);
    let contest = joined.contest;
    assert_eq!(problem_ids(&contest), [one, two]);
    assert_eq!(
        (contest.started_at, contest.deadline),
        (minute(70), minute(180))
    );
    assert_eq!(contest.round, Some(ROUND));
    let replay = scene.at(minute(71)).replay(ALICE, contest.id).await;
    assert!(replay.unwrap().is_same());
    let again = rounds(&scene, 71).join(ALICE, ROUND).await.unwrap();
    assert!(again.repeated);
    assert_eq!(again.contest.id, contest.id);
    let seen = scene.audit(ALICE, minute(72)).await;
    assert_eq!((seen.active, seen.contests.len()), (Some(contest.id), 1));
    // It is the user's one active contest.
    let refused = scene
        .at(minute(72))
        .create_contest(ALICE, &request(2))
        .await;
    assert_eq!(refusal(refused).code(), "active_contest_exists");
    scene.mark(minute(75), &contest, two).await;
    scene.complete(minute(80), &contest).await;
    // Joining after the end returns the same contest.
    let again = rounds(&scene, 90).join(ALICE, ROUND).await.unwrap();
    assert_eq!((again.repeated, again.contest.id), (true, contest.id));
    assert_eq!(
        scene.audit(ALICE, minute(90)).await.solved,
        [one, two].into()
    );
}

#[tokio::test]
async fn i1_a_user_with_an_active_contest_does_not_join() {
    let scene = Scene::with(12).await;
    put(&scene, &two_hours(&scene)).await;
    let [_, _, third] = scene.first();
    let contest = scene.create(ALICE, minute(61), &[third]).await;
    let before = scene.audit(ALICE, minute(62)).await;
    let refused = rounds(&scene, 62).join(ALICE, ROUND).await;
    assert_eq!(
        refusal(refused),
        Refusal::ActiveContestExists {
            contest: contest.id
        }
    );
    assert_eq!(scene.audit(ALICE, minute(62)).await, before);
    // An expired one is settled.
    let joined = rounds(&scene, 122).join(ALICE, ROUND).await.unwrap();
    assert_eq!(joined.settled, Some(contest.id));
    scene.audit(ALICE, minute(122)).await;
}

#[tokio::test]
async fn i4_many_callers_join_one_contest() {
    let scene = Scene::with(12).await;
    put(&scene, &two_hours(&scene)).await;
    scene.at(minute(61));
    let handles = [0, 1].map(|n| Rounds::new(scene.engine(n), scene.store.clone()));
    let joined = race(16, |n| {
        let rounds = handles[n % 2].clone();
        async move { rounds.join(ALICE, ROUND).await.unwrap() }
    });
    let joined = joined.await;
    let first = joined.iter().filter(|joined| !joined.repeated).count();
    assert_eq!(first, 1);
    assert!(
        joined
            .iter()
            .all(|other| other.contest.id == joined[0].contest.id)
    );
    assert_eq!(scene.audit(ALICE, minute(62)).await.contests.len(), 1);
}

/// The end of a contest is the earliest of the personal limit and the window's end, and extra time on top.
#[tokio::test]
async fn i2_windows_limits_and_extra_time() {
    let scene = Scene::with(12).await;
    let hour = two_hours(&scene).with_personal_limit(HOUR);
    put(&scene, &hour).await;
    let grant = async |now: i64, minutes: u32| {
        let rounds = rounds(&scene, now);
        let granted = rounds.grant_extra_time(ALICE, ROUND, minutes * MINUTE);
        granted.await
    };
    // Before joining: the last grant counts.
    assert_eq!(grant(0, 5).await.unwrap(), None);
    assert_eq!(grant(1, 10).await.unwrap(), None);
    let early = rounds(&scene, 70).join(ALICE, ROUND).await.unwrap().contest;
    assert_eq!(early.deadline, minute(70 + 60 + 10));
    // After joining, and again.
    for now in [80, 81] {
        let extended = grant(now, 30).await.unwrap().unwrap();
        assert_eq!(extended.deadline, minute(70 + 60 + 30));
    }
    let seen = scene.audit(ALICE, minute(82)).await;
    assert_eq!(seen.record.unwrap().extra_time, []);
    assert_eq!(refusal(grant(83, 29).await).code(), "earlier_deadline");
    assert_eq!(refusal(grant(83, 601).await).code(), "limit_exceeded");
    assert_eq!(
        refusal(grant(160, 40).await).code(),
        "contest_not_accepting"
    );
    assert_eq!(grant(161, 30).await.unwrap().unwrap().id, early.id);
    let late = rounds(&scene, 150).join(BOB, ROUND).await.unwrap().contest;
    assert_eq!(late.deadline, minute(180), "the window ends it");
    let events = scene.events(ALICE).await;
    let extended = events
        .iter()
        .filter(|event| event.kind.name() == "contest_extended");
    assert_eq!(extended.count(), 1);
    let unknown = rounds(&scene, 0)
        .grant_extra_time(ALICE, round(1), MINUTE)
        .await;
    assert_eq!(refusal(unknown), Refusal::RoundNotFound { round: round(1) });
    // Nothing granted is nothing kept.
    let (carol, nothing) = (user(0xc), Duration::ZERO);
    rounds(&scene, 0)
        .grant_extra_time(carol, ROUND, nothing)
        .await
        .unwrap();
    assert_eq!(scene.audit(carol, minute(1)).await.record, None);
    // For a thousand rounds that the user has not joined, at most.
    let all = rounds(&scene, 0);
    for n in 1..=1_001 {
        let id = round(n);
        all.put(id, &hour).await.unwrap();
        let granted = all.grant_extra_time(BOB, id, MINUTE).await;
        match n {
            1_001 => assert_eq!(refusal(granted).code(), "limit_exceeded"),
            _ => assert_eq!(granted.unwrap(), None),
        }
    }
    // After the window, the limit alone.
    let after = rounds(&scene, 190)
        .join(carol, ROUND)
        .await
        .unwrap()
        .contest;
    assert_eq!(after.deadline, minute(190 + 60));
}

#[tokio::test]
async fn contest_times_count_from_the_opening_or_the_own_start() {
    for (limit, expected) in [(None, 15), (Some(HOUR), 5)] {
        let scene = Scene::with(12).await;
        let mut of = two_hours(&scene).with_scoring(Icpc::default());
        if let Some(limit) = limit {
            of = of.with_personal_limit(limit);
        }
        put(&scene, &of).await;
        let contest = rounds(&scene, 70).join(ALICE, ROUND).await.unwrap().contest;
        scene.mark(minute(75), &contest, scene.problems[0]).await;
        let page = board(&scene, 76, Viewer::Host).await;
        assert_eq!(rows(&page), [(1, 0xa, 1, expected)]);
    }
}

#[tokio::test]
async fn a_virtual_participant_stands_beside_the_board() {
    let scene = Scene::with(12).await;
    let of = two_hours(&scene).with_scoring(Icpc::default());
    put(&scene, &of.with_freeze(Freeze::from(minute(170)))).await;
    let problem = scene.problems[0];
    let contest = rounds(&scene, 60).join(ALICE, ROUND).await.unwrap().contest;
    scene.mark(minute(90), &contest, problem).await;
    let contest = rounds(&scene, 180).join(BOB, ROUND).await.unwrap().contest;
    assert_eq!(
        contest.deadline,
        minute(300),
        "as long as the round was open"
    );
    scene.mark(minute(190), &contest, problem).await;
    for viewer in [Viewer::Host, Viewer::User(BOB)] {
        assert_eq!(rows(&board(&scene, 191, viewer).await), [(1, 0xa, 1, 30)]);
        let whole = rounds(&scene, 191)
            .standings(ROUND, viewer, None)
            .await
            .unwrap();
        let beside: Vec<_> = whole
            .virtual_rows
            .iter()
            .map(|row| (row.rank, row.total.solved))
            .collect();
        assert_eq!((whole.rows.len(), beside), (1, vec![(1, 1)]));
    }
    let place = rounds(&scene, 191)
        .place(BOB, ROUND)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (place.rank, place.is_virtual, place.total.solved),
        (1, true, 1)
    );
}

#[tokio::test]
async fn only_listed_users_see_a_round_with_a_list() {
    let scene = Scene::with(12).await;
    put(&scene, &two_hours(&scene).with_admission(Admission::Listed)).await;
    let all = rounds(&scene, 0);
    all.put_members(ROUND, &[Member::alone(ALICE)])
        .await
        .unwrap();
    let team = Member {
        user: BOB,
        participant: ParticipantId::from(ALICE),
    };
    let refused = all.put_members(ROUND, &[team]).await;
    assert_eq!(
        refusal(refused),
        Refusal::RoundWithoutTeams { round: ROUND }
    );
    let not_found = Refusal::RoundNotFound { round: ROUND };
    let (bob, limit) = (Viewer::User(BOB), PageLimit::default());
    let at = rounds(&scene, 61);
    assert_eq!(refusal(at.join(BOB, ROUND).await), not_found);
    assert_eq!(refusal(at.round(bob, ROUND).await), not_found);
    assert_eq!(refusal(at.board(ROUND, bob, TOP, limit).await), not_found);
    assert_eq!(refusal(at.standings(ROUND, bob, None).await), not_found);
    assert_eq!(refusal(at.place(BOB, ROUND).await), not_found);
    let listed = async |viewer| at.list(viewer, None, limit).await.unwrap().items.len();
    assert_eq!(
        [
            listed(bob).await,
            listed(Viewer::User(ALICE)).await,
            listed(Viewer::Host).await
        ],
        [0, 1, 1]
    );
    let contest = at.join(ALICE, ROUND).await.unwrap().contest;
    // A user who has begun goes on after being removed from the list.
    at.remove_members(ROUND, &[ALICE]).await.unwrap();
    assert_eq!(at.join(ALICE, ROUND).await.unwrap().contest.id, contest.id);
    assert_eq!(board(&scene, 62, Viewer::Host).await.rows.len(), 1);
    // An erased user leaves the board.
    scene.at(minute(63)).erase_user(ALICE).await.unwrap();
    assert_eq!(board(&scene, 63, Viewer::Host).await.rows.len(), 0);
}

#[tokio::test]
async fn the_attempts_of_a_team_count_together() {
    let scene = Scene::with(12).await;
    let of = two_hours(&scene).with_scoring(Icpc::default());
    put(&scene, &of.with_admission(Admission::Teams)).await;
    let [red, blue] = [1, 2].map(|n| ParticipantId::from_uuid(uuid::Uuid::from_u128(n)));
    let carol = user(0xc);
    let members = [(ALICE, red), (BOB, red), (carol, blue)];
    let members = members.map(|(user, participant)| Member { user, participant });
    rounds(&scene, 0)
        .put_members(ROUND, &members)
        .await
        .unwrap();
    let [one, two] = scene.first();
    for (user, problem, at) in [(ALICE, one, 70), (BOB, two, 80), (carol, one, 65)] {
        let contest = rounds(&scene, 61).join(user, ROUND).await.unwrap().contest;
        scene.mark(minute(at), &contest, problem).await;
    }
    let viewer = Viewer::User(ALICE);
    assert_eq!(
        rows(&board(&scene, 90, viewer).await),
        [(1, 1, 2, 30), (2, 2, 1, 5)]
    );
    let place = rounds(&scene, 90).place(BOB, ROUND).await.unwrap().unwrap();
    assert_eq!((place.rank, place.participant), (1, red));
    // In pages.
    let limit = PageLimit::new(1).unwrap();
    let all = rounds(&scene, 90);
    let first = all.board(ROUND, viewer, TOP, limit).await.unwrap();
    let second = all
        .board(ROUND, viewer, first.next.unwrap(), limit)
        .await
        .unwrap();
    assert_eq!((rows(&second), second.next), (vec![(2, 2, 1, 5)], None));
    // The progress of each is their own.
    assert_eq!(scene.audit(BOB, minute(90)).await.solved, [two].into());
}

/// Minutes count from the first start of a team, until its last member ends. What a member does virtually
/// stands beside the board.
#[tokio::test]
async fn members_of_a_team_have_clocks_of_their_own() {
    let scene = Scene::with(12).await;
    let [one, two, three] = scene.first();
    let problems = [one, two, three].map(RoundProblem::new);
    let of = Round::new(minute(60), minute(180), problems).unwrap();
    let of = of.with_scoring(Icpc::default()).with_personal_limit(HOUR);
    put(&scene, &of.with_admission(Admission::Teams)).await;
    let red = ParticipantId::from_uuid(uuid::Uuid::from_u128(1));
    let (carol, dave) = (user(0xc), user(0xd));
    let team = [ALICE, BOB, carol].map(|user| Member {
        user,
        participant: red,
    });
    let all = rounds(&scene, 0);
    all.put_members(ROUND, &team).await.unwrap();
    all.put_members(ROUND, &[Member::alone(dave)])
        .await
        .unwrap();
    let starts = [
        (ALICE, 65, one, 70),
        (BOB, 100, two, 150),
        (carol, 180, three, 181),
        (dave, 190, one, 195),
    ];
    for (user, start, problem, at) in starts {
        let joined = rounds(&scene, start).join(user, ROUND).await.unwrap();
        scene.mark(minute(at), &joined.contest, problem).await;
    }
    let all = rounds(&scene, 200);
    let whole = all.standings(ROUND, Viewer::Host, None).await.unwrap();
    let shown = |rows: &[Row]| {
        let row = |row: &Row| {
            let total = &row.total;
            (row.participant, total.solved, total.penalty.as_secs() / 60)
        };
        rows.iter().map(row).collect::<Vec<_>>()
    };
    assert_eq!(shown(&whole.rows), [(red, 2, 5 + 85)]);
    assert_eq!(shown(&whole.virtual_rows), [(dave.into(), 1, 5)]);
}

/// Users listed as a team stand alone in a round that was changed to one without teams.
#[tokio::test]
async fn without_teams_each_user_is_a_participant() {
    for admission in [Admission::Anyone, Admission::Listed] {
        let scene = Scene::with(12).await;
        let of = two_hours(&scene);
        put(&scene, &of.clone().with_admission(Admission::Teams)).await;
        let red = ParticipantId::from_uuid(uuid::Uuid::from_u128(1));
        let team = [ALICE, BOB].map(|user| Member {
            user,
            participant: red,
        });
        let all = rounds(&scene, 0);
        all.put_members(ROUND, &team).await.unwrap();
        put(&scene, &of.with_admission(admission)).await;
        for user in [ALICE, BOB] {
            rounds(&scene, 61).join(user, ROUND).await.unwrap();
        }
        let page = board(&scene, 62, Viewer::Host).await;
        assert_eq!(rows(&page), [(1, 0xa, 0, 0), (1, 0xb, 0, 0)]);
    }
}

#[tokio::test]
async fn points_of_a_round_are_those_of_its_contests() {
    let scene = Scene::with(12).await;
    let [one, two] = scene.first();
    let worth = [(one, 300), (two, 700)];
    let problems = worth.map(|(id, points)| RoundProblem::new(id).with_points(points));
    let of = Round::new(minute(60), minute(180), problems).unwrap();
    put(&scene, &of.with_scoring(Method::Best)).await;
    let contest = rounds(&scene, 61).join(ALICE, ROUND).await.unwrap().contest;
    scene.mark(minute(62), &contest, two).await;
    let found = scene.find(minute(63), &contest).await;
    assert_eq!(found.score.points, Points::from(700));
    let page = board(&scene, 63, Viewer::Host).await;
    assert_eq!(page.rows[0].total.points, Points::from(700));
    let all = rounds(&scene, 63);
    let whole = all.standings(ROUND, Viewer::Host, None).await.unwrap();
    assert_eq!(whole.rows[0].total.points, Points::from(700));
}

/// Contests are read in pages of a thousand.
#[tokio::test]
async fn a_board_of_more_than_a_thousand_is_whole() {
    let scene = Scene::with(12).await;
    put(&scene, &two_hours(&scene)).await;
    for n in 0..1_001 {
        rounds(&scene, 61).join(user(n), ROUND).await.unwrap();
    }
    let all = rounds(&scene, 62);
    let whole = all.standings(ROUND, Viewer::Host, None).await.unwrap();
    assert_eq!(whole.rows.len(), 1_001);
}

#[tokio::test]
async fn in_a_lockout_the_first_takes_all() {
    let scene = Scene::with(12).await;
    put(&scene, &two_hours(&scene).with_scoring(Method::Lockout)).await;
    let [one, two] = scene.first();
    for (user, problem, at) in [(ALICE, one, 70), (BOB, one, 71), (BOB, two, 72)] {
        let contest = rounds(&scene, 61).join(user, ROUND).await.unwrap().contest;
        scene.mark(minute(at), &contest, problem).await;
    }
    let page = board(&scene, 73, Viewer::Host).await;
    let points: Vec<_> = page
        .rows
        .iter()
        .map(|row| row.total.points.whole())
        .collect();
    assert_eq!(points, [1, 1]);
}

/// From the freeze on, the public sees attempts as pending until it is lifted.
#[tokio::test]
async fn a_freeze_hides_outcomes_from_users_alone() {
    let scene = Scene::with(12).await;
    let of = two_hours(&scene).with_scoring(Icpc::default());
    put(&scene, &of.clone().with_freeze(Freeze::from(minute(120)))).await;
    let [one, two] = scene.first();
    for (user, problem, at) in [(ALICE, one, 100), (BOB, one, 110), (BOB, two, 120)] {
        let contest = rounds(&scene, 61).join(user, ROUND).await.unwrap().contest;
        scene.mark(minute(at), &contest, problem).await;
    }
    let (public, host) = (
        [(1, 0xa, 1, 40), (2, 0xb, 1, 50)],
        [(1, 0xb, 2, 110), (2, 0xa, 1, 40)],
    );
    let page = board(&scene, 140, Viewer::User(BOB)).await;
    assert_eq!((rows(&page), page.frozen), (public.to_vec(), true));
    assert_eq!(page.rows[1].problems[1].pending, 1);
    let page = board(&scene, 140, Viewer::Host).await;
    assert_eq!((rows(&page), page.frozen), (host.to_vec(), false));
    let rank = async |now| {
        let place = rounds(&scene, now).place(BOB, ROUND).await;
        place.unwrap().unwrap().rank
    };
    assert_eq!(rank(140).await, 2);
    let solved = async |now, viewer, at| {
        let all = rounds(&scene, now);
        let then = all.standings(ROUND, viewer, Some(minute(at))).await;
        let rows = then.unwrap().rows.into_iter();
        rows.map(|row| row.total.solved).collect::<Vec<_>>()
    };
    assert_eq!(solved(140, Viewer::Host, 105).await, [1, 0]);
    assert_eq!(solved(140, Viewer::Host, 120).await, [2, 1]);
    // The past of the public stays hidden too.
    for at in [119, 135] {
        assert_eq!(solved(140, Viewer::User(BOB), at).await, [1, 1]);
    }
    // Only the lifting can be changed now.
    let lifted = of
        .clone()
        .with_freeze(Freeze::from(minute(120)).lifted(minute(200)));
    let refused = rounds(&scene, 190).put(ROUND, &of).await;
    assert_eq!(refusal(refused), Refusal::RoundHasOpened { round: ROUND });
    rounds(&scene, 190).put(ROUND, &lifted).await.unwrap();
    assert_eq!(rows(&board(&scene, 199, Viewer::User(BOB)).await), public);
    // A time to come is now.
    assert_eq!(solved(199, Viewer::User(BOB), 205).await, [1, 1]);
    assert_eq!(rank(199).await, 2);
    assert_eq!(rank(200).await, 1);
    assert_eq!(solved(200, Viewer::User(BOB), 135).await, [2, 1]);
    let page = board(&scene, 200, Viewer::User(BOB)).await;
    assert_eq!((rows(&page), page.frozen), (host.to_vec(), false));
}

#[tokio::test]
async fn where_the_host_judges_users_tick_nothing() {
    let scene = Scene::with(12).await;
    put(&scene, &two_hours(&scene).with_judging(Judging::Host)).await;
    let contest = rounds(&scene, 61).join(ALICE, ROUND).await.unwrap().contest;
    let problem = scene.problems[0];
    let refused = scene
        .at(minute(62))
        .mark_solved(ALICE, contest.id, problem)
        .await;
    assert_eq!(
        refusal(refused),
        Refusal::JudgedByHost {
            contest: contest.id
        }
    );
    let engine = scene.at(minute(65));
    let judged = [attempt("1", problem, 64, Verdict::Accepted)];
    engine
        .record_attempts(ALICE, contest.id, &judged)
        .await
        .unwrap();
    let page = board(&scene, 66, Viewer::Host).await;
    assert_eq!(page.rows[0].total.solved, 1);
    scene.audit(ALICE, minute(66)).await;
}

#[tokio::test]
async fn a_round_is_of_known_problems_and_fixed_once_open() {
    let scene = Scene::with(12).await;
    let all = rounds(&scene, 0);
    let of = two_hours(&scene);
    let first = all.put(ROUND, &of).await.unwrap();
    assert_eq!(
        all.put(ROUND, &of).await.unwrap(),
        first,
        "the same again changes nothing"
    );
    let stranger = ProblemId::from_uuid(uuid::Uuid::from_u128(9));
    let strange = Round::new(START, minute(9), [RoundProblem::new(stranger)]).unwrap();
    let problems = vec![stranger];
    assert_eq!(
        refusal(all.put(ROUND, &strange).await),
        Refusal::UnknownProblems { problems }
    );
    let empty = Round::new(START, minute(9), []).unwrap();
    assert_eq!(
        refusal(all.put(ROUND, &empty).await).code(),
        "limit_exceeded"
    );
    let later = Round::new(minute(61), minute(180), of.problems().to_vec()).unwrap();
    let second = all.put(ROUND, &later).await.unwrap();
    assert_ne!(second.version, first.version);
    let refused = rounds(&scene, 61).put(ROUND, &of).await;
    assert_eq!(refusal(refused), Refusal::RoundHasOpened { round: ROUND });
}

/// Loses the answers to changes of rounds, and puts another round after one of them.
#[derive(Debug)]
struct Overtaken {
    store: MemoryStore,
    by: Option<Round>,
}

#[async_trait]
impl Interceptor for Overtaken {
    type Permit = ();

    async fn before(&self, _: StoreCall) -> Result<(), StoreError> {
        Ok(())
    }

    async fn after(&self, call: StoreCall, _: StoreOutcome, (): ()) -> Result<(), StoreError> {
        if call != StoreCall::CommitRound {
            return Ok(());
        }
        if let Some(by) = &self.by {
            let mut stored = self.store.load_round(ROUND, None).await?.unwrap().round;
            let before = stored.version;
            stored.version = Version::from_random(9, 9);
            stored.round = by.clone();
            let commit = self.store.commit_round(Some(before), &stored);
            commit.await.unwrap();
        }
        Err(StoreError::transient("the answer is lost"))
    }
}

#[tokio::test]
async fn after_a_lost_answer_a_round_is_read() {
    for other in [None, Some(Method::Best)] {
        let scene = Scene::with(12).await;
        let of = two_hours(&scene);
        let by = other.map(|method| of.clone().with_scoring(method));
        let overtaken = Overtaken {
            store: scene.store.clone(),
            by: by.clone(),
        };
        let store = Intercepted::new(scene.store.clone(), overtaken);
        let answer = Rounds::new(scene.engine(0), store).put(ROUND, &of).await;
        let kept = rounds(&scene, 0).round(Viewer::Host, ROUND).await.unwrap();
        match by {
            None => assert_eq!(answer.unwrap(), kept),
            Some(other) => {
                assert!(matches!(answer, Err(Error::Store(_))), "{answer:?}");
                assert_eq!(kept.round, other);
            }
        }
    }
}

/// A board is never shown in part.
#[tokio::test]
async fn a_contest_with_a_problem_that_its_round_lacks_fails_the_board() {
    let scene = Scene::with(12).await;
    let of = two_hours(&scene).with_scoring(Method::Lockout);
    put(&scene, &of).await;
    let contest = rounds(&scene, 61).join(ALICE, ROUND).await.unwrap().contest;
    scene.mark(minute(62), &contest, scene.problems[1]).await;
    let mut stored = rounds(&scene, 62).round(Viewer::Host, ROUND).await.unwrap();
    let before = stored.version;
    let fewer = [RoundProblem::new(scene.problems[0])];
    stored.round = Round::new(minute(60), minute(180), fewer).unwrap();
    scene
        .store
        .commit_round(Some(before), &stored)
        .await
        .unwrap();
    let failed = rounds(&scene, 63)
        .standings(ROUND, Viewer::Host, None)
        .await;
    let Err(Error::Store(error)) = failed else {
        panic!("not failed: {failed:?}");
    };
    assert_eq!(error.kind(), StoreErrorKind::Inconsistent);
}

#[tokio::test]
async fn of_a_user_listed_twice_the_last_entry_counts() {
    let scene = Scene::with(12).await;
    put(&scene, &two_hours(&scene).with_admission(Admission::Teams)).await;
    let as_of = |participant: u128| Member {
        user: ALICE,
        participant: ParticipantId::from_uuid(uuid::Uuid::from_u128(participant)),
    };
    let all = rounds(&scene, 0);
    let twice = [as_of(1), Member::alone(BOB), as_of(2)];
    all.put_members(ROUND, &twice).await.unwrap();
    let listed = all
        .members(ROUND, None, PageLimit::default())
        .await
        .unwrap();
    assert_eq!(listed.items, [as_of(2), Member::alone(BOB)]);
}

/// Publishes a catalogue before the first commit of a user.
#[derive(Debug)]
struct Publishing {
    by: Engine,
    catalogue: Mutex<Option<Catalogue>>,
}

#[async_trait]
impl Interceptor for Publishing {
    type Permit = ();

    async fn before(&self, call: StoreCall) -> Result<(), StoreError> {
        if call == StoreCall::CommitUser {
            let catalogue = self.catalogue.lock().unwrap().take();
            if let Some(catalogue) = catalogue {
                publish(&self.by, &catalogue).await;
            }
        }
        Ok(())
    }

    async fn after(&self, _: StoreCall, _: StoreOutcome, (): ()) -> Result<(), StoreError> {
        Ok(())
    }
}

#[tokio::test]
async fn i19_a_contest_of_a_round_is_of_the_catalogue_that_is_stored() {
    let scene = Scene::with(12).await;
    put(&scene, &two_hours(&scene)).await;
    let harder = |mut problem: Problem| {
        problem.difficulty = Difficulty::Hard;
        problem
    };
    let publishing = Publishing {
        by: scene.engine(0),
        catalogue: Mutex::new(Some(changed(&scene.catalogue, harder))),
    };
    let store = Intercepted::new(scene.store.clone(), publishing);
    let clock = Arc::new(ManualClock::new(minute(61)));
    let engine = Engine::builder(store).clock(clock).build().await.unwrap();
    let rounds = Rounds::new(engine, scene.store.clone());
    let contest = rounds.join(ALICE, ROUND).await.unwrap().contest;
    let stored = scene.stored(&contest).await;
    let difficulties: Vec<_> = stored.problems.iter().map(|of| of.difficulty).collect();
    assert_eq!(difficulties, [Difficulty::Hard; 2]);
    scene.audit(ALICE, minute(62)).await;
}

/// A catalogue that another process published later has the problem.
#[tokio::test]
async fn a_process_with_an_older_catalogue_puts_and_joins_rounds() {
    let scene = Scene::with(12).await;
    let stale = scene.process_at(minute(61)).await;
    scene.publish(&numbered(15)).await;
    let new = problem(14).id;
    let of = Round::new(minute(60), minute(180), [RoundProblem::new(new)]).unwrap();
    let stale = Rounds::new(stale, scene.store.clone());
    stale.put(ROUND, &of).await.unwrap();
    let joined = stale.join(ALICE, ROUND).await.unwrap();
    assert_eq!(problem_ids(&joined.contest), [new]);
    // Retired later, it is still given.
    scene.publish(&without(&numbered(15), new)).await;
    rounds(&scene, 62).join(BOB, ROUND).await.unwrap();
    scene.audit(BOB, minute(63)).await;
}

#[tokio::test]
async fn rounds_and_members_are_listed_in_pages() {
    let scene = Scene::with(12).await;
    let all = rounds(&scene, 0);
    for n in 1..=5 {
        all.put(round(n), &two_hours(&scene)).await.unwrap();
    }
    let limit = PageLimit::new(2).unwrap();
    let (mut after, mut listed) = (None, Vec::new());
    loop {
        let page = all.list(Viewer::User(ALICE), after, limit).await.unwrap();
        listed.extend(page.items.iter().map(|round| round.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(listed, [5, 4, 3, 2, 1].map(round));
    // A class of ten thousand in one batch.
    let members: Vec<_> = (0..10_000).map(|n| Member::alone(user(n))).collect();
    all.put_members(round(1), &members).await.unwrap();
    let page = all
        .members(round(1), Some(user(8_999)), PageLimit::MAX)
        .await
        .unwrap();
    assert_eq!((page.items.len(), page.next), (1_000, None));
    let more = [members, vec![Member::alone(BOB)]].concat();
    let refused = all.put_members(round(1), &more).await;
    assert_eq!(refusal(refused).code(), "limit_exceeded");
    let users: Vec<_> = more.iter().map(|member| member.user).collect();
    let refused = all.remove_members(round(1), &users).await;
    assert_eq!(refusal(refused).code(), "limit_exceeded");
    // A list of no round is a mistake of the host.
    let unknown = Refusal::RoundNotFound { round: round(9) };
    let alone = [Member::alone(BOB)];
    let put = all.put_members(round(9), &alone).await;
    assert_eq!(refusal(put), unknown);
    let removed = all.remove_members(round(9), &[BOB]).await;
    assert_eq!(refusal(removed), unknown);
    let listed = all.members(round(9), None, limit).await;
    assert_eq!(refusal(listed), unknown);
}

/// The rows of pages read one after the other.
async fn in_pages(rounds: &Rounds, viewer: Viewer, limit: u32) -> Vec<(u64, ParticipantId)> {
    let (mut from, mut all) = (TOP, Vec::new());
    loop {
        let page = rounds.board(ROUND, viewer, from, PageLimit::new(limit).unwrap());
        let page = page.await.unwrap();
        all.extend(page.rows.iter().map(|row| (row.rank, row.participant)));
        match page.next {
            Some(next) => from = next,
            None => return all,
        }
    }
}

fn ranks(whole: &Standings) -> Vec<(u64, ParticipantId)> {
    let rows = whole.rows.iter();
    rows.map(|row| (row.rank as u64, row.participant)).collect()
}

/// Boards in pages, whole boards and own places agree, in both views, whatever happened.
#[tokio::test]
async fn pages_places_and_whole_boards_agree() {
    for seed in 0..24 {
        let mut random = StdRng::seed_from_u64(seed);
        let scene = Scene::with(12).await;
        let methods = [
            Scoring::from(Icpc::default()),
            Method::Best.into(),
            Method::Ticks.into(),
            Method::Last.into(),
        ];
        let problems = scene.first::<3>().map(RoundProblem::new);
        let of = Round::new(minute(60), minute(180), problems).unwrap();
        let of = of.with_scoring(methods[random.random_range(0..4)].clone());
        put(&scene, &of.with_freeze(Freeze::from(minute(120)))).await;
        let users: Vec<_> = (1..=random.random_range(1..9)).map(user).collect();
        for step in 0..60 {
            let now = 61 + 2 * step;
            let who = users[random.random_range(0..users.len())];
            let Ok(joined) = rounds(&scene, now).join(who, ROUND).await else {
                continue;
            };
            let contest = joined.contest;
            let verdicts = [Verdict::Accepted, Verdict::Rejected, Verdict::Pending];
            let verdict = verdicts[random.random_range(0..3)];
            let problem = scene.problems[random.random_range(0..3)];
            let id = format!("{who}-{}", random.random_range(0..12));
            let given = attempt(&id, problem, now, verdict);
            let _ = scene
                .at(minute(now))
                .record_attempts(who, contest.id, &[given])
                .await;
        }
        for (viewer, now) in [(Viewer::Host, 175), (Viewer::User(users[0]), 175)] {
            let all = rounds(&scene, now);
            let whole = all.standings(ROUND, viewer, None).await.unwrap();
            for limit in [1, 3, 100] {
                assert_eq!(
                    in_pages(&all, viewer, limit).await,
                    ranks(&whole),
                    "seed {seed}"
                );
            }
            if viewer.view() == View::Public {
                for row in &whole.rows {
                    let who = UserId::from_uuid(row.participant.as_uuid());
                    let place = all.place(who, ROUND).await.unwrap().unwrap();
                    assert_eq!(
                        (place.rank, place.total),
                        (row.rank as u64, row.total),
                        "seed {seed}"
                    );
                }
            }
        }
        for who in &users {
            scene.audit(*who, minute(176)).await;
        }
    }
}
