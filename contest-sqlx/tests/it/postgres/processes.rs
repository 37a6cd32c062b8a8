//! Several processes, each with a pool of its own, on one database.

use std::collections::BTreeSet;
use std::collections::{HashMap, HashSet};
use std::env;
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use contest_core::catalogue::Catalogue;
use contest_core::id::{ContestId, ProblemId, UserId};
use contest_core::lifecycle::LatePolicy;
use contest_core::model::{Difficulty, NewSolve, SolveEventKind};
use contest_core::select::{ProblemCount, Seed, SelectionRequest, select};
use contest_core::store::{
    ContestPage, ContestRepository as _, CreateContestError, Creation, Mark, MarkError, NewContest,
    ProblemRepository as _, SolveEventPage, SolveRepository as _,
};
use contest_core::time::Timestamp;
use contest_sqlx::postgres::{PgPoolConfig, PgSchema, PgStore};
use futures::future::join_all;
use uuid::Uuid;

use super::races::{ids, problems, user};
use super::support::{store, url};

/// What a child works on: an address, a space, and a schema. Only children have it.
const PLACE: &str = "CONTEST_TEST_POSTGRES_PLACE";

/// What begins a line of a child, as opposed to one of the test runner.
const MARK: &str = "child: ";

const PROCESSES: u64 = 4;
/// How many calls of a process are in flight at once.
const CALLS: u64 = 4;
/// Every round is a race of its own, for a user who has nothing yet.
const ROUNDS: u64 = 25;

/// The problems that are solved outside the contest; the contest is picked from the others.
const OUTSIDE: usize = 8;
const CONTEST: u16 = 3;

fn catalogue() -> Catalogue {
    problems(30, |n| Difficulty::ALL[n as usize % 3])
}

fn start_of_contests() -> Timestamp {
    Timestamp::from_micros(1_800_000_000_000_000)
}

/// Another process: this test binary again.
struct Process {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Process {
    fn start(place: &str, number: u64) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "postgres::processes::child"])
            .args(["--nocapture", "--test-threads=1"])
            .env(PLACE, format!("{place} {number}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()).lines(),
            child,
        }
    }

    fn tell(&mut self, round: u64) {
        writeln!(self.input, "{round}").unwrap();
    }

    /// What it says until it is ready for the next round.
    fn said(&mut self) -> Vec<String> {
        let lines = self.output.by_ref().map(Result::unwrap);
        let mut lines = lines.filter_map(|line| Some(line.split_once(MARK)?.1.to_owned()));
        let mut said = Vec::new();
        loop {
            match lines.next() {
                None => panic!("a process ended early, after {said:?}"),
                Some(line) if line == "ready" => return said,
                Some(line) => said.push(line),
            }
        }
    }

    fn end(self) {
        let Self {
            mut child,
            input,
            output,
        } = self;
        drop(input);
        // Reads to the end, so that the process does not fail to write.
        assert!(output.map(Result::unwrap).count() > 0);
        assert!(child.wait().unwrap().success());
    }
}

fn say(what: &str) {
    println!("{MARK}{what}");
}

/// Not a test: what a child runs. Without a place it does nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let Ok(place) = env::var(PLACE) else { return };
    let [url, schema, number] = place.split(' ').collect::<Vec<_>>().try_into().unwrap();
    let config = PgPoolConfig::parse(url).unwrap().with_max_connections(8);
    let store = PgStore::connect_with(&config).await.unwrap();
    let store = store.with_schema(PgSchema::new(schema).unwrap());
    store.ping().await.unwrap();
    let number: u64 = number.parse().unwrap();
    say("ready");
    let mut line = String::new();
    while std::io::stdin().read_line(&mut line).unwrap() > 0 {
        let round: u64 = line.trim().parse().unwrap();
        let calls = (0..CALLS).map(|call| {
            let id = (round * PROCESSES + number) * CALLS + call;
            tokio::spawn(hammer(store.clone(), user(round.into()), id))
        });
        for call in join_all(calls).await {
            call.unwrap();
        }
        say("ready");
        line.clear();
    }
}

/// Creates a contest, and solves what everybody else solves at the same time. Everything is said.
async fn hammer(store: PgStore, user: UserId, number: u64) {
    let catalogue = catalogue();
    let new = new_contest(&catalogue, number);
    let contest = match store.create_contest(user, &new).await {
        Ok(Creation::Created { contest, .. }) => {
            say(&format!("created {}", contest.id));
            contest.id
        }
        Err(CreateContestError::ActiveContestExists { contest }) => {
            say(&format!("active {contest}"));
            contest
        }
        other => panic!("{other:?}"),
    };
    for problem in ids(&catalogue) {
        let mark = store.mark_problem(user, contest, problem, Mark::Solved, new.started_at);
        match mark.await {
            Ok(marked) if marked.changed => say(&format!("marked {problem}")),
            Ok(_) | Err(MarkError::ProblemNotInContest) => {}
            Err(error) => panic!("{error:?}"),
        }
        let solve = NewSolve::new(problem, new.started_at);
        let recorded = store.record_solves(user, &[solve]).await.unwrap().recorded;
        if recorded == 1 {
            say(&format!("solved {problem}"));
        }
    }
}

fn new_contest(catalogue: &Catalogue, number: u64) -> NewContest {
    let request = SelectionRequest::new(ProblemCount::new(CONTEST).unwrap())
        .with_excluded(ids(catalogue).into_iter().take(OUTSIDE));
    let selection = select(catalogue, &request, Seed(number), |_| false).unwrap();
    NewContest {
        id: ContestId::from_uuid(Uuid::from_u128(number.into())),
        started_at: start_of_contests(),
        deadline: Timestamp::from_micros(start_of_contests().as_micros() + 1_000_000),
        problems: selection.problems,
        selection: selection.record,
        idempotency: None,
        repeats: BTreeSet::new(),
        late_policy: LatePolicy::Reject,
    }
}

/// What follows `word` in the lines that begin with it.
fn after<'l>(said: &'l [String], word: &str) -> Vec<&'l str> {
    let rest = said.iter().filter_map(|line| line.strip_prefix(word));
    rest.map(str::trim).collect()
}

/// The contest everybody was told of.
fn check_told(said: &[String]) -> ContestId {
    let created = after(said, "created");
    let [winner] = created[..] else {
        panic!("created: {created:?}");
    };
    let active = after(said, "active");
    assert_eq!(active.len() as u64, PROCESSES * CALLS - 1);
    assert!(
        active.iter().all(|told| *told == winner),
        "{winner}: {active:?}"
    );
    let marked = after(said, "marked");
    assert_eq!(marked.len(), usize::from(CONTEST));
    assert_eq!(marked.iter().collect::<HashSet<_>>().len(), marked.len());
    winner.parse().unwrap()
}

async fn check_stored(store: &PgStore, user: UserId, said: &[String], winner: ContestId) {
    let page = ContestPage {
        before: None,
        limit: 10,
    };
    let contests = store.list_contests(user, page).await.unwrap();
    assert_eq!(contests.iter().map(|c| c.id).collect::<Vec<_>>(), [winner]);
    assert_eq!(contests[0].problems.len(), usize::from(CONTEST));
    let page = SolveEventPage {
        before: None,
        limit: 1_000,
    };
    let history = store.solve_history(user, page).await.unwrap();
    let mut events: HashMap<ProblemId, usize> = HashMap::new();
    for event in &history {
        assert_eq!(event.kind, SolveEventKind::Recorded);
        *events.entry(event.problem).or_default() += 1;
    }
    let all = ids(&catalogue());
    assert_eq!(events, all.iter().map(|problem| (*problem, 1)).collect());
    // Whoever recorded a solve was told so: by a mark, or by the call that records.
    let told: HashSet<_> = after(said, "solved").into_iter().collect();
    assert_eq!(told.len(), after(said, "solved").len());
    for event in history {
        let by_call = told.contains(event.problem.to_string().as_str());
        assert_eq!(by_call, event.contest.is_none(), "{event:?}");
    }
}

#[tokio::test]
async fn i1_i7_processes_that_hammer_one_user_make_one_contest_and_one_solve_of_each() {
    let url = url().await;
    let store = store(&PgPoolConfig::parse(&url).unwrap()).await.unwrap();
    store.publish_catalogue(&catalogue()).await.unwrap();
    let place = format!("{url} {}", store.schema());
    let start = |number| Process::start(&place, number);
    let mut processes: Vec<_> = (0..PROCESSES).map(start).collect();
    for process in &mut processes {
        process.said();
    }
    for round in 0..ROUNDS {
        // Nobody begins before everybody has finished the round before.
        for process in &mut processes {
            process.tell(round);
        }
        let said: Vec<_> = processes.iter_mut().flat_map(Process::said).collect();
        let winner = check_told(&said);
        check_stored(&store, user(round.into()), &said, winner).await;
    }
    processes.into_iter().for_each(Process::end);
    assert_eq!(store.verify().await.unwrap(), vec![]);
}
