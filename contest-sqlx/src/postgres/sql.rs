//! The statements, made once for each store.

use std::sync::Arc;

use sqlx::AssertSqlSafe;
use sqlx::postgres::{PgArguments, Postgres};
use sqlx::query::Query;

use super::options::PgSchema;
use super::{contests, create, finish, marks, problems, progress, publish, solves, verify};

/// A statement with the schema written into it. Cheap to clone; the same text every time, so that
/// connections find it among their prepared statements.
#[derive(Debug, Clone)]
pub(super) struct Sql(Arc<str>);

impl Sql {
    /// Writes the schema into a statement of this crate.
    pub(super) fn new(schema: &PgSchema, template: &str) -> Self {
        Self(template.replace("{schema}", &schema.quoted()).into())
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
            pub(super) fn new(schema: &PgSchema) -> Self {
                Self { $($name: Sql::new(schema, $template),)* }
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
    record_solves = solves::RECORD_SOLVES,
    history = solves::HISTORY,
    history_after = solves::HISTORY_AFTER,
    create = create::CREATE,
    find = contests::FIND,
    find_active = contests::FIND_ACTIVE,
    find_by_key = contests::FIND_BY_KEY,
    list = contests::LIST,
    list_before = contests::LIST_BEFORE,
    mark = marks::MARK,
    unmark = marks::UNMARK,
    finish = finish::FINISH,
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
    verify_counters = verify::VERIFY_COUNTERS,
    verify_topics = verify::VERIFY_TOPICS,
    rebuild_counters = verify::REBUILD_COUNTERS,
    rebuild_topics = verify::REBUILD_TOPICS,
}
