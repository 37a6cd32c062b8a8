//! Catalogues from CSV.

use std::io::Read;

use csv::{ReaderBuilder, StringRecord, Trim};

use crate::catalogue::draft::{Cell, Cells, Drafts, Lines, field, malformed, read_text, whole};
use crate::catalogue::{Catalogue, CatalogueError, Entry, Fault};

const REQUIRED: [&str; 3] = ["slug", "title", "difficulty"];

/// What may separate fields, the usual one first.
const SEPARATORS: [char; 3] = [',', ';', '\t'];

impl Catalogue {
    /// Reads a catalogue from CSV (RFC 4180, UTF-8) with a header line. Fields are separated by commas,
    /// semicolons or tabs: by the first of them that stands in the header.
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
    /// | `rating` | no | a number from -10000 to 10000, rounded to a whole one; none if missing or empty |
    ///
    /// Letter case does not count in the names of columns, in `true` and in `false`. `NaN`, `none`,
    /// `null` and `n/a` are the same as an empty field, except in texts. White space around fields,
    /// empty lines and empty columns without a name are ignored. An unknown column is an error, so that
    /// a misspelt name does not silently lose data. [`Catalogue::conversions`] tells what was rounded.
    ///
    /// # Errors
    /// [`CatalogueError`] with every fault of every line and its number.
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
        let text = read_text(reader)?;
        let separator = separator(&text);
        let mut reader = ReaderBuilder::new()
            .trim(Trim::All)
            .flexible(true)
            .delimiter(u8::try_from(separator).unwrap_or(b','))
            .from_reader(text.as_bytes());
        let mut places = Places::new(&text);
        let header = match reader.headers() {
            Ok(header) => header.clone(),
            Err(error) => return Err(whole(Entry::Line(1), malformed(error))),
        };
        let entry = places.entry(&header);
        let columns = Columns::new(&header, separator).map_err(|fault| whole(entry, fault))?;
        let mut drafts = Drafts::default();
        let mut place = 0;
        for record in reader.into_records() {
            let record = match record {
                Ok(record) if record.iter().all(str::is_empty) => continue,
                Ok(record) => record,
                Err(error) => {
                    drafts.fault(Entry::Whole, malformed(error));
                    continue;
                }
            };
            let entry = places.entry(&record);
            place += 1;
            match columns.cells(&record) {
                Ok(cells) => drafts.check(entry, place, cells, Vec::new()),
                Err(fault) => drafts.fault(entry, fault),
            }
        }
        drafts.finish()
    }
}

/// The separator that the header line shows: the first one in it.
fn separator(text: &str) -> char {
    let header = text.lines().find(|line| !line.trim().is_empty());
    let header = header.and_then(|line| line.split('\r').find(|line| !line.is_empty()));
    let first = header.and_then(|line| line.chars().find(|c| SEPARATORS.contains(c)));
    first.unwrap_or(',')
}

/// The lines of records. The reader of the crate counts no carriage returns, and places a record at the
/// end of the one before.
struct Places<'t> {
    text: &'t [u8],
    lines: Lines<'t>,
}

impl<'t> Places<'t> {
    fn new(text: &'t str) -> Self {
        let text = text.as_bytes();
        let lines = Lines::new(text);
        Self { text, lines }
    }

    fn entry(&mut self, record: &StringRecord) -> Entry {
        let end = record.position().map_or(0, csv::Position::byte);
        let end = usize::try_from(end).unwrap_or(usize::MAX);
        let rest = self.text.get(end..).unwrap_or_default().iter();
        let breaks = rest.take_while(|byte| matches!(byte, b'\r' | b'\n'));
        Entry::Line(self.lines.at(end + breaks.count()))
    }
}

/// The field of each column; none for columns without a name, which must be empty.
struct Columns {
    fields: Vec<Option<&'static str>>,
    separator: char,
}

impl Columns {
    fn new(header: &StringRecord, separator: char) -> Result<Self, Fault> {
        let mut fields = Vec::new();
        for name in header {
            let known = (!name.is_empty()).then(|| field(name)).transpose()?;
            if known.is_some() && fields.contains(&known) {
                return Err(malformed(format!("the column `{name}` occurs twice")));
            }
            fields.push(known);
        }
        while fields.last().is_some_and(Option::is_none) {
            fields.pop();
        }
        let missing = REQUIRED.iter().find(|name| !fields.contains(&Some(**name)));
        match missing {
            Some(name) => Err(malformed(format!("the column `{name}` is missing"))),
            None => Ok(Self { fields, separator }),
        }
    }

    /// The fields of a record that are not empty.
    fn cells(&self, record: &StringRecord) -> Result<Cells, Fault> {
        let columns = self.fields.len();
        let surplus = record.iter().skip(columns).any(|text| !text.is_empty());
        if record.len() < columns || surplus {
            let (fields, separator) = (record.len(), self.separator.escape_debug());
            return Err(malformed(format!(
                "it has {fields} fields, the header {columns} columns: a field that has the \
                 separator `{separator}` in it must be in quotes"
            )));
        }
        let mut cells = Cells::new();
        for (name, text) in self.fields.iter().zip(record) {
            match name {
                _ if text.is_empty() => {}
                Some(name) => drop(cells.insert(*name, Cell::Text(text.to_owned()))),
                None => {
                    let shown: String = text.chars().take(64).collect();
                    return Err(malformed(format!(
                        "{shown:?} stands in a column without a name"
                    )));
                }
            }
        }
        Ok(cells)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Rating;

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
        assert!(error("slug,title,difficulty,topcis\n").contains("unknown field `topcis`"));
        assert!(error("slug,title\n").contains("`difficulty` is missing"));
        assert!(error("slug,slug,title,difficulty\n").contains("`slug` occurs twice"));
        assert!(error("slug,title,difficulty\n").contains("has no problems"));
        assert!(error("").contains("`slug` is missing"));
    }

    #[test]
    fn a_rating_off_the_scale_is_an_error() {
        for bad in ["10001", "-10001", "10000.5", "inf", "high"] {
            let text = error(&format!("slug,title,difficulty,rating\na,A,easy,{bad}\n"));
            assert!(
                text.contains(&format!("line 2: the rating is {bad:?}")),
                "{text}"
            );
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_are_an_error_and_not_a_panic() {
        let csv = b"slug,title,difficulty\na,\xff,easy\n";
        let text = Catalogue::from_csv(&csv[..]).unwrap_err().to_string();
        assert!(
            text.contains("line 2: not UTF-8: save the file as UTF-8"),
            "{text}"
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
