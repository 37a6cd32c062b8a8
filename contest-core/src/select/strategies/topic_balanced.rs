//! Spreads problems over topics, the ones with the smallest share solved first.

use std::iter;

use crate::model::Topic;
use crate::select::draw::Draw;
use crate::select::random::{Purpose, Stream};
use crate::select::{Candidate, Choice, Order, SelectionStrategy, Source, StrategyVersion};

/// [`Strategy::TopicBalanced`](crate::select::Strategy::TopicBalanced): over the requested topics, or
/// over all topics if none are requested.
#[derive(Debug)]
pub(super) struct TopicBalanced;

impl SelectionStrategy for TopicBalanced {
    fn version(&self) -> StrategyVersion {
        StrategyVersion(1)
    }

    fn source(&self) -> Source {
        Source::ByDifficulty
    }

    fn order<'a>(&self, choice: Choice<'a>) -> Order<'a> {
        let mut topics = open_topics(&choice);
        // Problems without a topic come last.
        let any = choice.request().topics().is_empty();
        let mut rest = any.then(|| choice.of_topic(None, 0));
        Box::new(iter::from_fn(move || {
            next_of_topics(&choice, &mut topics).or_else(|| rest.as_mut()?.next())
        }))
    }
}

/// A topic that may still give problems.
struct OpenTopic<'a> {
    topic: &'a Topic,
    /// Its index among the topics by name, from 1. It numbers the topic's random stream.
    number: u64,
    /// Its draw, created on first use.
    choice: Option<Box<Choice<'a>>>,
}

/// The next candidate of the topic with the fewest problems in this contest, the first among equals.
fn next_of_topics<'a>(
    choice: &Choice<'a>,
    topics: &mut Vec<OpenTopic<'a>>,
) -> Option<Candidate<'a>> {
    loop {
        let open = topics.iter_mut().enumerate();
        let (place, first) = open.min_by_key(|(_, open)| choice.picked_of(open.topic))?;
        let draw = first
            .choice
            .get_or_insert_with(|| Box::new(choice.of_topic(Some(first.topic), first.number)));
        match draw.next() {
            Some(candidate) => return Some(candidate),
            None => drop(topics.remove(place)),
        }
    }
}

/// The topics, the one with the smallest solved share first, in random order among equals.
fn open_topics<'a>(choice: &Choice<'a>) -> Vec<OpenTopic<'a>> {
    const LOTS: Purpose = Purpose(b"contest topic lots v1...");
    let asked = choice.request().topics();
    let topics = choice.catalogue().topics();
    let topics = topics.zip(choice.context().solved_by_topic());
    let topics: Vec<_> = topics
        .filter(|((topic, _), _)| asked.is_empty() || asked.contains(*topic))
        .collect();
    let stream = Stream::numbered(choice.context().seed, LOTS, choice.part());
    let lots = Draw::new(topics.len(), stream);
    let mut ranked: Vec<_> = (1..)
        .zip(topics)
        .zip(lots)
        .map(|((number, ((topic, total), solved)), lot)| {
            let total = total.easy + total.medium + total.hard;
            (u128::from(*solved), u128::from(total), lot, number, topic)
        })
        .collect();
    // p/q < r/s compared as p*s < r*q.
    ranked.sort_unstable_by(|a, b| (a.0 * b.1).cmp(&(b.0 * a.1)).then(a.2.cmp(&b.2)));
    let open = |(_, _, _, number, topic)| OpenTopic {
        topic,
        number,
        choice: None,
    };
    ranked.into_iter().map(open).collect()
}
