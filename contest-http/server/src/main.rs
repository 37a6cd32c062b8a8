//! `contest-server`: the routes of `contest-http` as a process of their own.
//!
//! # Map
//! | module | what it holds |
//! |---|---|
//! | `cli` | every option, as a flag and as an environment variable |
//! | `command` | the subcommands, one a file |
//! | `store`, `catalogue`, `identity`, `events` | what is chosen once, here at the edge |
//! | `app`, `health`, `page` | what is served |
//! | `telemetry` | logs, traces and metrics |
//! | `signals`, `shutdown` | how it ends: in order, each step bounded |
//! | `exit` | exit codes, and the failures behind them |
//!
//! What the library never does happens here: this process reads its environment, installs the
//! subscriber and the recorder, and spawns tasks, which `command::serve` ends before it returns.

mod app;
mod catalogue;
mod cli;
mod command;
mod events;
mod exit;
mod health;
mod identity;
mod page;
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
    // A thread that hangs, in a read of a file say, must not keep the process.
    runtime.shutdown_background();
    exit
}
