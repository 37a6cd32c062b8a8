//! A problem of the catalogue.

use crate::id::ProblemId;
use crate::model::text::{excerpt, is_control, is_invisible, is_presentable};
use crate::model::{Difficulty, Rating, Slug, SlugError, Topic};

/// The most characters of a title.
const TITLE: usize = 500;

/// The most characters of a link.
const LINK: usize = 2_000;

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
    /// The display name: 1 to 500 characters, at least one of them visible, no control characters.
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
    /// The title is blank or too long, or has control characters.
    #[error(
        "{title:?} is not a title: expected 1 to 500 characters, at least one of them visible, and no \
         control characters"
    )]
    Title {
        /// The title given, cut to its first 200 characters.
        title: String,
    },
    /// The link is not a URL that is safe to show as a link.
    #[error(
        "{link:?} is not a link: expected an address of up to 2000 characters that starts with \
         http:// or https://"
    )]
    Link {
        /// The link given, cut to its first 200 characters.
        link: String,
    },
}

impl Problem {
    /// A problem at position 0 without topics, links or a rating, with an id derived from its slug.
    ///
    /// # Errors
    /// [`ProblemError::Slug`] or [`ProblemError::Title`].
    pub fn new(
        slug: impl AsRef<str>,
        title: impl Into<String>,
        difficulty: Difficulty,
    ) -> Result<Self, ProblemError> {
        let slug = Slug::new(slug)?;
        let title = title.into();
        check_title(&title)?;
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
    /// [`ProblemError::Link`] unless it is an `http` or `https` URL of up to 2,000 characters, without
    /// white space or control characters. Other schemes, such as `javascript:`, would be unsafe to show.
    pub fn with_link(mut self, link: impl Into<String>) -> Result<Self, ProblemError> {
        let link = link.into();
        check_link(&link)?;
        self.links.push(link);
        Ok(self)
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

/// Checks a title on its own, for readers that tell every fault.
pub(crate) fn check_title(title: &str) -> Result<(), ProblemError> {
    if is_presentable(title, TITLE) {
        Ok(())
    } else {
        let title = excerpt(title);
        Err(ProblemError::Title { title })
    }
}

/// Checks a link, likewise.
pub(crate) fn check_link(link: &str) -> Result<(), ProblemError> {
    let rest = link
        .strip_prefix("https://")
        .or_else(|| link.strip_prefix("http://"));
    let unfit = |c: char| c.is_whitespace() || is_control(c);
    let fits = |rest: &str| !rest.chars().all(is_invisible) && !rest.contains(unfit);
    let short = link.chars().take(LINK + 1).count() <= LINK;
    if short && rest.is_some_and(fits) {
        Ok(())
    } else {
        let link = excerpt(link);
        Err(ProblemError::Link { link })
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
            "https://example.org/\u{202e}gpj.exe",
            "https://\u{200b}",
            &format!("https://{}", "x".repeat(2_000)),
            "",
        ] {
            assert!(problem.clone().with_link(bad).is_err(), "{bad}");
        }
        assert!(problem.with_link("http://localhost/x").is_ok());
    }

    #[test]
    fn titles_are_visible_bounded_and_without_controls() {
        let title = |title: String| Problem::new("a", title, Difficulty::Easy);
        assert!(title("é".repeat(500)).is_ok());
        let long = title("é".repeat(2_000_000)).unwrap_err().to_string();
        assert!(
            long.contains("1 to 500 characters") && long.len() < 600,
            "{long}"
        );
        for bad in [
            " ",
            "\u{200b}",
            "Two\0Sum",
            "Two \u{1b}[31mSum",
            "a\u{202e}b",
        ] {
            assert!(title(bad.to_owned()).is_err(), "{bad:?}");
        }
    }
}
