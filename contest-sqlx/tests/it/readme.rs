//! The SQL of the README works, and the rights it grants are enough.

use contest_sqlx::postgres::{PgPoolConfig, PgSchema, PgStore};
use contest_sqlx::testing::{Postgres, PostgresOptions};
use sqlx::{AssertSqlSafe, Executor as _};

use crate::upgrade::{check, news};

/// What stands between "```sql" and "```".
fn statements() -> Vec<&'static str> {
    let parts = include_str!("../../README.md").split("```sql\n").skip(1);
    parts
        .map(|part| part.split_once("```").unwrap().0)
        .collect()
}

async fn store(url: &str, role: &'static str) -> PgStore {
    let config = PgPoolConfig::parse(url).unwrap();
    let options = config.pool_options().after_connect(move |connection, _| {
        Box::pin(async move { connection.execute(role).await.map(drop) })
    });
    let pool = options.connect_with(config.connect).await.unwrap();
    PgStore::from_pool(pool).with_schema(PgSchema::new("contest").unwrap())
}

#[tokio::test]
async fn a_role_with_the_rights_of_the_readme_can_do_everything() {
    // Roles belong to the whole server.
    let server = Postgres::start(PostgresOptions::fast()).await.unwrap();
    let database = server.database().await.unwrap();
    let owner = store(&database.url(), "SET ROLE postgres").await;
    owner.migrate().await.unwrap();
    owner.writer().execute("CREATE ROLE app").await.unwrap();
    let statements = statements();
    assert!(statements.len() > 4, "{statements:?}");
    for statement in statements {
        let outcome = owner.writer().execute(AssertSqlSafe(statement)).await;
        assert!(outcome.is_ok(), "{statement}\n{outcome:?}");
    }
    let app = store(&database.url(), "SET ROLE app").await;
    check::empty(app.clone()).await;
    let app = app.with_outbox();
    news::play(app.clone()).await.unwrap();
    news::check(app.clone()).await;
    assert_eq!(app.verify().await.unwrap(), vec![]);
}
