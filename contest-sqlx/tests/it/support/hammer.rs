//! Several processes that make all kinds of calls for one user at the same time, and the check of the result.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use contest_core::prelude::*;
use contest_core::rules::PublishOptions;
use contest_core::store::{ContestSelector, Store};
use futures::future::join_all;

use super::process::{Process, heard, say};
use super::tapped::Tapped;
use super::user;
use super::worker::{Kept, catalogue, request};

const PROCESSES: u64 = 4;
/// The number of simultaneous calls of a process.
const CALLS: u64 = 4;
/// Every round is a separate race, for a new user.
const ROUNDS: u64 = 8;

/// The number of problems, and of problems in a contest.
const PROBLEMS: u32 = 12;
const CONTEST: u16 = 3;

fn solved_at() -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000)
}

/// A store that prints the old and the new version of each commit.
fn talkative(store: impl Store + Clone + 'static) -> Tapped {
    Tapped::new(store.clone(), store, |commit, outcome| {
        if outcome.is_ok() {
            let expected = commit.expected.map(|version| version.to_string());
            let expected = expected.unwrap_or_else(|| "none".to_owned());
            say(&format!("commit {expected} {}", commit.record.version));
        }
    })
}

/// The main function of a child: follows orders until there are no more.
pub(crate) async fn obey(store: impl Store + Clone + 'static) {
    let engine = Engine::builder(talkative(store)).build().await.unwrap();
    say("ready");
    while let Some(order) = heard() {
        let (what, number) = order.split_once(' ').unwrap();
        let user = user(number.parse().unwrap());
        match what {
            "hammer" => {
                let calls = (0..CALLS).map(|call| tokio::spawn(hammer(engine.clone(), user, call)));
                for call in join_all(calls).await {
                    call.unwrap();
                }
            }
            "create" => {
                let created = engine.create_contest(user, &request(CONTEST)).await;
                for entry in created.unwrap().contest.problems {
                    say(&format!("picked {}", entry.problem.id));
                }
            }
            other => panic!("no order `{other}`"),
        }
        say("ready");
    }
}

/// Creates a contest, with or without a key, and solves the same problems as all others at the same time.
async fn hammer(engine: Engine, user: UserId, call: u64) {
    let request = match call % 2 {
        0 => request(CONTEST).with_idempotency_key(IdempotencyKey::new("key").unwrap()),
        _ => request(CONTEST),
    };
    let contest = match engine.create_contest(user, &request).await {
        Ok(created) => {
            let how = if created.repeated {
                "repeated"
            } else {
                "created"
            };
            say(&format!("{how} {}", created.contest.id));
            created.contest.id
        }
        Err(Error::Refused(Refusal::ActiveContestExists { contest })) => {
            say(&format!("active {contest}"));
            contest
        }
        other => panic!("{other:?}"),
    };
    for problem in engine.catalogue().problems() {
        match engine.mark_solved(user, contest, problem.id).await {
            Ok(marked) if marked.changed => say(&format!("marked {}", problem.id)),
            Ok(_) | Err(Error::Refused(Refusal::ProblemNotInContest { .. })) => {}
            Err(error) => panic!("{error:?}"),
        }
        let solve = NewSolve::new(problem.id, solved_at());
        let recorded = engine.record_solves(user, &[solve]).await.unwrap();
        if recorded.recorded == 1 {
            say(&format!("solved {}", problem.id));
        }
    }
}

/// The rest of the lines that begin with `word`.
fn after<'l>(said: &'l [String], word: &str) -> Vec<&'l str> {
    let rest = said.iter().filter_map(|line| line.strip_prefix(word));
    rest.map(str::trim).collect()
}

/// Checks that all callers got the same contest, and returns it.
fn check_answers(said: &[String]) -> ContestId {
    let created = after(said, "created");
    let [winner] = created[..] else {
        panic!("created: {created:?}");
    };
    let others = [after(said, "active"), after(said, "repeated")].concat();
    assert_eq!(others.len() as u64, PROCESSES * CALLS - 1);
    assert!(others.iter().all(|told| *told == winner), "{others:?}");
    let marked = after(said, "marked");
    assert_eq!(marked.len(), usize::from(CONTEST), "{marked:?}");
    assert_eq!(marked.iter().collect::<BTreeSet<_>>().len(), marked.len());
    winner.parse().unwrap()
}

/// The commits form one chain, from no version to the stored one: no version was followed twice.
async fn check_versions(engine: &Engine, user: UserId, said: &[String]) {
    let commits = after(said, "commit");
    let links = commits.iter().map(|line| line.split_once(' ').unwrap());
    let next: HashMap<&str, &str> = links.collect();
    assert_eq!(next.len(), commits.len(), "a version was followed twice");
    let chain = std::iter::successors(Some("none"), |version| next.get(version).copied());
    let chain: Vec<_> = chain.collect();
    assert_eq!(chain.len(), commits.len() + 1, "commits outside the chain");
    let stored = engine.store().load_user(user, &ContestSelector::None).await;
    let stored = stored.unwrap().version().unwrap().to_string();
    assert_eq!(chain.last(), Some(&stored.as_str()));
}

/// Checks that there is one contest, and one entry for each problem recorded outside and for each mark.
async fn check_kept(engine: &Engine, user: UserId, said: &[String], winner: ContestId) {
    let kept = Kept::of(engine, user).await.unwrap();
    assert_eq!(kept.contests.keys().collect::<Vec<_>>(), [&winner]);
    let contest = &kept.contests[&winner];
    assert_eq!(contest.problems.len(), usize::from(CONTEST));
    let mut entries: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for solve in &kept.solves {
        assert!(solve.is_solve());
        entries
            .entry(solve.problem)
            .or_default()
            .push(solve.contest);
    }
    assert_eq!(entries.len(), PROBLEMS as usize);
    let told = after(said, "solved");
    for (problem, mut contests) in entries {
        contests.sort_unstable();
        let told = told.iter().filter(|t| **t == problem.to_string()).count();
        match contest.problem(problem) {
            None => assert_eq!((contests, told), (vec![None], 1)),
            Some(entry) => {
                assert_eq!(contests, [None, Some(winner)]);
                // The call that came first was answered that it made the problem solved.
                let newly = entry.mark.unwrap().newly;
                assert_eq!(told, usize::from(!newly));
            }
        }
    }
    let progress = engine.progress(user).await.unwrap();
    assert_eq!(progress.overall().solved, u64::from(PROBLEMS));
    assert_eq!(engine.verify_user(user).await.unwrap(), []);
}

/// Starts the processes with this task, and lets them race.
pub(crate) async fn processes_agree(store: impl Store + 'static, task: &str) {
    let engine = Engine::builder(store).build().await.unwrap();
    let first = catalogue(PROBLEMS);
    engine.publish_catalogue(&first).await.unwrap();
    let mut processes: Vec<_> = (0..PROCESSES).map(|_| Process::start(task)).collect();
    for process in &mut processes {
        process.said();
    }
    for round in 0..ROUNDS {
        // All processes finish a round before the next begins.
        let said = all_do(&mut processes, &format!("hammer {round}"));
        let user = user(round);
        let winner = check_answers(&said);
        check_kept(&engine, user, &said, winner).await;
        check_versions(&engine, user, &said).await;
    }
    follow_publications(&engine, &mut processes).await;
    processes.into_iter().for_each(Process::end);
}

fn all_do(processes: &mut [Process], order: &str) -> Vec<String> {
    for process in &mut *processes {
        process.tell(order);
    }
    processes.iter_mut().flat_map(Process::said).collect()
}

/// A process uses a new publication from its next creation on.
async fn follow_publications(engine: &Engine, processes: &mut [Process]) {
    for (edition, size) in (0..).zip([20, 8, 30]) {
        // Only the last five problems are left.
        let all = catalogue(size);
        let left: Vec<_> = all.problems()[size as usize - 5..].to_vec();
        let left = Catalogue::new(left.iter().map(|problem| (**problem).clone())).unwrap();
        let options = PublishOptions::default().with_any_number_retired();
        let published = engine.publish_catalogue_with(&left, options).await;
        published.unwrap();
        for (number, process) in (0..).zip(&mut *processes) {
            process.tell(&format!("create {}", 1_000 + 10 * edition + number));
            let said = process.said();
            let picked = after(&said, "picked");
            assert_eq!(picked.len(), usize::from(CONTEST));
            let is_left = |id: &&str| left.problems().iter().any(|p| p.id.to_string() == **id);
            assert!(picked.iter().all(is_left), "{picked:?}");
        }
    }
}
