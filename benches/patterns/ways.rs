//! The same answer from questions in sequence, from a fan-out, and from one question.

use std::num::NonZeroUsize;

use contest_benches::{Bound, Outcome, Ratio, Report, Series, Table};
use contest_core::fan_out::fan_out;
use contest_core::model::PerDifficulty;
use contest_core::prelude::*;
use contest_core::store::{Store, StoreError};

use crate::PROBLEMS;

const WARM_UP: usize = 5;
pub(crate) const PARTS: NonZeroUsize = NonZeroUsize::new(Difficulty::ALL.len()).unwrap();
/// One question may take so much of the time of a fan-out, so that noise is no verdict.
const AT_LEAST: f64 = 0.9;

/// Where calls go.
pub(crate) struct Place {
    name: String,
    rounds: usize,
    engine: Engine,
    user: UserId,
    whole: SelectionRequest,
    parts: Vec<SelectionRequest>,
    progress: Ways,
    selection: Ways,
}

/// The times of one operation.
struct Ways {
    in_sequence: Series,
    side_by_side: Series,
    at_once: Series,
}

impl Place {
    pub(crate) fn new(name: &str, rounds: usize, engine: Engine, user: UserId) -> Outcome<Self> {
        let whole = SelectionRequest::new(ProblemCount::new(PROBLEMS)?);
        let quota = whole.mix().quota(whole.count());
        let mut parts = Vec::new();
        for difficulty in Difficulty::ALL {
            let request = SelectionRequest::new(ProblemCount::new(quota[difficulty])?);
            parts.push(request.with_mix(Mix::only(difficulty)));
        }
        Ok(Self {
            name: name.to_owned(),
            rounds,
            engine,
            user,
            whole,
            parts,
            progress: Ways::new(),
            selection: Ways::new(),
        })
    }

    async fn round(&mut self) -> Outcome<()> {
        let (store, user) = (&**self.engine.store(), self.user);
        let ways = &mut self.progress;
        let one = ways.at_once.time(store.solved_by_difficulty(user)).await?;
        let many = count_in_sequence(store, user);
        let many = ways.in_sequence.time(many).await?;
        let counts = Difficulty::ALL.map(|difficulty| count(store, user, difficulty));
        let fanned = ways.side_by_side.time(fan_out(PARTS, counts)).await?;
        let one = [one.easy, one.medium, one.hard];
        if many != one || fanned != one {
            return Err("the ways to progress disagree".into());
        }

        let (engine, ways) = (&self.engine, &mut self.selection);
        let whole = ways.at_once.time(engine.select(user, &self.whole)).await?;
        let many = select_in_sequence(engine, user, &self.parts);
        let many = ways.in_sequence.time(many).await?;
        let draws = self.parts.iter().map(|part| select(engine, user, part));
        let fanned = ways.side_by_side.time(fan_out(PARTS, draws)).await?;
        let lengths = [many.concat().len(), fanned.concat().len()];
        if lengths != [whole.problems.len(); 2] {
            return Err("the ways to a selection disagree".into());
        }
        Ok(())
    }
}

async fn count(store: &dyn Store, user: UserId, difficulty: Difficulty) -> Result<u64, StoreError> {
    let solved: PerDifficulty<u64> = store.solved_by_difficulty(user).await?;
    Ok(solved[difficulty])
}

async fn count_in_sequence(store: &dyn Store, user: UserId) -> Result<Vec<u64>, StoreError> {
    let mut counts = Vec::new();
    for difficulty in Difficulty::ALL {
        counts.push(count(store, user, difficulty).await?);
    }
    Ok(counts)
}

async fn select(
    engine: &Engine,
    user: UserId,
    request: &SelectionRequest,
) -> Result<Vec<ProblemId>, Error> {
    Ok(engine.select(user, request).await?.problems)
}

async fn select_in_sequence(
    engine: &Engine,
    user: UserId,
    parts: &[SelectionRequest],
) -> Result<Vec<Vec<ProblemId>>, Error> {
    let mut problems = Vec::new();
    for part in parts {
        problems.push(select(engine, user, part).await?);
    }
    Ok(problems)
}

impl Ways {
    fn new() -> Self {
        let series = Series::after(WARM_UP);
        Self {
            in_sequence: series.clone(),
            side_by_side: series.clone(),
            at_once: series,
        }
    }
}

pub(crate) async fn measure(report: &mut Report, places: &mut [Place]) -> Outcome<()> {
    for place in &mut *places {
        for _ in 0..WARM_UP + place.rounds {
            place.round().await?;
        }
    }
    report.heading("Three questions or one");
    report.text(format_args!(
        "Medians, and their ratios to one question with 95% intervals. Where a question costs little \
         beside its journey, a fan-out takes as long as one question, for three connections and \
         three times the work; where there is no journey, it is only more work."
    ));
    for (operation, ways) in [
        (
            "progress by difficulty",
            (|place| &place.progress) as fn(&Place) -> &Ways,
        ),
        ("a selection of 5", |place| &place.selection),
    ] {
        let mut table = Table::new([
            operation,
            "one after another",
            "side by side",
            "one question",
            "one after another, ratio",
            "side by side, ratio",
        ]);
        for place in &*places {
            let ways = ways(place);
            let all = [&ways.in_sequence, &ways.side_by_side, &ways.at_once];
            let sequence = Ratio::of(&ways.in_sequence, &ways.at_once);
            let fanned = Ratio::of(&ways.side_by_side, &ways.at_once);
            let mut row = vec![place.name.clone()];
            row.extend(all.map(micros));
            row.extend([sequence, fanned].map(interval));
            table.row(row);
            let what = format!("fan-out over one question: {operation}, {}", place.name);
            report.judge(&what, fanned.value, Bound::AtLeast(AT_LEAST));
        }
        report.table(&table);
    }
    Ok(())
}

fn micros(series: &Series) -> String {
    format!("{:.1} µs", series.median().as_secs_f64() * 1e6)
}

fn interval(Ratio { value, low, high }: Ratio) -> String {
    format!("{value:.2} ({low:.2} to {high:.2})")
}
