//! Spends a credit and creates a contest, both or neither: the store works inside your transaction, together
//! with your own table.
//!
//! ```text
//! cargo run --example credits --features sqlite
//! ```

use contest_core::prelude::*;
use contest_core::uuid::Uuid;
use contest_sqlx::sqlite::SqliteStore;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

#[tokio::main]
async fn main() -> Outcome {
    let store = SqliteStore::connect("sqlite::memory:").await?;
    store.migrate().await?;
    let engine = Engine::builder(store.clone()).build().await?;
    engine.publish_catalogue(&Catalogue::neetcode150()).await?;
    let user = UserId::from_uuid(Uuid::from_u128(1));
    open_account(&store, user, 2).await?;

    let first = buy(&store, &engine, user).await?;
    // The first contest is still active, so this one is refused and no credit is spent.
    buy(&store, &engine, user).await?;
    complete(&engine, user, first).await?;
    let second = buy(&store, &engine, user).await?;
    complete(&engine, user, second).await?;
    // No credit is left, so no contest is created.
    buy(&store, &engine, user).await?;

    let contests = engine.contests(user, None, PageLimit::default()).await?;
    println!("{} contests", contests.items.len());
    Ok(())
}

/// Buys a contest for one credit. `None` if that is not possible.
async fn buy(store: &SqliteStore, engine: &Engine, user: UserId) -> Outcome<Option<ContestId>> {
    // On Postgres, `pool.begin()`.
    let mut transaction = store.writer().begin_with("BEGIN IMMEDIATE").await?;
    let debit = "UPDATE accounts SET credits = credits - 1 WHERE user_id = ? AND credits > 0";
    let spent = sqlx::query(debit)
        .bind(user.as_uuid())
        .execute(&mut *transaction)
        .await?;
    if spent.rows_affected() == 0 {
        transaction.rollback().await?;
        println!("no credit is left");
        return Ok(None);
    }

    let transaction = store.in_transaction(transaction);
    let inside = engine.with_store(transaction.store());
    let request = ContestRequest::new(ProblemCount::new(5)?, ContestDuration::from_minutes(60)?);
    let created = inside.create_contest(user, &request).await;
    let transaction = transaction.finish().await?;
    let contest = match created {
        Ok(created) => {
            transaction.commit().await?;
            println!("bought a contest of {}", created.contest.problems.len());
            Some(created.contest.id)
        }
        Err(Error::Refused(refusal)) => {
            transaction.rollback().await?;
            println!("not bought: {refusal}");
            None
        }
        Err(error) => return Err(error.into()),
    };
    println!("  credits left: {}", credits(store, user).await?);
    Ok(contest)
}

async fn complete(engine: &Engine, user: UserId, contest: Option<ContestId>) -> Outcome {
    let contest = contest.ok_or("not bought")?;
    engine.complete_contest(user, contest).await?;
    Ok(())
}

async fn open_account(store: &SqliteStore, user: UserId, credits: i64) -> Outcome {
    let table = "CREATE TABLE accounts (user_id BLOB PRIMARY KEY, credits INTEGER NOT NULL)";
    sqlx::query(table).execute(store.writer()).await?;
    let open = sqlx::query("INSERT INTO accounts (user_id, credits) VALUES (?, ?)");
    let open = open.bind(user.as_uuid()).bind(credits);
    open.execute(store.writer()).await?;
    Ok(())
}

async fn credits(store: &SqliteStore, user: UserId) -> Outcome<i64> {
    let credits = sqlx::query_scalar("SELECT credits FROM accounts WHERE user_id = ?");
    let credits = credits.bind(user.as_uuid()).fetch_one(store.reader());
    Ok(credits.await?)
}
