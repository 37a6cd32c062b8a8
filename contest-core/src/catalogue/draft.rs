//! Entries of files, checked field by field, so that all their faults are found.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

use crate::catalogue::{Catalogue, CatalogueError, CatalogueFault, Conversion, Entry, Fault};
use crate::id::ProblemId;
use crate::model::{Difficulty, Problem, Rating, Slug, Topic, check_link, check_title};

/// The names of all fields.
pub(super) const FIELDS: [&str; 9] = [
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

/// The field of this name, in any letter case and with white space around.
pub(super) fn field(name: &str) -> Result<&'static str, Fault> {
    let name = name.trim();
    let known = FIELDS
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(name));
    known.ok_or_else(|| {
        let shown: String = name.chars().take(64).collect();
        let expected = FIELDS.join(", ");
        malformed(format!(
            "unknown field `{}`: expected one of {expected}",
            shown.escape_debug()
        ))
    })
}

pub(super) fn malformed(message: impl fmt::Display) -> Fault {
    let message = message.to_string();
    Fault::Malformed { message }
}

/// The error for the source as a whole.
pub(super) fn whole(entry: Entry, fault: Fault) -> CatalogueError {
    CatalogueError::new(vec![CatalogueFault { entry, fault }])
}

/// Reads a text without its byte order mark.
pub(super) fn read_text(mut reader: impl Read) -> Result<String, CatalogueError> {
    let mut bytes = Vec::new();
    let read = reader.read_to_end(&mut bytes);
    read.map_err(|error| whole(Entry::Whole, malformed(error)))?;
    let mut text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = Lines::new(error.as_bytes()).at(valid);
        whole(
            Entry::Line(line),
            malformed("not UTF-8: save the file as UTF-8"),
        )
    })?;
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    Ok(text)
}

/// The numbers of the lines of a text, whose breaks may be of any kind.
pub(super) struct Lines<'t> {
    rest: std::slice::Iter<'t, u8>,
    seen: usize,
    line: u64,
    after_return: bool,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t [u8]) -> Self {
        Self {
            rest: text.iter(),
            seen: 0,
            line: 1,
            after_return: false,
        }
    }

    /// The line of the byte at this place, which is not before the last one asked for.
    pub(super) fn at(&mut self, place: usize) -> u64 {
        for byte in self.rest.by_ref().take(place.saturating_sub(self.seen)) {
            let breaks = *byte == b'\r' || *byte == b'\n' && !self.after_return;
            self.line += u64::from(breaks);
            self.after_return = *byte == b'\r';
        }
        self.seen = self.seen.max(place);
        self.line
    }
}

/// A field as a file has it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Text(String),
    #[cfg_attr(
        not(feature = "json"),
        expect(dead_code, reason = "CSV has only texts")
    )]
    Number(f64),
    #[cfg_attr(
        not(feature = "json"),
        expect(dead_code, reason = "CSV has only texts")
    )]
    Flag(bool),
    #[cfg_attr(
        not(feature = "json"),
        expect(dead_code, reason = "CSV has only texts")
    )]
    Texts(Vec<String>),
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => {
                let shown: String = text.chars().take(64).collect();
                write!(f, "{shown:?}")
            }
            Self::Number(number) => number.fmt(f),
            Self::Flag(flag) => flag.fmt(f),
            Self::Texts(_) => f.write_str("a list"),
        }
    }
}

/// The entries read so far.
#[derive(Debug, Default)]
pub(super) struct Drafts {
    problems: Vec<(Entry, Problem)>,
    faults: Vec<CatalogueFault>,
    conversions: Vec<Conversion>,
}

impl Drafts {
    pub(super) fn fault(&mut self, entry: Entry, fault: Fault) {
        self.faults.push(CatalogueFault { entry, fault });
    }

    /// Checks an entry that has these faults already. `place` is its position unless it says another.
    pub(super) fn check(&mut self, entry: Entry, place: u32, cells: Cells, faults: Vec<Fault>) {
        let mut draft = Draft {
            entry,
            cells,
            faults,
            conversions: &mut self.conversions,
        };
        let problem = draft.problem(place);
        let faults = draft.faults.into_iter();
        let faults = faults.map(|fault| CatalogueFault { entry, fault });
        let before = self.faults.len();
        self.faults.extend(faults);
        if let Some(problem) = problem.filter(|_| self.faults.len() == before) {
            self.problems.push((entry, problem));
        }
    }

    pub(super) fn finish(mut self) -> Result<Catalogue, CatalogueError> {
        if self.problems.is_empty() && self.faults.is_empty() {
            self.fault(Entry::Whole, Fault::Empty);
        }
        let mut catalogue = Catalogue::from_entries(self.problems, self.faults)?;
        catalogue.conversions = self.conversions;
        Ok(catalogue)
    }
}

/// The fields of an entry that are not empty.
pub(super) type Cells = BTreeMap<&'static str, Cell>;

/// An entry being checked.
struct Draft<'a> {
    entry: Entry,
    cells: Cells,
    faults: Vec<Fault>,
    conversions: &'a mut Vec<Conversion>,
}

impl Draft<'_> {
    /// The problem; worth nothing if there are faults.
    fn problem(&mut self, place: u32) -> Option<Problem> {
        let slug = self.required("slug");
        let slug = slug.and_then(|text| self.checked(Slug::new(text)));
        let title = self.required("title");
        let title = title.and_then(|text| self.checked(check_title(&text).map(|()| text)));
        let difficulty = self.required("difficulty");
        let difficulty = difficulty.and_then(|text| self.checked(text.parse::<Difficulty>()));
        let topics: Vec<_> = self.list("topics", |text| text.split(';').map(str::trim).collect());
        let topics: Vec<_> = topics
            .into_iter()
            .filter_map(|topic| self.checked(Topic::new(topic)))
            .collect();
        let links = self.list("link", |text| text.split_whitespace().collect());
        for link in &links {
            self.checked(check_link(link));
        }
        let id = self.text("id");
        let id = id.and_then(|id| self.checked(id.parse::<ProblemId>()));
        let position = self.position().unwrap_or(place);
        let retired = self.flag("retired");
        let rating = self.rating();
        let problem = Problem::new(slug?.as_str(), title?, difficulty?).ok()?;
        let problem = links.into_iter().try_fold(problem, Problem::with_link);
        let problem = problem.ok()?;
        let id = id.unwrap_or(problem.id);
        let problem = problem.with_id(id).with_topics(topics);
        Some(
            problem
                .with_position(position)
                .with_retired(retired)
                .with_rating(rating),
        )
    }

    /// The value, or a fault.
    fn checked<T, E: Into<Fault>>(&mut self, value: Result<T, E>) -> Option<T> {
        value.map_err(|error| self.faults.push(error.into())).ok()
    }

    fn unfit(&mut self, name: &str, cell: &Cell, expected: &str) {
        let message = format!("the {name} is {cell}: expected {expected}");
        self.faults.push(malformed(message));
    }

    fn required(&mut self, name: &'static str) -> Option<String> {
        if self.cells.contains_key(name) {
            return self.text(name);
        }
        self.faults
            .push(malformed(format!("the {name} is missing")));
        None
    }

    fn text(&mut self, name: &'static str) -> Option<String> {
        match self.cells.remove(name)? {
            Cell::Text(text) => Some(text),
            cell => {
                self.unfit(name, &cell, "a text");
                None
            }
        }
    }

    /// A list, which may be one text that `split` takes apart.
    fn list(&mut self, name: &'static str, split: fn(&str) -> Vec<&str>) -> Vec<String> {
        match self.cells.remove(name) {
            None => Vec::new(),
            Some(Cell::Texts(texts)) => texts,
            Some(Cell::Text(text)) => {
                let parts = split(&text).into_iter();
                let parts = parts.filter(|part| !part.is_empty());
                parts.map(str::to_owned).collect()
            }
            Some(cell) => {
                self.unfit(name, &cell, "a list of texts");
                Vec::new()
            }
        }
    }

    /// A field that is not text; `None` for the words that programs write for nothing.
    fn value(&mut self, name: &'static str) -> Option<Cell> {
        const NOTHING: [&str; 4] = ["nan", "none", "null", "n/a"];
        let cell = self.cells.remove(name)?;
        let nothing = |text: &str| NOTHING.iter().any(|word| word.eq_ignore_ascii_case(text));
        let empty = matches!(&cell, Cell::Text(text) if nothing(text) || text.is_empty());
        (!empty).then_some(cell)
    }

    fn flag(&mut self, name: &'static str) -> bool {
        match self.value(name) {
            None => false,
            Some(Cell::Flag(flag)) => flag,
            Some(Cell::Text(text)) if text.eq_ignore_ascii_case("true") => true,
            Some(Cell::Text(text)) if text.eq_ignore_ascii_case("false") => false,
            Some(cell) => {
                self.unfit(name, &cell, "true or false");
                false
            }
        }
    }

    fn position(&mut self) -> Option<u32> {
        let cell = self.value("position")?;
        let most = f64::from(u32::MAX);
        let position = number(&cell).filter(|n| n.fract() == 0.0 && (0.0..=most).contains(n));
        if position.is_none() {
            self.unfit("position", &cell, "a whole number from 0");
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is a whole number in the range"
        )]
        position.map(|position| position as u32)
    }

    /// The rating, rounded to a whole number, half away from zero.
    fn rating(&mut self) -> Option<Rating> {
        let cell = self.value("rating")?;
        let exact = number(&cell);
        let rounded = exact.map(f64::round).filter(|n| n.abs() <= 10_000.0);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "it is a whole number in the range"
        )]
        let rating = rounded.and_then(|rating| Rating::new(rating as i16).ok());
        match (rating, exact) {
            (None, _) => self.unfit("rating", &cell, "a number from -10000 to 10000"),
            (Some(rating), Some(exact)) if exact.fract() != 0.0 => {
                self.conversions.push(Conversion {
                    entry: self.entry,
                    field: "rating",
                    given: exact.to_string(),
                    taken: rating.to_string(),
                });
            }
            _ => {}
        }
        rating
    }
}

fn number(cell: &Cell) -> Option<f64> {
    let number = match cell {
        Cell::Number(number) => *number,
        Cell::Text(text) => text.parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}
