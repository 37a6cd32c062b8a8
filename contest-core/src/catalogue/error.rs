//! Faults of a catalogue, and their places.

use std::fmt;

use crate::id::{ParseIdError, ProblemId};
use crate::model::{ParseDifficultyError, ProblemError, Slug, SlugError, Topic, TopicError};

/// How many faults the message lists; [`CatalogueError::faults`] has all.
const LISTED: usize = 10;

/// A catalogue has faults. It was not used at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueError {
    faults: Vec<CatalogueFault>,
}

impl CatalogueError {
    pub(super) fn new(faults: Vec<CatalogueFault>) -> Self {
        Self { faults }
    }

    /// All faults, in the order of the input.
    pub fn faults(&self) -> &[CatalogueFault] {
        &self.faults
    }
}

impl fmt::Display for CatalogueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the catalogue has {} fault(s): ", self.faults.len())?;
        for (i, fault) in self.faults.iter().take(LISTED).enumerate() {
            let separator = if i == 0 { "" } else { "; " };
            write!(f, "{separator}{fault}")?;
        }
        match self.faults.len().saturating_sub(LISTED) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

impl std::error::Error for CatalogueError {}

/// A fault of a catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CatalogueFault {
    /// Its place.
    pub entry: Entry,
    /// The fault.
    pub fault: Fault,
}

impl fmt::Display for CatalogueFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.entry, self.fault)
    }
}

/// A place in the source of a catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Entry {
    /// The source as a whole.
    Whole,
    /// A line of a text, from 1.
    Line(u64),
    /// A problem of a list, from 1.
    Item(u64),
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => f.write_str("input"),
            Self::Line(line) => write!(f, "line {line}"),
            Self::Item(item) => write!(f, "entry {item}"),
        }
    }
}

/// A value that was read as another one that is near, because the meaning is clear.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conversion {
    /// The entry.
    pub entry: Entry,
    /// The field, such as `rating`.
    pub field: &'static str,
    /// The value given.
    pub given: String,
    /// The value taken for it.
    pub taken: String,
}

impl fmt::Display for Conversion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            entry,
            field,
            given,
            taken,
        } = self;
        write!(f, "{entry}: the {field} {given} is taken as {taken}")
    }
}

/// A fault of an entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The text is not in the format, or a field is missing or has the wrong type.
    #[error("{message}")]
    Malformed {
        /// The text found and the text expected.
        message: String,
    },
    /// There are no entries.
    #[error("it has no problems")]
    Empty,
    /// The slug, title or link is not valid.
    #[error(transparent)]
    Problem(#[from] ProblemError),
    /// The difficulty is not valid.
    #[error(transparent)]
    Difficulty(#[from] ParseDifficultyError),
    /// A topic is not valid.
    #[error(transparent)]
    Topic(#[from] TopicError),
    /// The id is not valid.
    #[error(transparent)]
    Id(#[from] ParseIdError),
    /// An earlier entry has the same slug, letter case aside.
    #[error("the slug {slug} is already used by {first}, letter case aside")]
    RepeatedSlug {
        /// The slug.
        slug: Slug,
        /// The entry that used it first.
        first: Entry,
    },
    /// An earlier entry spells the topic in another way: with other letter case, composition of letters,
    /// white space or invisible characters.
    #[error(
        "the topic {} looks like {} of {first}: spell both in the same way",
        Spelling(topic),
        Spelling(other)
    )]
    TopicSpelling {
        /// The topic.
        topic: Topic,
        /// The other spelling.
        other: Topic,
        /// The entry that used the other spelling first.
        first: Entry,
    },
    /// An earlier entry has the same ordinal.
    #[error("the ordinal {ordinal} is already used by {first}")]
    RepeatedOrdinal {
        /// The ordinal.
        ordinal: u32,
        /// The entry that used it first.
        first: Entry,
    },
    /// An earlier entry has the same id.
    #[error("the id {id} is already used by {first}")]
    RepeatedId {
        /// The id.
        id: ProblemId,
        /// The entry that used it first.
        first: Entry,
    },
}

impl From<SlugError> for Fault {
    fn from(error: SlugError) -> Self {
        ProblemError::from(error).into()
    }
}

/// A topic in quotes. What can be told from its look only with difficulty, such as a combining accent or
/// an unusual space, is written as its number.
struct Spelling<'a>(&'a Topic);

impl fmt::Display for Spelling<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for c in self.0.as_str().chars() {
            if c.is_alphanumeric() || c == ' ' || c.is_ascii_punctuation() {
                write!(f, "{c}")?;
            } else {
                write!(f, "{}", c.escape_unicode())?;
            }
        }
        f.write_str("\"")
    }
}
