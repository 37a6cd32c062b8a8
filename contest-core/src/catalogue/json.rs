//! Catalogues from JSON.

use std::fmt;
use std::io::Read;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::catalogue::draft::{Cell, Cells, Drafts, field, malformed, read_text, whole};
use crate::catalogue::{Catalogue, CatalogueError, Entry, Fault};

/// The members of an object as they stand. A map would drop the first of two with the same name.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Objects;

        impl<'de> Visitor<'de> for Objects {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        from.deserialize_map(Objects)
    }
}

impl Catalogue {
    /// Reads a catalogue from a JSON array of objects with the fields `slug`, `title` and `difficulty`,
    /// and optionally `topics` (an array of strings), `link` (a string, as in CSV), `position`, `id`,
    /// `retired` and `rating` (a number). They mean the same as the columns of `Catalogue::from_csv`,
    /// and null is the same as nothing. An unknown field is an error, and so is one that occurs twice.
    ///
    /// # Errors
    /// [`CatalogueError`] with every fault of every entry and its place in the array, from 1.
    ///
    /// ```
    /// use contest_core::catalogue::Catalogue;
    ///
    /// let json = r#"[{"slug": "two-sum", "title": "Two Sum", "difficulty": "Easy"}]"#;
    /// assert_eq!(Catalogue::from_json(json.as_bytes())?.totals().easy, 1);
    /// # Ok::<(), contest_core::catalogue::CatalogueError>(())
    /// ```
    pub fn from_json(reader: impl Read) -> Result<Self, CatalogueError> {
        let text = read_text(reader)?;
        // First the array, then each object, so that a fault names the entry instead of a position in
        // the text.
        let items: Vec<&RawValue> =
            serde_json::from_str(&text).map_err(|error| whole(Entry::Whole, malformed(error)))?;
        let mut drafts = Drafts::default();
        for (item, place) in items.into_iter().zip(1..) {
            let entry = Entry::Item(u64::from(place));
            match serde_json::from_str(item.get()) {
                Ok(Members(members)) => {
                    let (cells, faults) = cells(members);
                    drafts.check(entry, place, cells, faults);
                }
                Err(error) => drafts.fault(entry, malformed(error)),
            }
        }
        drafts.finish()
    }
}

/// The fields of an object that are not null, and its faults.
fn cells(members: Vec<(String, Value)>) -> (Cells, Vec<Fault>) {
    let (mut cells, mut faults, mut seen) = (Cells::new(), Vec::new(), Vec::new());
    for (name, value) in members {
        let known = match field(&name) {
            Ok(known) if seen.contains(&known) => Err(malformed(format!("`{known}` occurs twice"))),
            known => known,
        };
        match known.and_then(|known| Ok((known, cell(known, value)?))) {
            Ok((known, cell)) => {
                seen.push(known);
                cells.extend(cell.map(|cell| (known, cell)));
            }
            Err(fault) => faults.push(fault),
        }
    }
    (cells, faults)
}

fn cell(name: &str, value: Value) -> Result<Option<Cell>, Fault> {
    let cell = match value {
        Value::Null => return Ok(None),
        Value::Bool(flag) => Cell::Flag(flag),
        Value::Number(number) => Cell::Number(number.as_f64().unwrap_or(f64::NAN)),
        Value::String(text) => Cell::Text(text),
        Value::Array(items) => {
            let text = |item| match item {
                Value::String(text) => Ok(text),
                other => Err(malformed(format!(
                    "`{name}` has {other} in it: expected texts"
                ))),
            };
            Cell::Texts(items.into_iter().map(text).collect::<Result<_, _>>()?)
        }
        Value::Object(_) => return Err(malformed(format!("`{name}` is an object"))),
    };
    Ok(Some(cell))
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
            "entry 6: the rating is 10001: expected a number from -10000 to 10000",
        ] {
            assert!(text.contains(part), "{part:?} is not in {text:?}");
        }
        assert!(Catalogue::from_json(&b"[]"[..]).is_err());
        assert!(Catalogue::from_json(&b"{"[..]).is_err());
    }
}
