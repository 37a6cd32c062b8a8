//! Short validated texts: slugs, topics and idempotency keys.
//!
//! Each is cheap to clone and cannot hold a value its rule forbids.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

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
    /// A problem's name in URLs, such as two-sum: 1 to 200 lower-case ASCII letters, digits and single
    /// hyphens between them.
    Slug, SlugError
}
text! {
    /// A topic of problems, such as `Two Pointers`: 1 to 100 characters, no control characters, no
    /// white space at the ends. Case-sensitive.
    Topic, TopicError
}
text! {
    /// The caller's key for a creation, so that repeating it does not create a second contest: 1 to 255
    /// visible ASCII characters.
    IdempotencyKey, IdempotencyKeyError
}

/// A text is not a slug.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not a slug: expected 1 to 200 lower-case letters, digits and single hyphens \
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
    "{text:?} is not a topic: expected 1 to 100 characters without control characters or white \
     space at the ends"
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

fn excerpt(text: &str) -> String {
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
            !part.is_empty()
                && part
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
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
        let length_ok = (1..=100).contains(&text.chars().count());
        if length_ok && text.trim() == text && !text.chars().any(char::is_control) {
            Ok(Self(text.into()))
        } else {
            Err(TopicError {
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
        if (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()) {
            Ok(Self(text.into()))
        } else {
            Err(IdempotencyKeyError {
                text: excerpt(text),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_lower_case_words_joined_by_single_hyphens() {
        for good in ["two-sum", "3sum", "a", "powx-n"] {
            assert!(Slug::new(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "-",
            "two--sum",
            "-two",
            "two-",
            "Two-Sum",
            "two sum",
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
    }

    #[test]
    fn idempotency_keys_are_visible_ascii() {
        assert!(IdempotencyKey::new("7f6b-retry/1").is_ok());
        for bad in ["", "a b", "schlüssel", "tab\t"] {
            assert!(IdempotencyKey::new(bad).is_err(), "{bad:?}");
        }
    }
}
