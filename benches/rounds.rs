//! How long do the board of a round and a tick in it take on Postgres, and does it depend on the participants?
//!
//! `cargo bench -p contest-benches --bench rounds`, with `-- --quick` for fewer participants and calls.
//!
//! The server flushes commits to disk. Contests have 13 problems; each participant has ticked some of them.

use std::process::ExitCode;
use std::time::Duration;

use contest_benches::{
    Budget, Floor, NOW, Outcome, Place, Random, Report, Run, Server, Turns, catalogue, seeded, user,
};
use contest_core::engine::{BoardPosition, PageLimit, Rounds, Viewer};
use contest_core::id::RoundId;
use contest_core::prelude::*;
use contest_core::scoring::Icpc;
use contest_core::standings::{Freeze, Round, RoundProblem};
use contest_core::uuid::Uuid;
use contest_sqlx::postgres::PgStore;
use rand::RngExt as _;

const PROBLEMS: usize = 13;
const HOUR: Duration = Duration::from_hours(1);

fn main() -> ExitCode {
    Run::main(measure)
}

#[tokio::main(flavor = "current_thread")]
async fn measure(run: Run) -> Outcome<Report> {
    let mut report = Report::new("rounds", "Rounds on Postgres");
    let server = Server::start().await?;
    let store = PgStore::connect_with(&server.pool()?).await?;
    report.text(format_args!(
        "One client makes one call at a time, through the engine. {}.",
        Server::describe(&store).await?
    ));
    let measured = boards(run, &mut report, &store).await;
    store.close(Duration::from_secs(5)).await?;
    server.close().await?;
    measured.map(|()| report)
}

/// A round, and a participant whose calls are measured.
struct Given {
    place: Place,
    rounds: Rounds,
    round: RoundId,
    who: UserId,
    contest: Contest,
    name: String,
}

async fn boards(run: Run, report: &mut Report, store: &PgStore) -> Outcome<()> {
    store.migrate().await?;
    let place = Place::new(store.clone(), &catalogue(1_000)?).await?;
    let mut random = seeded();
    let mut given = Vec::new();
    for (number, participants) in [(1, 50), (2, run.choose(2_000, 5_000))] {
        given.push(Given::new(&place, store, number, participants, &mut random).await?);
    }
    Server::execute(store, "VACUUM (ANALYZE)").await?;
    let floor = Floor::postgres(store).await?;
    let (warm_up, calls) = (20, run.choose(200, 600));
    let mut turns = Turns::after(warm_up);
    for _ in 0..warm_up + calls {
        floor.read().await?;
        turns.time(Floor::READ, floor.read()).await?;
        for of in &given {
            of.reads(&mut turns).await?;
        }
    }
    report.heading(
        "Boards",
        "A page is a range of an index, in one read beside that of the round.",
    );
    let page = |of: &Given| format!("the first 20 rows, {}", of.name);
    let [small, large] = &given[..] else {
        return Err("two rounds are measured".into());
    };
    report.ratios(
        &turns,
        &[
            Budget::at_most(page(large), Floor::READ, 3.0),
            Budget::at_most(page(large), page(small), 1.3),
        ],
    );
    ticks(report, &place, large, &floor, (warm_up, calls)).await
}

impl Given {
    async fn new(
        place: &Place,
        store: &PgStore,
        number: u128,
        participants: usize,
        random: &mut Random,
    ) -> Outcome<Self> {
        let rounds = Rounds::new(place.engine.clone(), store.clone());
        let round = RoundId::from(Uuid::from_u128(number));
        let problems = place.draw(PROBLEMS, random);
        let listed = problems.iter().map(|problem| RoundProblem::new(*problem));
        let given = Round::new(NOW, NOW + 5 * HOUR, listed)?
            .with_scoring(Icpc::default())
            .with_freeze(Freeze::from(NOW + 4 * HOUR));
        rounds.put(round, &given).await?;
        let mut last = None;
        for _ in 0..participants {
            let who = user(random);
            let contest = rounds.join(who, round).await?.contest;
            for problem in problems.iter().take(random.random_range(0..6)) {
                place.engine.mark_solved(who, contest.id, *problem).await?;
            }
            last = Some((who, contest));
        }
        let (who, contest) = last.ok_or("a round without participants")?;
        Ok(Self {
            place: place.clone(),
            rounds,
            round,
            who,
            contest,
            name: format!("{participants} participants"),
        })
    }

    async fn reads(&self, turns: &mut Turns) -> Outcome<()> {
        let call = |call: &str| format!("{call}, {}", self.name);
        let (viewer, limit) = (Viewer::User(self.who), PageLimit::default());
        let top = BoardPosition::default();
        let first = self.rounds.board(self.round, viewer, top, limit);
        let first = turns.time(&call("the first 20 rows"), first).await?;
        if let Some(next) = first.next {
            let second = self.rounds.board(self.round, viewer, next, limit);
            turns.time(&call("the next 20 rows"), second).await?;
        }
        let place = self.rounds.place(self.who, self.round);
        turns.time(&call("the own place"), place).await?;
        let found = self.place.engine.contest(self.who, self.contest.id);
        turns.time(&call("the own contest"), found).await?;
        Ok(())
    }

    /// Ticks a problem and takes the tick back.
    async fn tick(&self, turns: &mut Turns, name: &str) -> Outcome<()> {
        let (engine, contest) = (&self.place.engine, self.contest.id);
        let problem = self.contest.problems.last().ok_or("no problem")?;
        let problem = problem.problem.id;
        turns
            .time(name, engine.mark_solved(self.who, contest, problem))
            .await?;
        engine.unmark(self.who, contest, problem).await?;
        Ok(())
    }
}

/// A tick in a round changes three indexes, one outside rounds none.
async fn ticks(
    report: &mut Report,
    place: &Place,
    inside: &Given,
    floor: &Floor,
    (warm_up, calls): (usize, usize),
) -> Outcome<()> {
    let mut random = seeded();
    let who = UserId::from(Uuid::from_u128(1));
    let problems = place.draw(PROBLEMS, &mut random);
    let request = ContestRequest::with_problems(problems, ContestDuration::from_minutes(300)?)?;
    let contest = place.engine.create_contest(who, &request).await?.contest;
    let outside = Given {
        place: place.clone(),
        rounds: inside.rounds.clone(),
        round: inside.round,
        who,
        contest,
        name: String::new(),
    };
    let mut turns = Turns::after(warm_up);
    for _ in 0..warm_up + calls {
        floor.write().await?;
        turns.time(Floor::WRITE, floor.write()).await?;
        outside.tick(&mut turns, "a tick outside rounds").await?;
        inside.tick(&mut turns, "a tick in a round").await?;
    }
    report.heading(
        "Ticks",
        "On a remembered user: one round trip. In a round, a tick also moves its row in the board.",
    );
    let outside = Budget::at_most("a tick outside rounds", Floor::WRITE, 1.5);
    report.ratios(&turns, &[outside]);
    Ok(())
}
