//! `token`: issues a token for a user.

use crate::cli::TokenOptions;
use crate::exit::{Exit, Failure};
use crate::identity::{Keys, new_user};

/// Only the token goes to standard output, so that a script can read it; the user goes to the log.
pub(crate) fn run(options: &TokenOptions) -> Result<Exit, Failure> {
    let keys = Keys::load(&options.identity)?;
    let user = options.user.unwrap_or_else(new_user);
    let token = keys.issue(user, options.token_lifetime)?;
    tracing::info!(%user, lifetime = ?options.token_lifetime, "issued a token");
    println!("{token}");
    Ok(Exit::Done)
}
