//! The statements, made once for each store.

use std::sync::Arc;

use sqlx::AssertSqlSafe;
use sqlx::postgres::{PgArguments, Postgres};
use sqlx::query::Query;

use super::options::PgSchema;
use super::outbox::{Template, telling};
use super::{
    contests, create, events, extend, finish, life, marks, practice, problems, progress, publish,
    reset, resume, solves, verify,
};

/// A statement with the schema written into it. Cheap to clone; the same text every time, so that
/// connections find it among their prepared statements.
#[derive(Debug, Clone)]
pub(super) struct Sql(Arc<str>);

impl Sql {
    /// Writes the schema into a statement of this crate.
    pub(super) fn new(schema: &PgSchema, template: &str) -> Self {
        Self(template.replace("{schema}", &schema.quoted()).into())
    }

    /// Writes the events of a step into its statement too, or leaves them out.
    fn with_outbox(schema: &PgSchema, template: Template, outbox: bool) -> Self {
        Self::new(schema, &template.text(outbox))
    }

    /// The text. Safe: it is a constant of this crate and a validated identifier.
    pub(super) fn text(&self) -> AssertSqlSafe<Arc<str>> {
        AssertSqlSafe(Arc::clone(&self.0))
    }

    pub(super) fn query(&self) -> Query<'static, Postgres, PgArguments> {
        sqlx::query(self.text())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! statements {
    ($($name:ident = $template:expr,)*) => {
        /// Every statement a store sends.
        #[derive(Debug)]
        pub(super) struct Statements {
            $(pub(super) $name: Sql,)*
        }

        impl Statements {
            pub(super) fn new(schema: &PgSchema, outbox: bool) -> Self {
                Self { $($name: Sql::with_outbox(schema, Template::from($template), outbox),)* }
            }

            /// All of them with their names.
            pub(super) fn all(&self) -> Vec<(&'static str, &str)> {
                vec![$((stringify!($name), self.$name.as_str()),)*]
            }
        }
    };
}

statements! {
    ping = "SELECT revision FROM {schema}.catalogue_state",
    load_page = problems::LOAD_PAGE,
    solved_among = solves::SOLVED_AMONG,
    record_solves = telling(solves::RECORD_SOLVES, solves::RECORD_SOLVES_EVENTS),
    history = solves::HISTORY,
    history_after = solves::HISTORY_AFTER,
    practice_among = practice::PRACTICE_AMONG,
    list_solves = practice::LIST_SOLVES,
    list_solves_after = practice::LIST_SOLVES_AFTER,
    create = telling(create::CREATE, create::CREATE_EVENTS),
    find = contests::FIND,
    find_active = contests::FIND_ACTIVE,
    find_by_key = contests::FIND_BY_KEY,
    list = contests::LIST,
    list_before = contests::LIST_BEFORE,
    mark = telling(marks::MARK, marks::MARK_EVENTS),
    unmark = telling(marks::UNMARK, marks::UNMARK_EVENTS),
    finish = telling(finish::FINISH, finish::FINISH_EVENTS),
    by_difficulty = progress::BY_DIFFICULTY,
    by_topic = progress::BY_TOPIC,
    count_contests = progress::COUNT_CONTESTS,
    count_between = progress::COUNT_BETWEEN,
    lock_catalogue = publish::LOCK_CATALOGUE,
    find_taken_slug = publish::FIND_TAKEN_SLUG,
    find_changes = publish::FIND_CHANGES,
    insert_new = publish::INSERT_NEW,
    lock_counters = publish::LOCK_COUNTERS,
    park_slugs = publish::PARK_SLUGS,
    update_changed = publish::UPDATE_CHANGED,
    shift_difficulties = publish::SHIFT_DIFFICULTIES,
    shift_topics = publish::SHIFT_TOPICS,
    next_revision = publish::NEXT_REVISION,
    extend = telling(extend::EXTEND, extend::EXTEND_EVENTS),
    resume = telling(resume::RESUME, resume::RESUME_EVENTS),
    reset = telling(reset::RESET, reset::RESET_EVENTS),
    current_epoch = life::CURRENT_EPOCH,
    events_after = events::EVENTS_AFTER,
    lease_events = events::LEASE_EVENTS,
    acknowledge_events = events::ACKNOWLEDGE_EVENTS,
    forget_events = events::FORGET_EVENTS,
    verify_counters = verify::VERIFY_COUNTERS,
    verify_topics = verify::VERIFY_TOPICS,
    verify_events = verify::VERIFY_EVENTS,
    rebuild_counters = verify::REBUILD_COUNTERS,
    rebuild_topics = verify::REBUILD_TOPICS,
}
