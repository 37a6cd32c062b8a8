//! The outbox: a step writes its domain events in its own statement, so that they are committed with
//! it or not at all.
//!
//! The numbers of a user's events come from the user's row of `event_delivery`. The step has claimed
//! the row of `user_progress` by then, so that its events come after those of every earlier step and
//! before those of every later one. A step that claimed nothing finds nothing that happened, and
//! leaves both tables alone.

use std::borrow::Cow;

/// Where the statement of a step takes the events in, right after its last part.
const PLACE: &str = "{outbox}";

/// `happened` is what the step did, from its own parts.
const BEFORE: &str = ", happened
    (place, at, kind, contest_id, problem_id, ending, deadline, epoch) AS MATERIALIZED (";

const AFTER: &str = "
), numbered AS (
    INSERT INTO {schema}.event_delivery AS d (user_id, head, waiting)
    SELECT $1, count(*), true FROM happened HAVING count(*) > 0
    ON CONFLICT (user_id) DO UPDATE SET head = d.head + excluded.head, waiting = true
    RETURNING d.head - (SELECT count(*) FROM happened) AS last
), told AS (
    INSERT INTO {schema}.user_events
        (user_id, number, at, kind, contest_id, problem_id, ending, deadline, epoch)
    SELECT $1, n.last + h.place, h.at, h.kind, h.contest_id::uuid, h.problem_id::uuid,
           h.ending::smallint, h.deadline::timestamptz, h.epoch::bigint
    FROM numbered n, happened h
)";

/// A statement, and the events of the step that it is, if it is one that has some.
#[derive(Clone, Copy)]
pub(super) struct Template {
    statement: &'static str,
    events: Option<&'static str>,
}

impl From<&'static str> for Template {
    fn from(statement: &'static str) -> Self {
        Self {
            statement,
            events: None,
        }
    }
}

/// The statement of a step, and a query of its parts that gives its events: place from 1, time, kind,
/// contest, problem, ending, new deadline, new epoch. `$1` is the user.
pub(super) const fn telling(statement: &'static str, events: &'static str) -> Template {
    Template {
        statement,
        events: Some(events),
    }
}

impl Template {
    /// The statement with its events or without.
    pub(super) fn text(self, outbox: bool) -> Cow<'static, str> {
        let Some(events) = self.events else {
            return Cow::Borrowed(self.statement);
        };
        let events = if outbox {
            [BEFORE, events, AFTER].concat()
        } else {
            String::new()
        };
        Cow::Owned(self.statement.replace(PLACE, &events))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_without_an_outbox_writes_nothing_more() {
        let step = telling("WITH a AS (SELECT){outbox} SELECT", "SELECT 1");
        assert_eq!(step.text(false), "WITH a AS (SELECT) SELECT");
        assert!(step.text(true).contains("user_events"));
    }
}
