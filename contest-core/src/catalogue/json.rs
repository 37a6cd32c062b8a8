//! Catalogues from JSON.

use std::io::Read;

use serde::Deserialize;
use serde_json::Value;

use crate::catalogue::{Catalogue, CatalogueError, CatalogueFault, Entry, Fault};
use crate::id::ProblemId;
use crate::model::{Problem, Rating, Topic};

/// An object of the list. Each text is checked by its type.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    slug: String,
    title: String,
    difficulty: String,
    #[serde(default)]
    topics: Vec<String>,
    link: Option<String>,
    position: Option<u32>,
    id: Option<String>,
    #[serde(default)]
    retired: bool,
    rating: Option<Rating>,
}

impl Catalogue {
    /// Reads a catalogue from a JSON array of objects with the fields `slug`, `title` and `difficulty`,
    /// and optionally `topics` (an array of strings), `link` (a string, as in CSV), `position`, `id`,
    /// `retired` and `rating` (a number). They mean the same as the columns of `Catalogue::from_csv`.
    /// An unknown field is an error.
    ///
    /// # Errors
    /// [`CatalogueError`] with every faulty entry and its place in the array, from 1.
    ///
    /// ```
    /// use contest_core::catalogue::Catalogue;
    ///
    /// let json = r#"[{"slug": "two-sum", "title": "Two Sum", "difficulty": "Easy"}]"#;
    /// assert_eq!(Catalogue::from_json(json.as_bytes())?.totals().easy, 1);
    /// # Ok::<(), contest_core::catalogue::CatalogueError>(())
    /// ```
    pub fn from_json(reader: impl Read) -> Result<Self, CatalogueError> {
        let whole = |fault| {
            CatalogueError::new(vec![CatalogueFault {
                entry: Entry::Whole,
                fault,
            }])
        };
        // First the array, then each object, so that a fault names the entry instead of a position in
        // the text.
        let items: Vec<Value> =
            serde_json::from_reader(std::io::BufReader::new(reader)).map_err(|error| {
                whole(Fault::Malformed {
                    message: error.to_string(),
                })
            })?;
        if items.is_empty() {
            return Err(whole(Fault::Empty));
        }
        let (mut entries, mut faults) = (Vec::new(), Vec::new());
        for (item, place) in items.into_iter().zip(1..) {
            let entry = Entry::Item(u64::from(place));
            match problem(item, place) {
                Ok(problem) => entries.push((entry, problem)),
                Err(fault) => faults.push(CatalogueFault { entry, fault }),
            }
        }
        Self::from_entries(entries, faults)
    }
}

fn problem(item: Value, place: u32) -> Result<Problem, Fault> {
    let item: Item = serde_json::from_value(item).map_err(|error| Fault::Malformed {
        message: error.to_string(),
    })?;
    let topics: Vec<_> = item
        .topics
        .into_iter()
        .map(Topic::new)
        .collect::<Result<_, _>>()?;
    let mut problem = Problem::new(item.slug, item.title, item.difficulty.parse()?)?
        .with_topics(topics)
        .with_position(item.position.unwrap_or(place))
        .with_retired(item.retired)
        .with_rating(item.rating);
    for link in item.link.iter().flat_map(|links| links.split_whitespace()) {
        problem = problem.with_link(link)?;
    }
    if let Some(id) = item.id {
        problem = problem.with_id(id.parse::<ProblemId>()?);
    }
    Ok(problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_faulty_entry_is_named() {
        let json = r#"[
            {"slug": "a", "title": "A", "difficulty": "Easy"},
            {"slug": "a", "title": "A", "difficulty": "Easy"},
            {"slug": "b", "title": "B", "dificulty": "Easy"},
            {"slug": "c", "title": "C", "difficulty": "Easy", "topics": [" "]},
            7,
            {"slug": "d", "title": "D", "difficulty": "Easy", "rating": 10001}
        ]"#;
        let text = Catalogue::from_json(json.as_bytes())
            .unwrap_err()
            .to_string();
        for part in [
            "entry 2: the slug a",
            "entry 3",
            "dificulty",
            "entry 4",
            "entry 5",
            "entry 6: the rating is 10001",
        ] {
            assert!(text.contains(part), "{part:?} is not in {text:?}");
        }
        assert!(Catalogue::from_json(&b"[]"[..]).is_err());
        assert!(Catalogue::from_json(&b"{"[..]).is_err());
    }
}
