//! The same operations from many tasks.

use contest_benches::{Outcome, Ratio, Report, Run, Series, Table};
use contest_core::prelude::*;
use contest_core::store::StoreError;
use rand::SeedableRng as _;
use rand::rngs::ChaCha8Rng;
use tokio::runtime::Builder;
use tokio::task::JoinSet;

use crate::SEED;
use crate::alone::five_problems;
use crate::stored::user;

const TASKS: [usize; 5] = [1, 2, 4, 8, 16];
/// Shared evenly by the tasks.
const CALLS: u32 = 3_200;
const WARM_UP: usize = 2;

#[derive(Debug, Clone, Copy)]
enum Operation {
    Select,
    Progress,
    Mark,
    Create,
}

/// A user with a contest, and what to ask for.
#[derive(Clone)]
struct Caller {
    engine: Engine,
    user: UserId,
    contest: ContestId,
    problem: ProblemId,
    request: ContestRequest,
}

pub(crate) fn measure(run: Run, report: &mut Report) -> Outcome<()> {
    let runtime = Builder::new_multi_thread().build()?;
    let threads = runtime.metrics().num_workers();
    let rounds = run.choose(9, 50);
    report.heading("Many callers");
    report.text(format_args!(
        "{CALLS} calls shared by 1 to 16 tasks on {threads} threads, over 150 problems: how many \
         times the calls per second of one task, with 95% intervals, from {rounds} rounds that take \
         turns. At best it is the number of threads. Users of different shards share only the lock \
         of the catalogue, for reading. Where one user creates contests, it has one and is refused; \
         the others are new each time."
    ));
    let columns = TASKS.map(|tasks| match tasks {
        1 => "1 task".to_owned(),
        _ => format!("{tasks} tasks"),
    });
    let mut table = Table::new([String::new()].into_iter().chain(columns));
    for row in runtime.block_on(rows(rounds))? {
        table.row(row);
    }
    report.table(&table);
    Ok(())
}

async fn rows(rounds: usize) -> Outcome<Vec<Vec<String>>> {
    let store = MemoryStore::with_catalogue(Catalogue::neetcode150());
    let engine = Engine::builder(store).build().await?;
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let mut callers = Vec::new();
    for _ in TASKS.iter().max().into_iter().flat_map(|most| 0..*most) {
        callers.push(Caller::new(&engine, user(&mut random)).await?);
    }
    let mut rows = Vec::new();
    for (name, operation) in [
        ("select 5", Operation::Select),
        ("progress", Operation::Progress),
        ("mark and unmark", Operation::Mark),
        ("create a contest of 5", Operation::Create),
    ] {
        for (whose, same) in [("users of their own", false), ("one user", true)] {
            let mut series = TASKS.map(|tasks| (tasks, Series::after(WARM_UP)));
            for _ in 0..WARM_UP + rounds {
                for (tasks, series) in &mut series {
                    let users = callers.iter().take(if same { 1 } else { *tasks });
                    let callers = users.cycle().take(*tasks).map(|caller| {
                        let fresh = (!same).then(|| ChaCha8Rng::from_rng(&mut random));
                        (caller.clone(), fresh)
                    });
                    let work = calls(operation, callers.collect());
                    series.time(work).await?;
                }
            }
            rows.push(row(&format!("{name}, {whose}"), &series));
        }
    }
    Ok(rows)
}

/// So many calls, shared by tasks, each with where it takes new users from if it does.
async fn calls(operation: Operation, callers: Vec<(Caller, Option<ChaCha8Rng>)>) -> Outcome<()> {
    let each = CALLS / u32::try_from(callers.len())?;
    let mut tasks = JoinSet::new();
    for (caller, fresh) in callers {
        tasks.spawn(caller.call(operation, each, fresh));
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(())
}

impl Caller {
    async fn new(engine: &Engine, user: UserId) -> Outcome<Self> {
        let request = five_problems()?;
        let contest = engine.create_contest(user, &request).await?;
        let problem = contest.problems.first();
        let problem = problem.ok_or(StoreError::permanent("a contest without problems"))?;
        Ok(Self {
            engine: engine.clone(),
            user,
            contest: contest.id,
            problem: problem.problem.id,
            request,
        })
    }

    async fn call(
        self,
        operation: Operation,
        times: u32,
        mut fresh: Option<ChaCha8Rng>,
    ) -> Result<(), Error> {
        let engine = &self.engine;
        for _ in 0..times {
            match operation {
                Operation::Select => {
                    engine.select(self.user, self.request.selection()).await?;
                }
                Operation::Progress => {
                    engine.progress(self.user).await?;
                }
                Operation::Mark => {
                    let (user, contest, problem) = (self.user, self.contest, self.problem);
                    engine.mark_solved(user, contest, problem).await?;
                    engine.unmark(user, contest, problem).await?;
                }
                Operation::Create => {
                    let user = fresh.as_mut().map_or(self.user, user);
                    match engine.create_contest(user, &self.request).await {
                        Ok(_) | Err(Error::ActiveContestExists { .. }) => {}
                        Err(error) => return Err(error),
                    }
                }
            }
        }
        Ok(())
    }
}

fn row(name: &str, series: &[(usize, Series); 5]) -> Vec<String> {
    let [(_, one), more @ ..] = series;
    let calls = f64::from(CALLS) / one.median().as_secs_f64();
    let mut row = vec![name.to_owned(), format!("{calls:.0}/s")];
    row.extend(more.iter().map(|(_, many)| {
        let Ratio { value, low, high } = Ratio::of(one, many);
        format!("{value:.2} ({low:.2} to {high:.2})")
    }));
    row
}
