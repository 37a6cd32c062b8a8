//! A custom strategy: problems in the alphabetical order of their titles. It is registered under a name,
//! requested by that name, and its selection is replayed later.
//!
//! ```text
//! cargo run --example custom_strategy
//! ```

use contest_core::prelude::*;
use contest_core::rules::Difference;

/// By title. A pure function: it returns the same order for the same candidates, wherever it runs.
#[derive(Debug)]
struct Alphabetical;

impl SelectionStrategy for Alphabetical {
    /// Raise it with every change of the selection, so that a replay can report the change.
    fn version(&self) -> StrategyVersion {
        StrategyVersion(1)
    }

    /// `choice` has the candidates that pass all rules. They are selected in the returned order.
    fn order<'a>(&self, choice: Choice<'a>) -> Order<'a> {
        let mut candidates: Vec<_> = choice.collect();
        candidates.sort_by_key(|candidate| &candidate.problem().title);
        Box::new(candidates.into_iter())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let name = StrategyName::new("alphabetical")?;
    let engine = Engine::builder(MemoryStore::with_catalogue(Catalogue::neetcode150()))
        .strategy(name.clone(), Alphabetical)
        // With these two, every run prints the same. Leave them out for random seeds and real time.
        .seeds(SequentialSeeds::new(7))
        .clock(ManualClock::new(Timestamp::from_micros(0)))
        .build()
        .await?;
    let user = "0190d3f4-7a00-7000-8000-000000000001".parse()?;

    // Rules, topics and policies work with a custom strategy as with any other.
    let request = ContestRequest::new(ProblemCount::new(4)?, ContestDuration::from_minutes(60)?)
        .with_topics([Topic::new("Graphs")?])
        .with_strategy(Strategy::Custom(name));
    let contest = engine.create_contest(user, &request).await?.contest;
    for entry in &contest.problems {
        println!("{}. {}", entry.order, entry.problem.title);
    }

    // Solving the problems does not change the replay.
    for entry in &contest.problems {
        engine
            .mark_solved(user, contest.id, entry.problem.id)
            .await?;
    }
    print_replay(&engine, &contest).await?;

    // A catalogue without one of the problems changes it.
    let lost = contest.problems.first().ok_or("an empty contest")?;
    let lost = &lost.problem;
    let kept = Catalogue::neetcode150();
    let kept = kept
        .problems()
        .iter()
        .filter(|problem| problem.id != lost.id);
    let kept = Catalogue::new(kept.map(|problem| problem.as_ref().clone()))?;
    engine.publish_catalogue(&kept).await?;
    println!("\n{} is removed from the catalogue.", lost.title);
    print_replay(&engine, &contest).await
}

/// Replays the selection of a contest, and prints the differences.
async fn print_replay(
    engine: &Engine,
    contest: &Contest,
) -> Result<(), Box<dyn std::error::Error>> {
    let replay = engine.replay(contest.user, contest.id).await?;
    if replay.is_same() {
        println!("\nReplayed: the same problems in the same order.");
        return Ok(());
    }
    println!("Replayed: different, because");
    for difference in &replay.differences {
        match difference {
            Difference::Catalogue { .. } => {
                println!("- the catalogue has changed");
            }
            Difference::Retired { problems } => {
                println!("- {} of its problems is retired", problems.len());
            }
            other => println!("- {other:?}"),
        }
    }
    Ok(())
}

/// A strategy is a pure function, so a test needs a catalogue and a request, but no engine.
#[cfg(test)]
mod tests {
    use contest_core::select::{Facts, Input, Strategies, select};

    use super::*;

    #[test]
    fn the_first_titles_of_the_alphabet_are_taken() -> Result<(), Box<dyn std::error::Error>> {
        let problem = |slug: &str| Problem::new(slug, slug, Difficulty::Easy);
        let catalogue = Catalogue::new([problem("zoo")?, problem("ant")?, problem("bee")?])?;
        let name = StrategyName::new("alphabetical")?;
        let request = SelectionRequest::new(ProblemCount::new(2)?)
            .with_strategy(Strategy::Custom(name.clone()));

        let strategies = Strategies::new().with(name, Alphabetical);
        let input = Input::new(&catalogue, &request, Seed(7), Timestamp::from_micros(0));
        let nothing_done = Facts::of(None, &catalogue);
        let selection = select(&input.with_strategies(&strategies), &nothing_done)?;

        let first = ["ant", "bee"].map(|slug| slug.parse().map(|slug| ProblemId::from_slug(&slug)));
        assert_eq!(
            selection.problems,
            first.into_iter().collect::<Result<Vec<_>, _>>()?
        );
        Ok(())
    }
}
