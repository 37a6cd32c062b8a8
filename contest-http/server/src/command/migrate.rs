//! `migrate`: creates or updates the tables.

use crate::cli::StoreOptions;
use crate::exit::{Exit, Failure};
use crate::store::Backend;

pub(crate) async fn run(options: &StoreOptions) -> Result<Exit, Failure> {
    let store = Backend::open(options).await?;
    store.migrate().await?;
    println!("the tables are up to date");
    Ok(super::close(&store, Exit::Done).await)
}
