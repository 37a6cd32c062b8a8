//! Random requests.

use std::num::NonZeroU16;

use contest_core::model::Rating;
use contest_core::prelude::*;
use contest_core::select::{RatingBand, ReviewOptions, Strategy as Picking};
use proptest::prelude::*;
use proptest::strategy::Strategy;

use super::backwards;
use crate::support::{HOUR, count, user};

/// The parts of a request. Every rule may be absent; about half of the requests have at most one.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    count: u16,
    mix: [u32; 3],
    seed: u64,
    strict: bool,
    /// Only the rule of this number, if there is one.
    only: Option<u8>,
    /// One bit for each topic.
    topics: u8,
    excluded_topics: u8,
    /// One bit for each of the first problems.
    excluded: u64,
    /// 0 excludes solved problems, 1 allows them, and more excludes them for this many hours.
    solved: u64,
    attempted: bool,
    /// One bit for each user.
    group: u8,
    cap: Option<u16>,
}

/// The strategies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Uniform,
    TopicBalanced,
    LeastUsed,
    RatingBand { user: i16, least: u8, most: u8 },
    Review { retention: u8 },
    Backwards,
}

impl Kind {
    /// Those that pick any eligible problem.
    pub(crate) fn of_anything() -> impl Strategy<Value = Self> {
        prop_oneof![
            Just(Self::Uniform),
            Just(Self::TopicBalanced),
            Just(Self::LeastUsed),
            Just(Self::Backwards),
        ]
    }

    /// All.
    pub(crate) fn any() -> impl Strategy<Value = Self> {
        let band = (600..2_600_i16, 1..100_u8, 1..100_u8).prop_map(|(user, a, b)| {
            let (least, most) = (a.min(b), a.max(b));
            Self::RatingBand { user, least, most }
        });
        let review = (50..99_u8).prop_map(|retention| Self::Review { retention });
        prop_oneof![4 => Self::of_anything(), 1 => band, 1 => review]
    }

    pub(crate) fn picking(self) -> Picking {
        match self {
            Self::Uniform => Picking::Uniform,
            Self::TopicBalanced => Picking::TopicBalanced,
            Self::LeastUsed => Picking::LeastUsed,
            Self::RatingBand { user, least, most } => {
                let band = RatingBand::new(Rating::new(user).unwrap());
                Picking::RatingBand(band.with_chance(least..=most).unwrap())
            }
            Self::Review { retention } => {
                let options = ReviewOptions::default();
                Picking::Review(options.with_desired_retention(retention).unwrap())
            }
            Self::Backwards => Picking::Custom(backwards()),
        }
    }
}

pub(crate) fn asked() -> impl Strategy<Value = Asked> {
    let sometimes = |mask: u8| prop_oneof![2 => Just(0), 1 => 1..=mask];
    let own = (
        prop_oneof![2 => Just(0_u64), 1 => Just(1), 2 => 2..1_500_u64],
        any::<bool>(),
        sometimes(7),
    );
    let lists = (
        sometimes(15),
        sometimes(15),
        prop_oneof![Just(0), any::<u64>()],
        proptest::option::weighted(0.3, 1..6_u16),
    );
    let rest = (
        1..=20_u16,
        [0..4_u32, 0..4, 1..4],
        any::<u64>(),
        any::<bool>(),
        proptest::option::of(0..7_u8),
    );
    (rest, lists, own).prop_map(
        |(
            (count, mix, seed, strict, only),
            (topics, excluded_topics, excluded, cap),
            (solved, attempted, group),
        )| Asked {
            count,
            mix,
            seed,
            strict,
            only,
            topics,
            excluded_topics,
            excluded,
            solved,
            attempted,
            group,
            cap,
        },
    )
}

impl Asked {
    /// The request, with topics and problems of this catalogue.
    pub(crate) fn request(&self, catalogue: &Catalogue, kind: Kind) -> SelectionRequest {
        self.request_for(self.count, catalogue, kind)
    }

    /// The request for this number of problems.
    pub(crate) fn request_for(
        &self,
        problems: u16,
        catalogue: &Catalogue,
        kind: Kind,
    ) -> SelectionRequest {
        let [easy, medium, hard] = self.mix;
        let policy = if self.strict {
            ShortagePolicy::Strict
        } else {
            ShortagePolicy::BestEffort
        };
        let mut request = SelectionRequest::new(count(problems))
            .with_mix(Mix::new(easy, medium, hard).unwrap())
            .with_seed(Seed(self.seed))
            .with_shortage_policy(policy)
            .with_strategy(kind.picking());
        let has = |rule: u8| self.only.is_none_or(|only| only == rule);
        let named = |mask: u8| {
            let known = catalogue.topics().enumerate();
            let chosen = known.filter(move |(bit, _)| mask & 1 << bit != 0);
            chosen.map(|(_, (topic, _))| topic.clone())
        };
        if has(0) {
            request = request.with_topics(named(self.topics));
        }
        if has(1) {
            request = request.with_excluded_topics(named(self.excluded_topics));
        }
        if has(2) {
            let first = catalogue.problems().iter().take(64).enumerate();
            let listed = first.filter(|(bit, _)| self.excluded & 1 << bit != 0);
            request = request.with_excluded(listed.map(|(_, problem)| problem.id));
        }
        if let Some(cap) = self.cap.and_then(NonZeroU16::new).filter(|_| has(3)) {
            request = request.with_topic_cap(cap);
        }
        request.with_eligibility(self.rules(has))
    }

    fn rules(&self, has: impl Fn(u8) -> bool) -> Eligibility {
        let mut rules = Eligibility::default();
        if has(4) {
            rules = rules.with_solved(match self.solved {
                0 => SolvedRule::Exclude,
                1 => SolvedRule::Allow,
                hours => SolvedRule::ExcludeWithin(HOUR * u32::try_from(hours).unwrap()),
            });
        }
        if has(5) && self.attempted {
            rules = rules.excluding_attempted();
        }
        if has(6) {
            let members = (1..=3).filter(|who| self.group & 1 << (who - 1) != 0);
            rules = rules.with_group(members.map(user));
        }
        rules
    }
}
