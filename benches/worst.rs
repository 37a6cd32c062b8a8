//! How long can the most expensive selection of one request take, and does the time grow with its parts?
//!
//! `cargo bench -p contest-benches --bench worst`, with `-- --quick` for fewer rounds.
//!
//! The requests are as large as the default limits allow and find little: most of the catalogue is
//! passed over. Each takes turns with a request of one part, on catalogues with 70 topics.

use std::num::NonZeroU16;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use contest_benches::{Bound, NOW, Outcome, Report, Run, Turns};
use contest_core::model::Rating;
use contest_core::prelude::*;
use contest_core::select::{
    Facts, Input, Part, RatingBand, ReviewOptions, Seed, Slot, Strategy, explain, select,
};
use contest_core::user::AttemptRecord;

/// The greatest number of parts or slots of a request, by the default limits.
const PARTS: u16 = 20;
/// The floor: the default request for twenty problems, explained.
const FLOOR: &str = "20 problems, explained";

fn main() -> ExitCode {
    Run::main(|run| {
        let mut report = Report::new("worst", "The most expensive selections");
        for size in [3_000, 50_000] {
            measure(&mut report, size, run.choose(5, 20))?;
        }
        Ok(report)
    })
}

fn measure(report: &mut Report, size: u32, rounds: usize) -> Outcome<()> {
    let catalogue = catalogue(size)?;
    let [new, solver] = [facts(&catalogue, 0), facts(&catalogue, 10_000)];
    let mut turns = Turns::after(1);
    for _ in 0..=rounds {
        let twenty = SelectionRequest::new(ProblemCount::new(PARTS)?);
        let input = Input::new(&catalogue, &twenty, Seed(1), NOW);
        turns.push(FLOOR, elapsed(|| drop(explain(&input, &new))));
        for (name, request) in requests(&catalogue)? {
            let facts = if name.contains("review") {
                &solver
            } else {
                &new
            };
            let input = Input::new(&catalogue, &request, Seed(1), NOW);
            turns.push(name, elapsed(|| drop(select(&input, facts))));
            let name = format!("{name}, explained");
            turns.push(&name, elapsed(|| drop(explain(&input, facts))));
        }
    }
    report.heading(
        &format!("Of {size} problems"),
        "No request takes more than 50 ms of a core.",
    );
    let names: Vec<_> = turns.names().skip(1).map(str::to_owned).collect();
    report.ratios(&turns, &[]);
    for name in names {
        // The least of all rounds: other processes only add to it.
        let millis = turns.percentile(&name, 0).as_secs_f64() * 1e3;
        report.judge(
            &format!("{name}, of {size}, in ms"),
            millis,
            Bound::AtMost(50.0),
        );
    }
    Ok(())
}

fn elapsed(call: impl FnOnce()) -> Duration {
    let start = Instant::now();
    call();
    start.elapsed()
}

/// Problems with three to seven of 70 topics.
fn catalogue(size: u32) -> Outcome<Catalogue> {
    let problem = |(n, difficulty): (u32, Difficulty)| -> Outcome<Problem> {
        let problem = Problem::new(format!("problem-{n}"), "Problem", difficulty)?;
        let spread = |k: u32| n.wrapping_mul(2_654_435_761).rotate_left(5 * k) % 70;
        let topics = (0..3 + n % 5).map(|k| Topic::new(format!("Topic {}", spread(k))));
        let topics: Result<Vec<_>, _> = topics.collect();
        let rating = Rating::new(i16::try_from(1_000 + n % 1_200)?)?;
        Ok(problem.with_topics(topics?).with_rating(rating))
    };
    let difficulties = Difficulty::ALL.into_iter().cycle();
    let problems: Outcome<Vec<_>> = (0..size).zip(difficulties).map(problem).collect();
    Ok(Catalogue::new(problems?)?)
}

/// A user who has solved this many problems.
fn facts(catalogue: &Catalogue, solves: usize) -> Facts {
    let problems = catalogue.problems().iter().take(solves);
    let log = problems.zip(1..).map(|(problem, days)| {
        let at = Timestamp::from_micros(NOW.as_micros() - 86_400_000_000 * (days % 300));
        AttemptRecord::tick(problem.id, at, None, 0)
    });
    let log: Vec<_> = log.collect();
    Facts::as_of(NOW, 0, &log, &[], catalogue)
}

fn requests(catalogue: &Catalogue) -> Outcome<Vec<(&'static str, SelectionRequest)>> {
    let one = ProblemCount::new(1)?;
    let twenty = || ProblemCount::new(PARTS).map(SelectionRequest::new);
    let parts = |strategy: Strategy| -> Outcome<SelectionRequest> {
        let part = Part::new(one).with_strategy(strategy);
        Ok(twenty()?.with_parts(vec![part; PARTS.into()])?)
    };
    let topics: Vec<_> = catalogue.topics().map(|(topic, _)| topic.clone()).collect();
    let most = topics.iter().skip(1).cloned();
    let band = RatingBand::new(Rating::new(1_600)?).with_chance(1..=99)?;
    let slot = Slot::of_difficulty(Difficulty::Easy..=Difficulty::Hard).with_topics(topics.clone());
    let few = |request: SelectionRequest| {
        request
            .with_topic_cap(NonZeroU16::MIN)
            .with_excluded_topics(most.clone())
    };
    let capped = |request: SelectionRequest| request.with_topic_cap(NonZeroU16::MIN);
    Ok(vec![
        (
            "20 balanced parts, one of a topic",
            capped(parts(Strategy::TopicBalanced)?),
        ),
        (
            "20 parts, one of a topic",
            capped(parts(Strategy::Uniform)?),
        ),
        (
            "20 parts, 69 topics excluded",
            few(parts(Strategy::Uniform)?),
        ),
        (
            "20 least used, one of a topic",
            capped(parts(Strategy::LeastUsed)?),
        ),
        (
            "20 bands, one of a topic",
            capped(parts(Strategy::RatingBand(band))?),
        ),
        (
            "20 reviews, one of a topic",
            capped(parts(Strategy::Review(ReviewOptions::default()))?),
        ),
        (
            "20 slots, 69 topics excluded",
            twenty()?
                .with_slots(vec![slot; PARTS.into()])?
                .with_excluded_topics(most.clone()),
        ),
    ])
}
