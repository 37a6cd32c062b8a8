//! Problems and their numbers.

use std::collections::BTreeMap;
use std::sync::Arc;

use contest_core::model::{PerDifficulty, Problem, Rating, Topic};
use serde::Serialize;
#[cfg(feature = "openapi")]
use utoipa::ToSchema;
use uuid::Uuid;

/// A problem.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Problem))]
pub struct ProblemView<'a> {
    id: Uuid,
    #[cfg_attr(feature = "openapi", schema(example = "two-sum"))]
    slug: &'a str,
    #[cfg_attr(feature = "openapi", schema(example = "Two Sum"))]
    title: &'a str,
    /// `Easy`, `Medium` or `Hard`.
    #[cfg_attr(feature = "openapi", schema(example = "Easy"))]
    difficulty: &'static str,
    /// The difficulty as a number; left out if the problem has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = 1_500))]
    rating: Option<i16>,
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>, example = json!(["Arrays & Hashing"])))]
    topics: &'a [Topic],
    /// Pages that describe it, the main one first; may be empty.
    #[cfg_attr(feature = "openapi", schema(example = json!(["https://leetcode.com/problems/two-sum/"])))]
    links: &'a [String],
    /// The first of the links to leetcode.com; null if there is none.
    #[cfg_attr(
        feature = "openapi",
        schema(example = "https://leetcode.com/problems/two-sum/")
    )]
    leetcode_url: Option<&'a str>,
    /// The first of the links to neetcode.io; null if there is none.
    neetcode_url: Option<&'a str>,
}

impl<'a> From<&'a Problem> for ProblemView<'a> {
    fn from(problem: &'a Problem) -> Self {
        let links = problem.links.iter().map(String::as_str);
        let at = |host| links.clone().find(|link| site(link) == Some(host));
        Self {
            id: problem.id.as_uuid(),
            slug: problem.slug.as_str(),
            title: &problem.title,
            difficulty: problem.difficulty.as_str(),
            rating: problem.rating.map(Rating::get),
            topics: &problem.topics,
            links: &problem.links,
            leetcode_url: at("leetcode.com"),
            neetcode_url: at("neetcode.io"),
        }
    }
}

/// The host of a link, without `www.` in front.
fn site(link: &str) -> Option<&str> {
    let (_, rest) = link.split_once(':')?;
    let rest = rest.strip_prefix("//")?;
    let ends = |byte| matches!(byte, b'/' | b'?' | b'#' | b':');
    let host = match rest.bytes().position(ends) {
        Some(end) => rest.get(..end)?,
        None => rest,
    };
    Some(host.strip_prefix("www.").unwrap_or(host))
}

/// A page of problems, in the order of the catalogue.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct ProblemList<'a> {
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<ProblemView<'_>>))]
    problems: Vec<ProblemView<'a>>,
    /// Number of problems in this response.
    #[cfg_attr(feature = "openapi", schema(example = 150))]
    count: usize,
    /// The `cursor` of the next page; null on the last page.
    next_cursor: Option<String>,
}

impl<'a> ProblemList<'a> {
    /// These problems, and where the next page begins.
    pub fn new(problems: &[&'a Arc<Problem>], next_cursor: Option<String>) -> Self {
        Self {
            problems: problems
                .iter()
                .map(|problem| (**problem).as_ref().into())
                .collect(),
            count: problems.len(),
            next_cursor,
        }
    }
}

/// Numbers of problems.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct CatalogueStats<'a> {
    #[cfg_attr(feature = "openapi", schema(example = 150))]
    total: u64,
    /// Number of problems with difficulty `Easy`, `Medium` and `Hard`.
    #[cfg_attr(feature = "openapi", schema(example = json!({"Easy": 28, "Medium": 101, "Hard": 21})))]
    by_difficulty: BTreeMap<&'static str, u64>,
    #[cfg_attr(feature = "openapi", schema(example = json!({"Graphs": 13})))]
    by_topic: BTreeMap<&'a str, u64>,
}

impl<'a> CatalogueStats<'a> {
    /// From the number of problems of each difficulty, and of each topic and difficulty.
    pub fn new(
        totals: &PerDifficulty<u64>,
        topics: impl Iterator<Item = (&'a Topic, PerDifficulty<u64>)>,
    ) -> Self {
        Self {
            total: sum(totals),
            by_difficulty: totals
                .iter()
                .map(|(d, count)| (d.as_str(), *count))
                .collect(),
            by_topic: topics
                .map(|(topic, counts)| (topic.as_str(), sum(&counts)))
                .collect(),
        }
    }
}

fn sum(counts: &PerDifficulty<u64>) -> u64 {
    counts.iter().map(|(_, count)| count).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_belongs_to_its_host_alone() {
        for link in [
            "https://leetcode.com/problems/two-sum/",
            "http://www.leetcode.com",
            "https://leetcode.com:443?of=example",
        ] {
            assert_eq!(site(link), Some("leetcode.com"), "{link}");
        }
        for other in [
            "https://leetcode.com.example/",
            "https://example/leetcode.com",
            "leetcode.com",
            "https://notleetcode.com/",
        ] {
            assert_ne!(site(other), Some("leetcode.com"), "{other}");
        }
    }
}
