//! Options for rounds.

use clap::Args;
use contest_core::UserId;

#[derive(Debug, Args)]
#[command(next_help_heading = "Rounds")]
pub(crate) struct RoundOptions {
    /// A user who acts for the host: defines rounds, lists participants, records attempts and sees boards that
    /// are frozen. Repeat it for more, or separate them by commas [default: none]
    #[arg(
        long = "host-user",
        env = "CONTEST_HOST_USERS",
        value_name = "USER_ID",
        value_delimiter = ','
    )]
    pub(crate) host_users: Vec<UserId>,
}
