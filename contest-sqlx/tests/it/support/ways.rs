//! Requests that need more from a store than the set of solved problems.

use std::num::NonZeroU16;
use std::time::Duration;

use contest_core::model::Rating;
use contest_core::prelude::*;
use contest_core::select::{
    Choice, Needs, Order, Part, RatingBand, ReviewOptions, SelectionStrategy, Slot, Strategy,
    StrategyName, StrategyVersion,
};

use super::user;

/// The number of ways.
pub(super) const WAYS: u8 = 12;

/// The least-seen problems first, then by their last solve and id.
#[derive(Debug)]
pub(super) struct Unmet;

impl SelectionStrategy for Unmet {
    fn version(&self) -> StrategyVersion {
        StrategyVersion(1)
    }

    fn needs(&self) -> Needs {
        let mut needs = Needs::default();
        (needs.log, needs.contests) = (true, true);
        needs
    }

    fn order<'a>(&self, choice: Choice<'a>) -> Order<'a> {
        let mut candidates: Vec<_> = choice.collect();
        candidates.sort_by_key(|candidate| {
            let practice = candidate.practice();
            let id = candidate.problem().id;
            (practice.met(), practice.last_solved_at(), id)
        });
        Box::new(candidates.into_iter())
    }
}

pub(super) fn unmet() -> StrategyName {
    StrategyName::new("unmet").unwrap()
}

/// A request of one way; way 0 is the default.
pub(super) fn request(way: u8, count: u16, seed: Option<u64>) -> SelectionRequest {
    let many = ProblemCount::new(count).unwrap();
    let request = SelectionRequest::new(many);
    let request = match seed {
        Some(seed) => request.with_seed(Seed(seed)),
        None => request,
    };
    let recently = SolvedRule::ExcludeWithin(Duration::from_hours(24));
    match way {
        1 => request.with_eligibility(Eligibility::default().with_solved(recently)),
        2 => request.with_eligibility(Eligibility::default().excluding_attempted()),
        3 => {
            let others = (0..4).map(user);
            request.with_eligibility(Eligibility::default().with_group(others))
        }
        4 => request
            .with_excluded_topics([topic(3)])
            .with_topic_cap(NonZeroU16::new(5).unwrap()),
        5 => request.with_strategy(Strategy::TopicBalanced),
        6 => request
            .with_strategy(Strategy::LeastUsed)
            .with_eligibility(Eligibility::default().with_solved(SolvedRule::Allow)),
        7 => {
            let band = RatingBand::new(Rating::new(1_500).unwrap());
            request.with_strategy(Strategy::RatingBand(band))
        }
        8 => request.with_strategy(Strategy::Review(ReviewOptions::default())),
        9 => request.with_strategy(Strategy::Custom(unmet())),
        10 if count > 1 => {
            let review = Strategy::Review(ReviewOptions::default());
            let parts = [Part::new(one()).with_strategy(review), part(count - 1)];
            request.with_parts(parts.into()).unwrap()
        }
        11 => request.with_slots((0..count).map(slot).collect()).unwrap(),
        _ => request,
    }
}

fn one() -> ProblemCount {
    ProblemCount::MIN
}

fn part(count: u16) -> Part {
    Part::new(ProblemCount::new(count).unwrap()).with_strategy(Strategy::TopicBalanced)
}

/// Overlapping slots, some with few candidates.
fn slot(place: u16) -> Slot {
    let rating = |rating| Rating::new(rating).unwrap();
    match place % 3 {
        0 => Slot::of_difficulty(Difficulty::Easy..=Difficulty::Medium),
        1 => Slot::of_rating(rating(1_200)..=rating(1_600)),
        _ => Slot::of_difficulty(Difficulty::Easy..=Difficulty::Hard).with_topics([topic(2)]),
    }
}

fn topic(number: u8) -> Topic {
    Topic::new(format!("Topic {number}")).unwrap()
}
