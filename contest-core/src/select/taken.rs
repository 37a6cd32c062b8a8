//! What a contest under way already has.

use std::collections::{HashMap, HashSet};

use crate::id::ProblemId;
use crate::model::Topic;
use crate::select::rule::{Filter, Rule};

/// The problems taken so far, over all parts, and how often each topic is among them.
#[derive(Debug, Default)]
pub(super) struct Taken<'c> {
    problems: HashSet<ProblemId>,
    by_topic: HashMap<&'c Topic, u16>,
}

impl<'c> Taken<'c> {
    pub(super) fn add(&mut self, id: ProblemId, filter: Filter<'c>) {
        self.problems.insert(id);
        for topic in filter.topics_of(id) {
            *self.by_topic.entry(topic).or_default() += 1;
        }
    }

    pub(super) fn of(&self, topic: &Topic) -> u16 {
        self.by_topic.get(topic).copied().unwrap_or(0)
    }

    /// Why a problem cannot be added to what is there.
    pub(super) fn bars(&self, id: ProblemId, filter: Filter<'c>) -> Option<Rule> {
        if self.problems.contains(&id) {
            return Some(Rule::OtherPart);
        }
        let cap = filter.request.topic_cap()?.get();
        let full = |topic: &Topic| self.of(topic) >= cap;
        let topics = filter.topics_of(id);
        topics.iter().any(full).then_some(Rule::TopicCap)
    }
}
