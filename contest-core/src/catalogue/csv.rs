//! Catalogues from CSV.

use std::io::Read;
use std::str::FromStr;

use csv::{ReaderBuilder, StringRecord, Trim};

use crate::catalogue::{Catalogue, CatalogueError, CatalogueFault, Entry, Fault};
use crate::id::ProblemId;
use crate::model::{Difficulty, Problem, Rating, Topic};

const COLUMNS: [&str; 9] = [
    "slug",
    "title",
    "difficulty",
    "topics",
    "link",
    "position",
    "id",
    "retired",
    "rating",
];
const REQUIRED: [&str; 3] = ["slug", "title", "difficulty"];

impl Catalogue {
    /// Reads a catalogue from CSV (RFC 4180, UTF-8) with a header line.
    ///
    /// | column | required | meaning |
    /// |---|---|---|
    /// | `slug` | yes | unique name in URLs |
    /// | `title` | yes | display name |
    /// | `difficulty` | yes | `Easy`, `Medium` or `Hard`, in any letter case |
    /// | `topics` | no | separated by `;` |
    /// | `link` | no | an `http` or `https` URL, or several separated by spaces, the main one first |
    /// | `position` | no | a whole number; its place in the file if missing or empty |
    /// | `id` | no | a UUID; derived from the slug if missing or empty |
    /// | `retired` | no | `true` or `false`; `false` if missing or empty |
    /// | `rating` | no | a whole number from 0 to 10000; none if missing or empty |
    ///
    /// White space around fields is ignored. An unknown column is an error, so that a misspelt name
    /// does not silently lose data.
    ///
    /// # Errors
    /// [`CatalogueError`] with every faulty line and its number.
    ///
    /// ```
    /// use contest_core::catalogue::Catalogue;
    ///
    /// let csv = "slug,title,difficulty,topics\n\
    ///            two-sum,Two Sum,easy,Arrays;Hashing\n";
    /// assert_eq!(Catalogue::from_csv(csv.as_bytes())?.totals().easy, 1);
    ///
    /// let error = Catalogue::from_csv("slug,title,difficulty\nTwo Sum,,easy\n".as_bytes());
    /// assert!(error.unwrap_err().to_string().contains("line 2"));
    /// # Ok::<(), contest_core::catalogue::CatalogueError>(())
    /// ```
    pub fn from_csv(reader: impl Read) -> Result<Self, CatalogueError> {
        let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(reader);
        let columns = match reader.headers() {
            Ok(header) => Columns::new(header),
            Err(error) => Err(Fault::Malformed {
                message: error.to_string(),
            }),
        };
        let columns = columns.map_err(|fault| {
            CatalogueError::new(vec![CatalogueFault {
                entry: Entry::Line(1),
                fault,
            }])
        })?;
        let (mut entries, mut faults) = (Vec::new(), Vec::new());
        for (record, place) in reader.records().zip(1..) {
            let (entry, problem) = match record {
                Ok(record) => {
                    let line = record.position().map_or(0, csv::Position::line);
                    (Entry::Line(line), columns.problem(&record, place))
                }
                Err(error) => {
                    let entry = error
                        .position()
                        .map_or(Entry::Whole, |at| Entry::Line(at.line()));
                    (
                        entry,
                        Err(Fault::Malformed {
                            message: error.to_string(),
                        }),
                    )
                }
            };
            match problem {
                Ok(problem) => entries.push((entry, problem)),
                Err(fault) => faults.push(CatalogueFault { entry, fault }),
            }
        }
        if entries.is_empty() && faults.is_empty() {
            faults.push(CatalogueFault {
                entry: Entry::Whole,
                fault: Fault::Empty,
            });
        }
        Self::from_entries(entries, faults)
    }
}

/// The index of each known column in a record.
struct Columns([Option<usize>; COLUMNS.len()]);

impl Columns {
    fn new(header: &StringRecord) -> Result<Self, Fault> {
        let mut places = [None; COLUMNS.len()];
        for (place, name) in header.iter().enumerate() {
            let known = COLUMNS
                .iter()
                .zip(&mut places)
                .find(|(column, _)| **column == name);
            let Some((_, slot)) = known else {
                let message = format!(
                    "unknown column `{name}`: expected one of {}",
                    COLUMNS.join(", ")
                );
                return Err(Fault::Malformed { message });
            };
            if slot.replace(place).is_some() {
                let message = format!("the column `{name}` occurs twice");
                return Err(Fault::Malformed { message });
            }
        }
        let columns = Self(places);
        match REQUIRED
            .into_iter()
            .find(|name| columns.place(name).is_none())
        {
            Some(name) => Err(Fault::Malformed {
                message: format!("the column `{name}` is missing"),
            }),
            None => Ok(columns),
        }
    }

    fn place(&self, column: &str) -> Option<usize> {
        COLUMNS
            .iter()
            .zip(self.0)
            .find(|(name, _)| **name == column)?
            .1
    }

    /// A field, if it is present and not empty.
    fn field<'r>(&self, record: &'r StringRecord, column: &str) -> Option<&'r str> {
        record
            .get(self.place(column)?)
            .filter(|text| !text.is_empty())
    }

    fn parsed<T: FromStr>(
        &self,
        record: &StringRecord,
        column: &str,
        expected: &str,
    ) -> Result<Option<T>, Fault> {
        let Some(text) = self.field(record, column) else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|_| Fault::Malformed {
            message: format!("{text:?} is not a {column}: expected {expected}"),
        })
    }

    fn problem(&self, record: &StringRecord, place: u32) -> Result<Problem, Fault> {
        let text = |column| self.field(record, column).unwrap_or_default();
        let difficulty: Difficulty = text("difficulty").parse()?;
        let topics = text("topics")
            .split(';')
            .map(str::trim)
            .filter(|topic| !topic.is_empty());
        let topics: Vec<_> = topics.map(Topic::new).collect::<Result<_, _>>()?;
        let position = self
            .parsed(record, "position", "a whole number from 0")?
            .unwrap_or(place);
        let retired = self
            .parsed(record, "retired", "true or false")?
            .unwrap_or(false);
        let rating: Option<Rating> =
            self.parsed(record, "rating", "a whole number from 0 to 10000")?;
        let mut problem = Problem::new(text("slug"), text("title"), difficulty)?
            .with_topics(topics)
            .with_position(position)
            .with_retired(retired)
            .with_rating(rating);
        for link in self
            .field(record, "link")
            .into_iter()
            .flat_map(str::split_whitespace)
        {
            problem = problem.with_link(link)?;
        }
        if let Some(id) = self.field(record, "id") {
            problem = problem.with_id(id.parse::<ProblemId>()?);
        }
        Ok(problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(csv: &str) -> String {
        Catalogue::from_csv(csv.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn every_faulty_line_is_named() {
        let text = error(
            "slug,title,difficulty,link\n\
             a,A,easy,\n\
             a,Again,easy,\n\
             b,,easy,\n\
             c,C,brutal,\n\
             d,D,easy,javascript:alert(1)\n\
             e,E\n",
        );
        for part in [
            "5 fault(s)",
            "line 3: the slug a is already used by line 2",
            "line 4",
            "line 5",
            "line 6",
            "line 7",
        ] {
            assert!(text.contains(part), "{part:?} is not in {text:?}");
        }
    }

    #[test]
    fn a_misspelt_missing_or_repeated_column_is_an_error() {
        assert!(error("slug,title,difficulty,topcis\n").contains("unknown column `topcis`"));
        assert!(error("slug,title\n").contains("`difficulty` is missing"));
        assert!(error("slug,slug,title,difficulty\n").contains("`slug` occurs twice"));
        assert!(error("slug,title,difficulty\n").contains("has no problems"));
        assert!(error("").contains("`slug` is missing"));
    }

    #[test]
    fn a_rating_off_the_scale_is_an_error() {
        for bad in ["10001", "-1", "high"] {
            let text = error(&format!("slug,title,difficulty,rating\na,A,easy,{bad}\n"));
            assert!(
                text.contains(&format!("line 2: {bad:?} is not a rating")),
                "{text}"
            );
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_are_an_error_and_not_a_panic() {
        let csv = b"slug,title,difficulty\na,\xff,easy\n";
        assert!(
            Catalogue::from_csv(&csv[..])
                .unwrap_err()
                .to_string()
                .contains("line 2")
        );
    }

    #[test]
    fn optional_columns_are_taken() {
        let csv = "id,slug,title,difficulty,position,retired,rating\n\
                   0190d3f4-7a00-7000-8000-000000000001,a,A,hard,7,true,2400\n\
                   ,b,B,easy,,,\n";
        let catalogue = Catalogue::from_csv(csv.as_bytes()).unwrap();
        let problem = &catalogue.problems()[1];
        assert_eq!(
            problem.id.to_string(),
            "0190d3f4-7a00-7000-8000-000000000001"
        );
        assert_eq!((problem.position, problem.retired), (7, true));
        assert_eq!(problem.rating, Rating::new(2_400).ok());
        assert_eq!(catalogue.problems()[0].rating, None);
        assert_eq!(catalogue.totals().hard, 0);
    }
}
