//! A digest of a request, by which a store recognises equal requests.

use std::collections::BTreeSet;
use std::num::NonZero;

use sha2::{Digest, Sha256};

use crate::model::Topic;
use crate::select::{
    Eligibility, Part, SelectionRequest, ShortagePolicy, Slot, SlotLevel, SolvedRule, Strategy,
};

impl SelectionRequest {
    /// Feeds every field, unambiguously, to a digest that stores keep: never reorder the fields.
    pub(crate) fn digest_into(&self, hash: &mut Sha256) {
        hash.update(self.count().get().to_le_bytes());
        for (_, weight) in self.mix().weights().iter() {
            hash.update(weight.to_le_bytes());
        }
        topics(self.topics(), hash);
        hash.update((self.excluded().len() as u64).to_le_bytes());
        for problem in self.excluded() {
            hash.update(problem.as_uuid().as_bytes());
        }
        let strict = self.shortage_policy() == ShortagePolicy::Strict;
        hash.update([u8::from(strict), u8::from(self.seed().is_some())]);
        hash.update(self.seed().map_or(0, |seed| seed.0).to_le_bytes());
        self.digest_rest_into(hash);
    }

    /// Adds nothing for a request without these members, so that its digest stays the pinned one. The
    /// fields before have a fixed length or a length prefix, so the result is unambiguous.
    fn digest_rest_into(&self, hash: &mut Sha256) {
        let mut plain = Self::new(self.count())
            .with_mix(self.mix())
            .with_topics(self.topics().iter().cloned())
            .with_excluded(self.excluded().iter().copied())
            .with_shortage_policy(self.shortage_policy());
        if let Some(seed) = self.seed() {
            plain = plain.with_seed(seed);
        }
        if *self == plain {
            return;
        }
        hash.update(b"rules v1");
        eligibility(self.eligibility(), hash);
        topics(self.excluded_topics(), hash);
        hash.update(self.topic_cap().map_or(0, NonZero::get).to_le_bytes());
        strategy(self.strategy(), hash);
        hash.update((self.parts().len() as u64).to_le_bytes());
        for part in self.parts() {
            digest_part(part, hash);
        }
        hash.update((self.slots().len() as u64).to_le_bytes());
        for slot in self.slots() {
            digest_slot(slot, hash);
        }
        if !self.problems().is_empty() {
            hash.update(b"problems v1");
            hash.update((self.problems().len() as u64).to_le_bytes());
            for problem in self.problems() {
                hash.update(problem.as_uuid().as_bytes());
            }
        }
    }
}

fn text(text: &str, hash: &mut Sha256) {
    hash.update((text.len() as u64).to_le_bytes());
    hash.update(text);
}

fn topics(topics: &BTreeSet<Topic>, hash: &mut Sha256) {
    hash.update((topics.len() as u64).to_le_bytes());
    for topic in topics {
        text(topic.as_str(), hash);
    }
}

fn eligibility(rules: &Eligibility, hash: &mut Sha256) {
    let (kind, within) = match rules.solved() {
        SolvedRule::Exclude => (0_u8, 0),
        SolvedRule::ExcludeWithin(within) => (1, within.as_nanos()),
        SolvedRule::Allow => (2, 0),
    };
    hash.update([kind, u8::from(rules.excludes_attempted())]);
    hash.update(within.to_le_bytes());
    hash.update((rules.group().len() as u64).to_le_bytes());
    for member in rules.group() {
        hash.update(member.as_uuid().as_bytes());
    }
}

fn strategy(strategy: &Strategy, hash: &mut Sha256) {
    text(strategy.kind(), hash);
    match strategy {
        Strategy::Uniform | Strategy::TopicBalanced | Strategy::LeastUsed => {}
        Strategy::RatingBand(band) => {
            hash.update(band.user().get().to_le_bytes());
            hash.update([*band.chance().start(), *band.chance().end()]);
        }
        Strategy::Review(options) => hash.update([options.desired_retention()]),
        Strategy::Custom(name) => text(name.as_str(), hash),
    }
}

fn digest_part(part: &Part, hash: &mut Sha256) {
    hash.update(part.count().get().to_le_bytes());
    strategy(part.strategy(), hash);
}

fn digest_slot(slot: &Slot, hash: &mut Sha256) {
    match slot.level() {
        SlotLevel::Difficulty { min, max } => hash.update([0, min.rank(), max.rank()]),
        SlotLevel::Rating { min, max } => {
            hash.update([1]);
            hash.update(min.get().to_le_bytes());
            hash.update(max.get().to_le_bytes());
        }
    }
    topics(slot.topics(), hash);
    hash.update([u8::from(slot.points().is_some())]);
    hash.update(slot.points().unwrap_or(0).to_le_bytes());
}
