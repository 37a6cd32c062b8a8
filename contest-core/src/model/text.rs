//! Short validated texts: slugs, topics and idempotency keys.
//!
//! Each is cheap to clone and cannot hold a value its rule forbids.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization as _;

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $error:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, $error> {
                Self::new(text)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = $error;

            fn try_from(text: &str) -> Result<Self, $error> {
                Self::new(text)
            }
        }

        impl FromStr for $name {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, $error> {
                Self::new(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        /// So that a map keyed by this type can be looked up with a `&str`.
        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                self.as_str()
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.as_str().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({:?})"), self.as_str())
            }
        }
    };
}

text! {
    /// A problem's name in URLs, such as two-sum or `ABC001_A`: 1 to 200 ASCII letters, digits,
    /// underscores, and single hyphens between them. Kept as given; a [catalogue](crate::catalogue)
    /// takes no two slugs that differ only in letter case.
    Slug, SlugError
}
text! {
    /// A topic of problems, such as `Two Pointers`: 1 to 100 characters, at least one of them visible,
    /// no control characters, no white space at the ends. Case-sensitive, but a
    /// [catalogue](crate::catalogue) takes no two topics that look alike.
    Topic, TopicError
}
text! {
    /// A title, such as that of a round: 1 to 200 characters, at least one of them visible, no control
    /// characters, no white space at the ends.
    Title, TitleError
}
text! {
    /// The caller's key for a creation, so that repeating it does not create a second contest: 1 to 255
    /// visible ASCII characters.
    IdempotencyKey, IdempotencyKeyError
}
text! {
    /// The host's id of a submission: 1 to 255 visible ASCII characters.
    SubmissionId, SubmissionIdError
}

/// A text is not a slug.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not a slug: expected 1 to 200 letters (a to z), digits, underscores and single hyphens \
     between them, such as two-sum"
)]
#[non_exhaustive]
pub struct SlugError {
    /// The text given, cut to its first 200 characters.
    pub text: String,
}

/// A text is not a topic.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not a topic: expected 1 to 100 characters, at least one of them visible, no control \
     characters, and no white space at the ends"
)]
#[non_exhaustive]
pub struct TopicError {
    /// The text given, cut to its first 200 characters.
    pub text: String,
}

/// A text is not an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an idempotency key: expected 1 to 255 visible ASCII characters")]
#[non_exhaustive]
pub struct IdempotencyKeyError {
    /// The text given, cut to its first 200 characters.
    pub text: String,
}

/// A text is not a title.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not a title: expected 1 to 200 characters, at least one of them visible, no control \
     characters, no white space at the ends"
)]
#[non_exhaustive]
pub struct TitleError {
    /// The text given, cut to its first 200 characters.
    pub text: String,
}

/// A text is not the id of a submission.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not the id of a submission: expected 1 to 255 visible ASCII characters")]
#[non_exhaustive]
pub struct SubmissionIdError {
    /// The text given, cut to its first 200 characters.
    pub text: String,
}

/// Whether people can read a text and every store can keep it: at most `most` characters, at least one
/// of them visible, and no control characters. Those include line breaks and the controls that reverse
/// the direction of what follows, with which a text can pass for another.
pub(super) fn is_presentable(text: &str, most: usize) -> bool {
    text.chars().take(most + 1).count() <= most
        && !text.chars().any(is_control)
        && !text.chars().all(is_invisible)
}

/// Control characters, line and paragraph separators, and embeddings, overrides and isolates of
/// direction. Not the marks of direction, which texts from right to left need.
pub(super) fn is_control(c: char) -> bool {
    let separates = matches!(c, '\u{2028}' | '\u{2029}');
    let directs = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    c.is_control() || separates || directs
}

/// White space and characters that show nothing: those with the property
/// `Default_Ignorable_Code_Point` of Unicode, annotations, and the blank pattern of Braille.
pub(super) fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '\u{AD}'
                | '\u{34F}'
                | '\u{61C}'
                | '\u{115F}'..='\u{1160}'
                | '\u{17B4}'..='\u{17B5}'
                | '\u{180B}'..='\u{180F}'
                | '\u{200B}'..='\u{200F}'
                | '\u{202A}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{FE00}'..='\u{FE0F}'
                | '\u{FEFF}'
                | '\u{FFA0}'
                | '\u{FFF0}'..='\u{FFFB}'
                | '\u{1BCA0}'..='\u{1BCA3}'
                | '\u{1D173}'..='\u{1D17A}'
                | '\u{E0000}'..='\u{E0FFF}'
        )
}

impl Topic {
    /// What topics that people take for the same have in common: no matter how their letters are
    /// composed, their letter case, white space, and characters that show nothing.
    pub(crate) fn look(&self) -> String {
        let visible = |word: &str| {
            word.chars()
                .filter(|c| !is_invisible(*c))
                .collect::<String>()
        };
        let words = self.as_str().split_whitespace().map(visible);
        let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
        let lower = words.join(" ").nfc().collect::<String>().to_lowercase();
        lower.nfc().collect()
    }
}

pub(super) fn excerpt(text: &str) -> String {
    text.chars().take(200).collect()
}

impl Slug {
    /// Checks a slug.
    ///
    /// # Errors
    /// [`SlugError`] if the text breaks the rule of the type.
    pub fn new(text: impl AsRef<str>) -> Result<Self, SlugError> {
        let text = text.as_ref();
        let part_ok = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        };
        if text.len() <= 200 && text.split('-').all(part_ok) {
            Ok(Self(text.into()))
        } else {
            Err(SlugError {
                text: excerpt(text),
            })
        }
    }
}

impl Topic {
    /// Checks a topic.
    ///
    /// # Errors
    /// [`TopicError`] if the text breaks the rule of the type.
    pub fn new(text: impl AsRef<str>) -> Result<Self, TopicError> {
        let text = text.as_ref();
        if is_presentable(text, 100) && text.trim() == text {
            Ok(Self(text.into()))
        } else {
            Err(TopicError {
                text: excerpt(text),
            })
        }
    }
}

impl Title {
    /// Checks a title.
    ///
    /// # Errors
    /// [`TitleError`] if the text breaks the rule of the type.
    pub fn new(text: impl AsRef<str>) -> Result<Self, TitleError> {
        let text = text.as_ref();
        if is_presentable(text, 200) && text.trim() == text {
            Ok(Self(text.into()))
        } else {
            Err(TitleError {
                text: excerpt(text),
            })
        }
    }
}

impl IdempotencyKey {
    /// Checks a key.
    ///
    /// # Errors
    /// [`IdempotencyKeyError`] if the text breaks the rule of the type.
    pub fn new(text: impl AsRef<str>) -> Result<Self, IdempotencyKeyError> {
        let text = text.as_ref();
        if is_token(text) {
            Ok(Self(text.into()))
        } else {
            Err(IdempotencyKeyError {
                text: excerpt(text),
            })
        }
    }
}

impl SubmissionId {
    /// Checks an id.
    ///
    /// # Errors
    /// [`SubmissionIdError`] if the text breaks the rule of the type.
    pub fn new(text: impl AsRef<str>) -> Result<Self, SubmissionIdError> {
        let text = text.as_ref();
        if is_token(text) {
            Ok(Self(text.into()))
        } else {
            Err(SubmissionIdError {
                text: excerpt(text),
            })
        }
    }
}

/// Whether a text has 1 to 255 characters, all of them visible ASCII.
fn is_token(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_words_joined_by_single_hyphens() {
        for good in ["two-sum", "3sum", "a", "powx-n", "ABC001_A", "APG4b_a", "_"] {
            assert!(Slug::new(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "-",
            "two--sum",
            "-two",
            "two-",
            "two sum",
            "two.sum",
            "two\u{200b}sum",
            "zwei-süm",
        ] {
            assert!(Slug::new(bad).is_err(), "{bad}");
        }
        assert!(Slug::new("a".repeat(201)).is_err());
    }

    #[test]
    fn topics_keep_inner_spaces_and_refuse_outer_ones() {
        assert!(Topic::new("Heap / Priority Queue").is_ok());
        for bad in ["", " ", " Trees", "Trees ", "Tre\nes"] {
            assert!(Topic::new(bad).is_err(), "{bad:?}");
        }
        assert!(Topic::new("é".repeat(100)).is_ok());
        assert!(Topic::new("é".repeat(101)).is_err());
    }

    #[test]
    fn texts_without_a_visible_character_or_with_controls_are_refused() {
        for good in [
            "גרפים",
            "\u{200f}גרפים",
            "👩\u{200d}💻",
            "क्\u{200d}ष",
            "a\u{ad}b",
        ] {
            assert!(is_presentable(good, 9), "{good:?}");
        }
        for bad in [
            "",
            "\u{200b}",
            "\u{feff}",
            " \u{2060}\u{3164}",
            "\u{e0041}",
            "a\0",
            "a\u{1b}[2J",
            "a\u{85}b",
            "a\u{2028}b",
            "a\u{202e}b",
            "a\u{2066}b",
        ] {
            assert!(!is_presentable(bad, 9), "{bad:?}");
        }
        assert!(!is_presentable("0123456789", 9));
    }

    #[test]
    fn idempotency_keys_are_visible_ascii() {
        assert!(IdempotencyKey::new("7f6b-retry/1").is_ok());
        for bad in ["", "a b", "schlüssel", "tab\t"] {
            assert!(IdempotencyKey::new(bad).is_err(), "{bad:?}");
        }
    }
}
