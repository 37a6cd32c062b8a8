//! `contest-server`: the routes of `contest-http` as a standalone server.
//!
//! # Map
//! | module | content |
//! |---|---|
//! | `cli` | options, each a flag and an environment variable |
//! | `command` | the subcommands, one per file |
//! | `store`, `catalogue`, `identity`, `events` | choices that are made once, at the start |
//! | `app`, `health`, `page`, `remembered` | the routes |
//! | `telemetry` | logs, traces and metrics |
//! | `signals`, `shutdown` | the shutdown: steps in order, each bounded |
//! | `exit` | exit codes, and failures of commands |
//!
//! Unlike the libraries, this process reads its environment, installs the tracing subscriber and the
//! metrics recorder, and spawns tasks. `command::serve` ends the tasks before it returns.

mod app;
mod catalogue;
mod cli;
mod command;
mod events;
mod exit;
mod health;
mod identity;
mod page;
mod remembered;
mod shutdown;
mod signals;
mod store;
mod telemetry;

use clap::Parser as _;

use cli::{Cli, Command};
use exit::{Exit, Failure};

fn main() -> std::process::ExitCode {
    let cli = Cli::parse();
    let exit = run(cli).unwrap_or_else(|failure| {
        failure.report();
        failure.exit()
    });
    exit.into()
}

fn run(cli: Cli) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Failure::new("the runtime could not be started").because(error))?;
    let exit = runtime.block_on(async {
        let telemetry = telemetry::install(&cli)?;
        match cli.command {
            Command::Serve(options) => command::serve::run(*options, telemetry).await,
            Command::Migrate(options) => command::migrate::run(&options).await,
            Command::Catalogue { command } => command::catalogue::run(command).await,
            Command::Token(options) => command::token::run(&options),
            Command::Verify(options) => command::verify::run(&options).await,
        }
    });
    // A blocked thread, for example in a file read, must not keep the process alive.
    runtime.shutdown_background();
    exit
}
