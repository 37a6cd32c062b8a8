//! A problem of the catalogue.

use crate::id::ProblemId;
use crate::model::{Difficulty, Rating, Slug, SlugError, Topic};

/// An exercise to solve.
///
/// ```
/// use contest_core::model::{Difficulty, Problem, Topic};
///
/// let problem = Problem::new("two-sum", "Two Sum", Difficulty::Easy)?
///     .with_topics([Topic::new("Arrays & Hashing")?])
///     .with_link("https://leetcode.com/problems/two-sum/")?;
/// assert_eq!(problem.slug.as_str(), "two-sum");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "Fields"))]
#[non_exhaustive]
pub struct Problem {
    /// The id; derived from the slug unless given.
    pub id: ProblemId,
    /// The unique name in URLs.
    pub slug: Slug,
    /// The display name; never blank.
    pub title: String,
    /// The difficulty.
    pub difficulty: Difficulty,
    /// The topics, in the catalogue's order, without duplicates; may be empty.
    pub topics: Vec<Topic>,
    /// Where it can be read: `http` or `https` URLs, the main one first; may be empty.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub links: Vec<String>,
    /// Its position in the list it comes from; equal positions are ordered by slug.
    pub position: u32,
    /// Retired problems are never selected and count in no total; solves of them are kept.
    pub retired: bool,
    /// The difficulty as a number, in catalogues that have ratings.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub rating: Option<Rating>,
}

/// The serialised form of a problem.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
struct Fields {
    id: ProblemId,
    slug: Slug,
    title: String,
    difficulty: Difficulty,
    topics: Vec<Topic>,
    #[serde(default)]
    links: Vec<String>,
    position: u32,
    retired: bool,
    rating: Option<Rating>,
}

#[cfg(feature = "serde")]
impl TryFrom<Fields> for Problem {
    type Error = ProblemError;

    fn try_from(fields: Fields) -> Result<Self, ProblemError> {
        let problem = Self::new(fields.slug.as_str(), fields.title, fields.difficulty)?
            .with_id(fields.id)
            .with_topics(fields.topics)
            .with_position(fields.position)
            .with_retired(fields.retired)
            .with_rating(fields.rating);
        fields.links.into_iter().try_fold(problem, Self::with_link)
    }
}

/// Why a value is not a valid problem.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProblemError {
    /// The slug is malformed.
    #[error(transparent)]
    Slug(#[from] SlugError),
    /// The title is empty or blank.
    #[error("the title is empty")]
    EmptyTitle,
    /// The link is not a URL that is safe to show as a link.
    #[error("{link:?} is not a link: expected an address that starts with http:// or https://")]
    Link {
        /// The link given.
        link: String,
    },
}

impl Problem {
    /// A problem at position 0 without topics, links or a rating, with an id derived from its slug.
    ///
    /// # Errors
    /// [`ProblemError::Slug`] or [`ProblemError::EmptyTitle`].
    pub fn new(
        slug: impl AsRef<str>,
        title: impl Into<String>,
        difficulty: Difficulty,
    ) -> Result<Self, ProblemError> {
        let slug = Slug::new(slug)?;
        let title = title.into();
        if title.trim().is_empty() {
            return Err(ProblemError::EmptyTitle);
        }
        Ok(Self {
            id: ProblemId::from_slug(&slug),
            slug,
            title,
            difficulty,
            topics: Vec::new(),
            links: Vec::new(),
            position: 0,
            retired: false,
            rating: None,
        })
    }

    /// Sets the id.
    #[must_use]
    pub fn with_id(mut self, id: ProblemId) -> Self {
        self.id = id;
        self
    }

    /// Sets the topics; duplicates are dropped.
    #[must_use]
    pub fn with_topics(mut self, topics: impl IntoIterator<Item = Topic>) -> Self {
        self.topics.clear();
        for topic in topics {
            if !self.topics.contains(&topic) {
                self.topics.push(topic);
            }
        }
        self
    }

    /// Adds a link. The first is the main one.
    ///
    /// # Errors
    /// [`ProblemError::Link`] unless it is an `http` or `https` URL without white space or control
    /// characters. Other schemes, such as `javascript:`, would be unsafe to show.
    pub fn with_link(mut self, link: impl Into<String>) -> Result<Self, ProblemError> {
        let link = link.into();
        let rest = link
            .strip_prefix("https://")
            .or_else(|| link.strip_prefix("http://"));
        let unfit = |c: char| c.is_whitespace() || c.is_control();
        match rest {
            Some(rest) if !rest.is_empty() && !rest.contains(unfit) => {
                self.links.push(link);
                Ok(self)
            }
            _ => Err(ProblemError::Link { link }),
        }
    }

    /// Sets the position in its list.
    #[must_use]
    pub fn with_position(mut self, position: u32) -> Self {
        self.position = position;
        self
    }

    /// Sets or removes the rating.
    #[must_use]
    pub fn with_rating(mut self, rating: impl Into<Option<Rating>>) -> Self {
        self.rating = rating.into();
        self
    }

    /// Sets whether it is retired.
    #[must_use]
    pub fn with_retired(mut self, retired: bool) -> Self {
        self.retired = retired;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsafe_or_broken_links_are_refused() {
        let problem = Problem::new("a", "A", Difficulty::Easy).unwrap();
        for bad in [
            "javascript:alert(1)",
            "https://",
            "https://a b",
            "ftp://x",
            "",
        ] {
            assert!(problem.clone().with_link(bad).is_err(), "{bad}");
        }
        assert!(problem.with_link("http://localhost/x").is_ok());
    }
}
