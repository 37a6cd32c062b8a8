//! Calls about rounds, for the comparison of stores and for races of processes.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use contest_core::engine::{BoardPosition, Rounds, Viewer};
use contest_core::id::{ParticipantId, RoundId, Version};
use contest_core::model::SubmissionId;
use contest_core::prelude::*;
use contest_core::scoring::{Attempt, Icpc, Method, Score, Verdict};
use contest_core::standings::{Admission, Freeze, Round, RoundProblem, View};
use contest_core::store::{
    BoardPart, CommitError, ListedRound, Member, RankedRound, RoundContest, RoundRepository, Store,
    StoredRound,
};
use contest_core::time::{ManualClock, SystemClock};
use futures::future::join_all;
use proptest::prelude::*;
use proptest::strategy::Strategy;
use uuid::Uuid;

use super::process::{Process, heard, say};
use super::user;
use super::worker::catalogue;

/// The number of rounds in a comparison.
const ROUNDS: u64 = 2;

/// The number of ways to set up a round.
const WAYS: u8 = 5;

pub(crate) fn round_id(number: u64) -> RoundId {
    Uuid::from_u128(0x7000 + u128::from(number)).into()
}

/// A team, or the user alone.
pub(crate) fn member(number: u64, team: Option<u64>) -> Member {
    let team =
        team.map(|team| ParticipantId::from_uuid(Uuid::from_u128(0x9000 + u128::from(team))));
    Member {
        user: user(number),
        participant: team.unwrap_or(user(number).into()),
    }
}

/// A round of three problems that opens now, in one of several ways.
pub(crate) fn new_round(engine: &Engine, now: Timestamp, way: u8) -> Round {
    let minutes = |minutes| now + Duration::from_mins(minutes);
    let catalogue = engine.catalogue();
    let problems = catalogue.problems().iter().take(3);
    let problems = problems.map(|problem| RoundProblem::new(problem.id).with_points(100));
    let round = Round::new(now, minutes(120), problems).unwrap();
    match way {
        1 => round
            .with_scoring(Icpc::default())
            .with_freeze(Freeze::from(minutes(45))),
        2 => round
            .with_scoring(Icpc::default())
            .with_personal_limit(Duration::from_mins(30))
            .with_admission(Admission::Listed),
        3 => round
            .with_admission(Admission::Teams)
            .with_freeze(Freeze::from(now)),
        4 => round.with_scoring(Method::Lockout),
        _ => round,
    }
}

/// The calls about rounds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RoundStep {
    Put {
        round: u64,
        way: u8,
    },
    Lift {
        round: u64,
    },
    List {
        round: u64,
        user: u64,
        team: Option<u64>,
    },
    Unlist {
        round: u64,
        user: u64,
    },
    Join {
        round: u64,
        user: u64,
    },
    Judge {
        round: u64,
        user: u64,
        place: usize,
        submission: u8,
        verdict: usize,
    },
    Grant {
        round: u64,
        user: u64,
        minutes: u64,
    },
}

pub(super) fn step() -> impl Strategy<Value = RoundStep> {
    let both = (0..ROUNDS, 0_u64..2);
    let judge = (both.clone(), 0_usize..3, 0_u8..4, 0_usize..5);
    prop_oneof![
        2 => (0..ROUNDS, 0..WAYS).prop_map(|(round, way)| RoundStep::Put { round, way }),
        1 => (0..ROUNDS).prop_map(|round| RoundStep::Lift { round }),
        2 => (both.clone(), proptest::option::of(0_u64..2))
            .prop_map(|((round, user), team)| RoundStep::List { round, user, team }),
        1 => both.clone().prop_map(|(round, user)| RoundStep::Unlist { round, user }),
        3 => both.clone().prop_map(|(round, user)| RoundStep::Join { round, user }),
        4 => judge.prop_map(|((round, user), place, submission, verdict)| {
            RoundStep::Judge { round, user, place, submission, verdict }
        }),
        1 => (both, 0_u64..60)
            .prop_map(|((round, user), minutes)| RoundStep::Grant { round, user, minutes }),
    ]
}

/// Rounds over a store.
pub(super) struct World {
    rounds: Rounds,
    repository: Arc<dyn RoundRepository>,
    clock: Arc<ManualClock>,
}

impl World {
    pub(super) fn new(
        engine: &Engine,
        store: impl RoundRepository + Clone + 'static,
        clock: Arc<ManualClock>,
    ) -> Self {
        Self {
            rounds: Rounds::new(engine.clone(), store.clone()),
            repository: Arc::new(store),
            clock,
        }
    }

    pub(super) async fn run(&self, step: RoundStep) -> Result<String, Error> {
        let (rounds, now) = (&self.rounds, self.clock.now());
        Ok(match step {
            RoundStep::Put { round, way } => {
                let new = new_round(rounds.engine(), now, way);
                format!("{:?}", rounds.put(round_id(round), &new).await?)
            }
            RoundStep::Lift { round } => {
                let stored = rounds.round(Viewer::Host, round_id(round)).await?.round;
                let freeze = stored.freeze().map(|freeze| freeze.lifted(now));
                let lifted = stored.with_freeze(freeze);
                format!("{:?}", rounds.put(round_id(round), &lifted).await?)
            }
            RoundStep::List { round, user, team } => {
                // The last entry of a user counts.
                let members = [member(user, None), member(user, team)];
                let listed = rounds.put_members(round_id(round), &members);
                format!("{:?}", listed.await?)
            }
            RoundStep::Unlist { round, user } => {
                let users = [member(user, None).user; 2];
                let unlisted = rounds.remove_members(round_id(round), &users);
                format!("{:?}", unlisted.await?)
            }
            RoundStep::Join {
                round,
                user: number,
            } => {
                format!("{:?}", rounds.join(user(number), round_id(round)).await?)
            }
            RoundStep::Judge {
                round,
                user: number,
                place,
                submission,
                verdict,
            } => {
                let contest = rounds.contest(user(number), round_id(round)).await?;
                let Some(contest) = contest else {
                    return Ok("not joined".to_owned());
                };
                let problem = contest.problems[place].problem.id;
                let attempt = [attempt(
                    problem,
                    contest.started_at,
                    now,
                    submission,
                    verdict,
                )];
                let judged = rounds
                    .engine()
                    .record_attempts(user(number), contest.id, &attempt);
                format!("{:?}", judged.await?)
            }
            RoundStep::Grant {
                round,
                user: number,
                minutes,
            } => {
                let extra = Duration::from_mins(minutes);
                let granted = rounds.grant_extra_time(user(number), round_id(round), extra);
                format!("{:?}", granted.await?)
            }
        })
    }

    /// All answers about rounds, and all that is stored of them.
    pub(super) async fn see(&self, number: u64) -> String {
        let (rounds, user) = (&self.rounds, user(number));
        let limit = PageLimit::new(2).unwrap();
        let mut seen = vec![format!(
            "{:?} {:?}",
            rounds.list(Viewer::Host, None, limit).await,
            rounds
                .list(Viewer::User(user), Some(round_id(1)), limit)
                .await,
        )];
        for id in (0..ROUNDS).map(round_id) {
            for viewer in [Viewer::Host, Viewer::User(user)] {
                let top = BoardPosition::default();
                seen.push(format!(
                    "{:?} {:?}",
                    rounds.board(id, viewer, top, limit).await,
                    rounds.standings(id, viewer, None).await,
                ));
            }
            seen.push(format!(
                "{:?} {:?} {:?} {:?}",
                rounds.place(user, id).await,
                rounds.contest(user, id).await,
                rounds.members(id, None, limit).await,
                self.kept(id).await,
            ));
        }
        seen.concat()
    }

    async fn kept(&self, round: RoundId) -> (Vec<RoundContest>, Vec<Option<RankedRound>>) {
        let contests = self.repository.list_round_contests(round, None, 9).await;
        let mut boards = Vec::new();
        for view in [View::Host, View::Public] {
            let found = self.repository.load_board(round, None, top(view)).await;
            boards.push(found.unwrap());
        }
        (contests.unwrap(), boards)
    }
}

fn attempt(
    problem: ProblemId,
    started_at: Timestamp,
    now: Timestamp,
    submission: u8,
    verdict: usize,
) -> Attempt {
    let verdicts = [
        Verdict::Accepted,
        Verdict::Rejected,
        Verdict::Pending,
        Verdict::CompileError,
        Verdict::NotCounted,
    ];
    let at = if submission == 0 { started_at } else { now };
    let attempt = Attempt::new(problem, at, verdicts[verdict]);
    match submission {
        0 => attempt,
        1 => attempt.with_score(Score::out_of(1.into(), 3.into()).unwrap()),
        _ => attempt.with_submission(SubmissionId::new(format!("s{submission}")).unwrap()),
    }
}

/// The first rows of a view.
pub(crate) const fn top(view: View) -> BoardPart {
    BoardPart {
        view,
        after: None,
        limit: 9,
    }
}

/// The main function of a child: joins rounds on order.
pub(crate) async fn join_on_order(store: impl Store + RoundRepository + Clone + 'static) {
    let engine = Engine::builder(store.clone()).build().await.unwrap();
    let rounds = Rounds::new(engine, store);
    say("ready");
    while let Some(order) = heard() {
        let user = user(order.parse().unwrap());
        let join = || {
            let rounds = rounds.clone();
            tokio::spawn(async move { rounds.join(user, round_id(0)).await.unwrap() })
        };
        for joined in join_all([join(), join()]).await {
            let joined = joined.unwrap();
            say(&format!("{} {}", joined.contest.id, joined.repeated));
        }
        say("ready");
    }
}

/// Two processes join the same users at the same time. Each user has one contest.
pub(crate) async fn processes_join_once(
    store: impl Store + RoundRepository + Clone + 'static,
    task: &str,
) {
    const USERS: u64 = 30;
    let engine = Engine::builder(store.clone()).build().await.unwrap();
    engine.publish_catalogue(&catalogue(20)).await.unwrap();
    let rounds = Rounds::new(engine.clone(), store.clone());
    let round = new_round(&engine, SystemClock.now(), 0);
    rounds.put(round_id(0), &round).await.unwrap();
    let mut processes = [Process::start(task), Process::start(task)];
    for process in &mut processes {
        process.said();
    }
    for number in 0..USERS {
        for process in &mut processes {
            process.tell(&number.to_string());
        }
        let said: Vec<_> = processes.iter_mut().flat_map(Process::said).collect();
        let said: Vec<_> = said
            .iter()
            .map(|line| line.split_once(' ').unwrap())
            .collect();
        assert_eq!(said.len(), 4);
        let contests: BTreeSet<_> = said.iter().map(|(contest, _)| contest).collect();
        assert_eq!(contests.len(), 1, "{said:?}");
        let first = said.iter().filter(|(_, repeated)| *repeated == "false");
        assert_eq!(first.count(), 1, "{said:?}");
        let page = engine.contests(user(number), None, PageLimit::default());
        assert_eq!(page.await.unwrap().items.len(), 1);
        assert_eq!(engine.verify_user(user(number)).await.unwrap(), []);
    }
    for process in processes {
        process.end();
    }
    let found = store.list_round_contests(round_id(0), None, 1_000).await;
    let found = found.unwrap();
    let users: Vec<_> = found.iter().map(|found| found.user).collect();
    assert_eq!(users, (0..USERS).map(user).collect::<Vec<_>>());
}

/// Users in the order of a view.
pub(crate) async fn order(store: &impl RoundRepository, view: View) -> Vec<UserId> {
    let found = store.load_board(round_id(0), None, top(view)).await;
    let rows = found.unwrap().map(|found| found.rows).unwrap_or_default();
    rows.into_iter().map(|row| row.user).collect()
}

/// A mark moves its contest in the order by rank; one during the freeze, in the order of the host only.
pub(crate) async fn a_mark_moves_its_row(store: impl Store + RoundRepository + Clone + 'static) {
    let start = Timestamp::from_micros(1_700_000_000_000_000);
    let clock = Arc::new(ManualClock::new(start));
    let engine = Engine::builder(store.clone()).clock(clock.clone());
    let engine = engine.build().await.unwrap();
    engine.publish_catalogue(&catalogue(20)).await.unwrap();
    let rounds = Rounds::new(engine.clone(), store.clone());
    let round = new_round(&engine, start, 1);
    rounds.put(round_id(0), &round).await.unwrap();
    let users = [1, 2, 3].map(user);
    let mark = async |number: u64| {
        let contest = rounds.contest(user(number), round_id(0)).await;
        let contest = contest.unwrap().unwrap();
        let problem = contest.problems[0].problem.id;
        let marked = engine.mark_solved(user(number), contest.id, problem).await;
        assert!(marked.unwrap().changed);
    };
    for user in users {
        rounds.join(user, round_id(0)).await.unwrap();
    }
    let both = async || {
        (
            order(&store, View::Host).await,
            order(&store, View::Public).await,
        )
    };
    assert_eq!(both().await, (users.to_vec(), users.to_vec()));
    clock.advance(Duration::from_mins(10));
    mark(3).await;
    let after = [3, 1, 2].map(user).to_vec();
    assert_eq!(both().await, (after.clone(), after.clone()));
    // During the freeze.
    clock.advance(Duration::from_mins(50));
    mark(2).await;
    assert_eq!(both().await, ([3, 2, 1].map(user).to_vec(), after));
    for view in [View::Host, View::Public] {
        let found = store.load_board(round_id(0), None, top(view)).await;
        let rows = found.unwrap().unwrap().rows;
        let of = rows.iter().find(|row| row.user == user(2)).unwrap();
        let counted = store.count_ranked(round_id(0), view, of.key).await;
        assert_eq!(counted.unwrap(), 1, "{view:?}");
    }
    let place = async |number| {
        rounds
            .place(user(number), round_id(0))
            .await
            .unwrap()
            .unwrap()
            .rank
    };
    assert_eq!([place(3).await, place(2).await, place(1).await], [1, 2, 2]);
}

/// 10,000 users are listed and removed in one call each.
pub(crate) async fn ten_thousand_users_are_listed_at_once(store: impl RoundRepository) {
    let all: Vec<_> = (0..10_000).map(|number| member(number, None)).collect();
    let mut given = all.clone();
    given.reverse();
    store.put_members(round_id(0), &given).await.unwrap();
    let listed = async |round| {
        let (mut listed, mut after) = (Vec::new(), None);
        loop {
            let page = store.list_members(round_id(round), after, 3_000).await;
            let page = page.unwrap();
            let Some(last) = page.last() else {
                return listed;
            };
            after = Some(last.user);
            listed.extend(page);
        }
    };
    assert_eq!(listed(0).await, all);
    store.put_members(round_id(1), &all[..5]).await.unwrap();
    store.put_members(round_id(0), &all[8..9]).await.unwrap();
    assert_eq!(listed(0).await, all);
    let users: Vec<_> = all
        .iter()
        .skip(10)
        .rev()
        .map(|member| member.user)
        .collect();
    store.remove_members(round_id(0), &users).await.unwrap();
    assert_eq!(listed(0).await, all[..10]);
    assert_eq!(listed(1).await, all[..5]);
    store.put_members(round_id(0), &[]).await.unwrap();
    store.remove_members(round_id(0), &[]).await.unwrap();
    assert_eq!(listed(0).await, all[..10]);
}

/// A user without a record may be listed in rounds. Nothing of that is left after an erasure.
pub(crate) async fn a_listed_user_is_erased(store: impl Store + RoundRepository) {
    for round in [0, 1] {
        let members = [1, 2].map(|number| member(number, None));
        store.put_members(round_id(round), &members).await.unwrap();
    }
    assert!(store.erase_user(user(1)).await.unwrap());
    assert!(!store.erase_user(user(1)).await.unwrap());
    for round in [0, 1] {
        let listed = store.list_members(round_id(round), None, 9).await;
        assert_eq!(listed.unwrap(), [member(2, None)]);
    }
    let taken = [user(2), user(3)];
    for round in [0, 1] {
        store.remove_members(round_id(round), &taken).await.unwrap();
    }
    for user in taken {
        assert!(!store.erase_user(user).await.unwrap());
    }
}

/// A round with a version.
pub(crate) fn stored(number: u64, version: u64) -> StoredRound {
    let start = Timestamp::from_micros(0);
    let problem = RoundProblem::new(Uuid::nil().into());
    let round = Round::new(start, start + Duration::from_mins(version), [problem]);
    StoredRound {
        id: round_id(number),
        version: Version::from_random(number, version),
        round: round.unwrap(),
    }
}

/// Rounds and lists written `inside` a transaction, which `finish` commits.
pub(crate) async fn a_round_is_visible_once_the_host_commits(
    inside: impl RoundRepository,
    outside: impl RoundRepository,
    finish: impl AsyncFnOnce(),
) {
    let (first, second) = (stored(0, 1), stored(0, 2));
    let one = Some(first.version);
    inside.commit_round(None, &first).await.unwrap();
    let again = inside.commit_round(None, &first).await;
    assert!(matches!(again, Err(CommitError::Conflict)), "{again:?}");
    let other = inside.commit_round(Some(second.version), &second).await;
    assert!(matches!(other, Err(CommitError::Conflict)), "{other:?}");
    inside.commit_round(one, &second).await.unwrap();
    let members = [member(1, Some(3)), member(2, None)];
    inside.put_members(round_id(0), &members).await.unwrap();
    let gone = [members[1].user];
    inside.remove_members(round_id(0), &gone).await.unwrap();
    let expected = Some(ListedRound {
        round: second,
        listed: Some(members[0].participant),
    });
    let load = async |store: &dyn RoundRepository| {
        let found = store.load_round(round_id(0), Some(members[0].user)).await;
        found.unwrap()
    };
    assert_eq!(load(&inside).await, expected);
    assert_eq!(load(&outside).await, None);
    finish().await;
    assert_eq!(load(&outside).await, expected);
    let listed = outside.list_members(round_id(0), None, 9).await;
    assert_eq!(listed.unwrap(), members[..1]);
}

/// Calls that list the same 500 users as different teams, and remove them, at the same time. Everyone sees the
/// effect of whole calls only.
pub(crate) async fn lists_that_race_are_whole(store: impl RoundRepository + Clone + 'static) {
    const MEMBERS: u64 = 500;
    let list = |team: u64| {
        let store = store.clone();
        tokio::spawn(async move {
            for _ in 0..10 {
                let mut members: Vec<_> = (0..MEMBERS)
                    .map(|number| member(number, Some(team)))
                    .collect();
                // In different orders.
                members.rotate_left(team as usize * 100);
                store.put_members(round_id(0), &members).await.unwrap();
                if team == 0 {
                    let users: Vec<_> = members.iter().map(|member| member.user).collect();
                    store.remove_members(round_id(0), &users).await.unwrap();
                }
            }
        })
    };
    let calls: Vec<_> = (0..4).map(list).collect();
    while !calls.iter().all(tokio::task::JoinHandle::is_finished) {
        let page = store.list_members(round_id(0), None, 1_000).await;
        let page = page.unwrap();
        let teams: BTreeSet<_> = page.iter().map(|member| member.participant).collect();
        assert!(teams.len() <= 1, "{teams:?}");
        assert!(
            [0, MEMBERS as usize].contains(&page.len()),
            "{}",
            page.len()
        );
    }
    for call in calls {
        call.await.unwrap();
    }
}
