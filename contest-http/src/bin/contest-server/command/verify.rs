//! `verify`: recount everything.

use crate::cli::VerifyOptions;
use crate::exit::{Exit, Failure};
use crate::store::Backend;

pub(crate) async fn run(options: &VerifyOptions) -> Result<Exit, Failure> {
    let store = Backend::open(&options.store).await?;
    let found = store.verify(options.rebuild).await;
    let found =
        found.map_err(|error| Failure::new("the store could not be verified").because(error))?;
    for wrong in &found {
        println!(
            "user {}: {} is {}, counted {}",
            wrong.user, wrong.counter, wrong.stored, wrong.counted
        );
    }
    let exit = match (found.len(), options.rebuild) {
        (0, _) => {
            println!("every counter is right");
            Exit::Done
        }
        (wrong, true) => {
            println!("{wrong} counter(s) corrected");
            Exit::Done
        }
        (wrong, false) => {
            println!("{wrong} counter(s) wrong: `verify --rebuild` corrects them");
            Exit::Faults
        }
    };
    Ok(super::close(&store, exit).await)
}
