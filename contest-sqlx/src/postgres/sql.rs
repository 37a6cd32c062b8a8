//! The statements, made once for each store.

use std::sync::{Arc, OnceLock};

use sqlx::AssertSqlSafe;
use sqlx::postgres::{PgArguments, Postgres};
use sqlx::query::Query;

use super::{PgSchema, catalogue, commit, events, gathered, history, rounds, user};
use crate::parts::Parts;

/// A statement whose parameters are bound.
pub(super) type Prepared = Query<'static, Postgres, PgArguments>;

/// A statement with the name of the schema. Cheap to clone. The text is the same every time, so that
/// connections find their prepared statement.
#[derive(Debug, Clone)]
pub(super) struct Sql(Arc<str>);

impl Sql {
    /// Writes the schema into a template of this crate.
    pub(super) fn new(schema: &PgSchema, template: &str) -> Self {
        Self(template.replace("{schema}", &schema.quoted()).into())
    }

    /// The text. Safe: it is made of constants of this crate and a validated identifier.
    pub(super) fn text(&self) -> AssertSqlSafe<Arc<str>> {
        AssertSqlSafe(Arc::clone(&self.0))
    }

    pub(super) fn query(&self) -> Prepared {
        sqlx::query(self.text())
    }
}

macro_rules! statements {
    ($($name:ident = $template:expr,)*) => {
        /// Every statement a store sends.
        pub(super) struct Statements {
            $(pub(super) $name: Sql,)*
            schema: PgSchema,
            commits: Box<[OnceLock<Sql>]>,
        }

        impl Statements {
            pub(super) fn new(schema: &PgSchema) -> Self {
                Self {
                    $($name: Sql::new(schema, $template),)*
                    schema: schema.clone(),
                    commits: (0..Parts::COMBINATIONS).map(|_| OnceLock::new()).collect(),
                }
            }

            /// All statements, with their names.
            #[cfg(test)]
            pub(super) fn all(&self) -> Vec<(String, String)> {
                let named = [$((stringify!($name).to_owned(), self.$name.0.to_string()),)*];
                let commits = Parts::all().map(|parts| {
                    let name = format!("commit {parts:?}");
                    (name, self.commit(parts).0.to_string())
                });
                named.into_iter().chain(commits).collect()
            }
        }
    };
}

impl Statements {
    /// The statement of a commit that has these parts, made when it is first needed.
    pub(super) fn commit(&self, parts: Parts) -> Sql {
        let make = || Sql::new(&self.schema, &commit::statement(parts));
        let slot = self.commits.get(parts.index());
        slot.map_or_else(make, |slot| slot.get_or_init(make).clone())
    }
}

statements! {
    ping = "SELECT current_setting('transaction_read_only') FROM {schema}.catalogue_state",
    load = user::LOAD,
    load_open = user::LOAD_OPEN,
    load_id = user::LOAD_ID,
    load_key = user::LOAD_KEY,
    load_in_round = user::LOAD_IN_ROUND,
    erase = user::ERASE,
    list_users = user::LIST_USERS,
    commit_together = gathered::COMMIT_TOGETHER,
    list_contests = history::LIST_CONTESTS,
    oldest_attempts = history::OLDEST_ATTEMPTS,
    latest_attempts = history::LATEST_ATTEMPTS,
    count_solves = history::COUNT_SOLVES,
    contest_request = history::CONTEST_REQUEST,
    round = rounds::ROUND,
    round_of_user = rounds::ROUND_OF_USER,
    list_rounds = rounds::LIST,
    list_rounds_of_user = rounds::LIST_OF_USER,
    insert_round = rounds::INSERT,
    update_round = rounds::UPDATE,
    put_members = rounds::PUT_MEMBERS,
    list_members = rounds::LIST_MEMBERS,
    contests_by_user = rounds::CONTESTS_BY_USER,
    host_board = rounds::HOST_BOARD,
    public_board = rounds::PUBLIC_BOARD,
    count_by_host_rank = rounds::COUNT_BY_HOST_RANK,
    count_by_public_rank = rounds::COUNT_BY_PUBLIC_RANK,
    load_changed = catalogue::LOAD_CHANGED,
    claim_catalogue = catalogue::CLAIM,
    put_problems = catalogue::PUT_PROBLEMS,
    events_after = events::EVENTS_AFTER,
    find_waiting = events::FIND_WAITING,
    lease = events::LEASE,
    acknowledge = events::ACKNOWLEDGE,
    give_back = events::GIVE_BACK,
    find_old = events::FIND_OLD,
    remove_old = events::REMOVE_OLD,
}
