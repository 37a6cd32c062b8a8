//! From rows to the domain, and lists of the domain into JSON, which statements take apart.

use std::fmt::Display;
use std::time::Duration;

use contest_core::ProblemId;
use contest_core::lifecycle::LatePolicy;
use contest_core::model::{AssignedProblem, ContestRecord, Ending, EndingKind, NewSolve};
use contest_core::store::StoreError;
use contest_core::time::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row, Sqlite, Type};
use uuid::Uuid;

/// The columns [`contest`] reads, of `contests c`.
macro_rules! contest_columns {
    () => {
        "c.user_id, c.id, c.started_at, c.deadline, c.ending, c.ended_at, c.grace, c.selection, \
         (SELECT json_group_array(json_array(hex(p.problem_id), p.completed_at) ORDER BY p.place) \
          FROM contest_problems p WHERE p.user_id = c.user_id AND p.contest_id = c.id) AS problems"
    };
}
pub(super) use contest_columns;

/// A row of a table, for reading its columns with errors that say where.
#[derive(Clone, Copy)]
pub(super) struct Cells<'r> {
    pub(super) row: &'r SqliteRow,
    pub(super) table: &'static str,
}

impl<'r> Cells<'r> {
    pub(super) fn get<T>(self, column: &'static str) -> Result<T, StoreError>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite>,
    {
        self.row
            .try_get(column)
            .map_err(|error| self.wrong(column, &error).with_source(error))
    }

    pub(super) fn id<T: From<Uuid>>(self, column: &'static str) -> Result<T, StoreError> {
        self.get::<Uuid>(column).map(T::from)
    }

    pub(super) fn time(self, column: &'static str) -> Result<Timestamp, StoreError> {
        self.get(column).map(Timestamp::from_micros)
    }

    pub(super) fn count(self, column: &'static str) -> Result<u64, StoreError> {
        let count: i64 = self.get(column)?;
        u64::try_from(count).map_err(|error| self.wrong(column, &error).with_source(error))
    }

    /// A value that the column may hold by its type and yet cannot be.
    pub(super) fn wrong(self, column: &str, why: &dyn Display) -> StoreError {
        let key = |column| self.row.try_get::<Uuid, _>(column).ok();
        let row = match (key("user_id"), key("id")) {
            (Some(user), Some(id)) => format!("user {user}, id {id}"),
            (Some(user), None) => format!("user {user}"),
            (None, Some(id)) => format!("id {id}"),
            (None, None) => "unknown".to_owned(),
        };
        let table = self.table;
        StoreError::inconsistent(format!("{table}.{column} in row ({row}): {why}"))
    }
}

/// Reads a contest from the columns of [`contest_columns!`].
pub(super) fn contest(row: &SqliteRow) -> Result<ContestRecord, StoreError> {
    let cells = Cells {
        row,
        table: "contests",
    };
    let selection = serde_json::from_str(cells.get("selection")?)
        .map_err(|error| cells.wrong("selection", &error).with_source(error))?;
    Ok(ContestRecord {
        id: cells.id("id")?,
        user: cells.id("user_id")?,
        started_at: cells.time("started_at")?,
        deadline: cells.time("deadline")?,
        ending: ending(cells)?,
        problems: problems(cells)?,
        selection,
        late_policy: late_policy(cells)?,
    })
}

/// Reads how a contest ended from `ending` and `ended_at`.
pub(super) fn ending(cells: Cells<'_>) -> Result<Option<Ending>, StoreError> {
    let Some(kind) = ending_kind(cells)? else {
        return Ok(None);
    };
    let at = cells.time("ended_at")?;
    Ok(Some(Ending { kind, at }))
}

/// Reads the kind of an ending from `ending`.
pub(super) fn ending_kind(cells: Cells<'_>) -> Result<Option<EndingKind>, StoreError> {
    Ok(Some(match cells.get("ending")? {
        None => return Ok(None),
        Some("completed") => EndingKind::Completed,
        Some("abandoned") => EndingKind::Abandoned,
        Some("expired") => EndingKind::Expired,
        Some(other) => return Err(cells.wrong("ending", &format!("`{other}` is no ending"))),
    }))
}

/// Reads a policy for late marks from `grace`.
pub(super) fn late_policy(cells: Cells<'_>) -> Result<LatePolicy, StoreError> {
    let Some(micros) = cells.get::<Option<i64>>("grace")? else {
        return Ok(LatePolicy::Reject);
    };
    let micros = u64::try_from(micros);
    let micros = micros.map_err(|error| cells.wrong("grace", &error).with_source(error))?;
    Ok(LatePolicy::AcceptFor(Duration::from_micros(micros)))
}

/// How [`late_policy`] is stored: the grace in microseconds, or none. Fails when that is not a whole
/// number of them, or too large.
pub(super) fn grace(policy: LatePolicy) -> Result<Option<i64>, StoreError> {
    let LatePolicy::AcceptFor(grace) = policy else {
        return Ok(None);
    };
    let unfit = || StoreError::permanent(format!("a grace of {grace:?} cannot be stored"));
    if grace.subsec_nanos() % 1_000 != 0 {
        return Err(unfit());
    }
    let micros = i64::try_from(grace.as_micros());
    Ok(Some(micros.map_err(|error| unfit().with_source(error))?))
}

/// How [`ending`] is stored.
pub(super) const fn ending_text(kind: EndingKind) -> &'static str {
    match kind {
        EndingKind::Completed => "completed",
        EndingKind::Abandoned => "abandoned",
        EndingKind::Expired => "expired",
    }
}

fn problems(cells: Cells<'_>) -> Result<Vec<AssignedProblem>, StoreError> {
    let pairs: Vec<(Uuid, Option<i64>)> = serde_json::from_str(cells.get("problems")?)
        .map_err(|error| cells.wrong("problems", &error).with_source(error))?;
    let assigned = |(problem, completed_at): (Uuid, Option<i64>)| AssignedProblem {
        problem: problem.into(),
        completed_at: completed_at.map(Timestamp::from_micros),
    };
    Ok(pairs.into_iter().map(assigned).collect())
}

/// Ids as a JSON array; a statement reads one with `unhex(value)`.
pub(super) fn ids_json(ids: impl IntoIterator<Item = ProblemId>) -> String {
    let mut json = String::from("[");
    for id in ids {
        if json.len() > 1 {
            json.push(',');
        }
        json.push('"');
        json.push_str(id.as_uuid().simple().encode_lower(&mut [0; 32]));
        json.push('"');
    }
    json.push(']');
    json
}

/// Solves as a JSON array of `[id, time]`; a statement reads them with `unhex(value ->> 0)` and
/// `value ->> 1`.
pub(super) fn solves_json(solves: &[NewSolve]) -> String {
    let pair = |solve: &NewSolve| {
        let (id, at) = (solve.problem.as_uuid(), solve.solved_at.as_micros());
        format!("[\"{}\",{at}]", id.simple())
    };
    let pairs: Vec<_> = solves.iter().map(pair).collect();
    format!("[{}]", pairs.join(","))
}

/// Reads the places in a JSON array that a statement returned, and looks them up in the list the
/// array was made from.
pub(super) fn picked(rows: &[SqliteRow], from: &[ProblemId]) -> Result<Vec<ProblemId>, StoreError> {
    let pick = |row: &SqliteRow| {
        let place: i64 = row.try_get(0).ok()?;
        from.get(usize::try_from(place).ok()?).copied()
    };
    let picked: Option<_> = rows.iter().map(pick).collect();
    picked.ok_or_else(|| StoreError::inconsistent("a statement returned a place it was not given"))
}
