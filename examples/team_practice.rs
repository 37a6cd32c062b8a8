//! A team practises together. The contest has only problems that no member has solved, leaves out one topic,
//! and is a list of slots with points. A dry run explains the selection.
//!
//! ```text
//! cargo run --example team_practice
//! ```

use std::num::NonZeroU16;
use std::time::Duration;

use contest_core::prelude::*;
use contest_core::select::Funnel;
use contest_core::uuid::Uuid;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let start = Timestamp::from_micros(1_772_355_600_000_000);
    let engine = Engine::builder(MemoryStore::with_catalogue(Catalogue::neetcode150()))
        .clock(ManualClock::new(start))
        .seeds(SequentialSeeds::new(23))
        .build()
        .await?;
    let [ana, ben, cleo]: [UserId; 3] = [1, 2, 3].map(|n| Uuid::from_u128(n).into());

    // Ben and Cleo have solved a good part of the list.
    let catalogue = engine.catalogue();
    let earlier = |every: usize| {
        let solved = catalogue.problems().iter().step_by(every);
        solved
            .map(|problem| NewSolve::new(problem.id, start))
            .collect::<Vec<_>>()
    };
    engine.record_solves(ben, &earlier(2)).await?;
    engine.record_solves(cleo, &earlier(3)).await?;

    // Ana's problems are new to all three. Bit manipulation is excluded.
    let together = Eligibility::default().with_group([ben, cleo]);
    let request = SelectionRequest::new(ProblemCount::new(6)?)
        .with_eligibility(together)
        .with_excluded_topics([Topic::new("Bit Manipulation")?]);

    println!("A warm-up of 6, at most 1 per topic:");
    let warm_up = request
        .clone()
        .with_strategy(Strategy::TopicBalanced)
        .with_topic_cap(NonZeroU16::MIN);
    let explanation = engine.explain(ana, &warm_up).await?;
    for part in &explanation.parts {
        for pool in &part.pools {
            let name = pool.difficulty.map_or("all", Difficulty::as_str);
            println!("{name}: {} of {} selected", pool.taken, pool.needed);
            print_funnel(&pool.funnel);
        }
    }

    println!("\nThe contest, in slots:");
    let slots = vec![
        Slot::of_difficulty(Difficulty::Easy..=Difficulty::Easy).with_points(100),
        Slot::of_difficulty(Difficulty::Easy..=Difficulty::Medium)
            .with_topics([Topic::new("Trees")?])
            .with_points(200),
        Slot::of_difficulty(Difficulty::Medium..=Difficulty::Hard)
            .with_topics([Topic::new("Graphs")?, Topic::new("Advanced Graphs")?])
            .with_points(400),
    ];
    let slots = SelectionRequest::new(ProblemCount::new(3)?)
        .with_eligibility(request.eligibility().clone())
        .with_excluded_topics(request.excluded_topics().iter().cloned())
        .with_slots(slots)?;
    let explanation = engine.explain(ana, &slots).await?;
    for slot in &explanation.slots {
        println!("{}", slot.description);
        print_funnel(&slot.funnel);
    }

    let request = ContestRequest::with_selection(slots, ContestDuration::from_minutes(90)?);
    let contest = engine.create_contest(ana, &request).await?.contest;
    println!();
    for entry in &contest.problems {
        let points = entry.points.unwrap_or_default();
        println!("{points} points: {}", entry.problem.title);
    }
    assert_eq!(contest.duration(), Duration::from_mins(90));
    Ok(())
}

/// Prints the number of problems, and how many each rule removed.
fn print_funnel(funnel: &Funnel) {
    println!("  {} problems, {} examined", funnel.pool, funnel.looked_at);
    for (rule, count) in funnel.removed.iter().chain(&funnel.passed_over) {
        println!("  - {count} removed by the rule {rule}");
    }
}
