//! The requests that are compared.

use std::num::NonZeroU16;
use std::time::Duration;

use contest_benches::Outcome;
use contest_core::model::Rating;
use contest_core::prelude::*;
use contest_core::select::{
    Choice, Part, RatingBand, ReviewOptions, SelectionStrategy, Slot, Strategy, StrategyName,
    StrategyVersion,
};
use contest_core::uuid::Uuid;

/// A host's own strategy.
#[derive(Debug)]
pub(crate) struct Alphabetical;

impl SelectionStrategy for Alphabetical {
    fn version(&self) -> StrategyVersion {
        StrategyVersion(1)
    }

    fn pick(&self, choice: &Choice<'_>) -> Vec<ProblemId> {
        let mut candidates: Vec<_> = choice.candidates.iter().collect();
        candidates.sort_by_key(|candidate| &candidate.problem.title);
        candidates.iter().map(|c| c.problem.id).collect()
    }
}

pub(crate) fn name() -> Outcome<StrategyName> {
    Ok(StrategyName::new("alphabetical")?)
}

pub(crate) fn user(number: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(number))
}

/// Every kind of request, with its name.
pub(crate) fn all(default: &SelectionRequest) -> Outcome<Vec<(&'static str, SelectionRequest)>> {
    let mut all = rules(default)?;
    all.extend(strategies(default)?);
    Ok(all)
}

fn rules(default: &SelectionRequest) -> Outcome<Vec<(&'static str, SelectionRequest)>> {
    let with = |rules| default.clone().with_eligibility(rules);
    let rules = Eligibility::default;
    let week = SolvedRule::ExcludeWithin(Duration::from_hours(7 * 24));
    Ok(vec![
        ("solved within a week", with(rules().with_solved(week))),
        (
            "solved or not",
            with(rules().with_solved(SolvedRule::Allow)),
        ),
        ("attempted", with(rules().excluding_attempted())),
        (
            "a group of five",
            with(rules().with_group((2..7).map(user))),
        ),
        (
            "a topic left out",
            default
                .clone()
                .with_excluded_topics([Topic::new("Graphs")?]),
        ),
        (
            "two of a topic",
            default
                .clone()
                .with_topic_cap(NonZeroU16::MIN.saturating_add(1)),
        ),
    ])
}

fn strategies(default: &SelectionRequest) -> Outcome<Vec<(&'static str, SelectionRequest)>> {
    let with = |strategy| default.clone().with_strategy(strategy);
    let band = RatingBand::new(Rating::new(1_700)?);
    let review = Strategy::Review(ReviewOptions::default());
    let parts = vec![
        Part::new(ProblemCount::new(4)?),
        Part::new(ProblemCount::new(1)?).with_strategy(review.clone()),
    ];
    let slots = [Difficulty::Easy, Difficulty::Medium, Difficulty::Hard];
    let slots = slots.into_iter().cycle().take(5);
    let slots = slots.map(|least| Slot::of_difficulty(least..=Difficulty::Hard));
    Ok(vec![
        ("topic-balanced", with(Strategy::TopicBalanced)),
        ("least used", with(Strategy::LeastUsed)),
        ("a band of ratings", with(Strategy::RatingBand(band))),
        ("the host's own", with(Strategy::Custom(name()?))),
        ("reviews", with(review)),
        ("four new, one review", default.clone().with_parts(parts)?),
        ("five slots", default.clone().with_slots(slots.collect())?),
    ])
}
