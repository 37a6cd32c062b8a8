//! The board of a round that is given as JSON.
//!
//! ```text
//! cargo run --example standings --features standings -- examples/standings/sample.json
//! cargo run --example standings --features standings -- --json < examples/standings/sample.json
//! ```
//!
//! | option | meaning |
//! |---|---|
//! | `--public` | the board as the public sees it: attempts made during the freeze are pending until it is lifted |
//! | `--at TIME` | the board as it stood at an instant, such as `2026-01-31T16:30:00Z`; otherwise after the end |
//! | `--json` | as JSON, in the shape of the scoreboard of the CCS specification, version 2023-06 |
//!
//! Without a file, it reads standard input. The format is documented at [`input::Input`].
//!
//! In the table, `+1 0:30*` is a problem solved after 30 minutes with one rejected attempt before, first of
//! all; `-2` has two rejected attempts, `?1` a pending one. Methods that give points show them instead.

mod ccs;
mod input;
mod table;

use std::error::Error;
use std::io::Write;
use std::{env, fs, io};

use contest_core::standings::View;
use contest_core::time::Timestamp;
use input::Input;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const USAGE: &str = "usage: standings [--public] [--at TIME] [--json] [FILE]";

struct Arguments {
    view: View,
    at: Option<Timestamp>,
    json: bool,
    file: Option<String>,
}

fn main() -> Outcome {
    let arguments = arguments(env::args().skip(1))?;
    let text = match &arguments.file {
        Some(file) => fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?,
        None => io::read_to_string(io::stdin())?,
    };
    let input: Input = serde_json::from_str(&text)?;
    let (mut board, names) = input.board()?;
    if let Some(at) = arguments.at {
        board = board.as_of(at);
    }
    let lifted_at = board.round().freeze().and_then(|freeze| freeze.lifted_at);
    let end = lifted_at.max(Some(board.round().closes_at()));
    let now = arguments.at.or(end).unwrap_or(board.round().closes_at());
    let standings = board.standings(arguments.view, now);
    let mut output = io::stdout().lock();
    if arguments.json {
        serde_json::to_writer(
            &mut output,
            &ccs::scoreboard(board.round(), &names, &standings),
        )?;
        writeln!(output)?;
    } else {
        table::print(&mut output, board.round(), &names, &standings)?;
    }
    Ok(())
}

fn arguments(mut given: impl Iterator<Item = String>) -> Outcome<Arguments> {
    let mut arguments = Arguments {
        view: View::Host,
        at: None,
        json: false,
        file: None,
    };
    while let Some(argument) = given.next() {
        match argument.as_str() {
            "--public" => arguments.view = View::Public,
            "--json" => arguments.json = true,
            "--at" => arguments.at = Some(given.next().ok_or(USAGE)?.parse()?),
            file if !file.starts_with('-') && arguments.file.is_none() => {
                arguments.file = Some(argument);
            }
            _ => return Err(USAGE.into()),
        }
    }
    Ok(arguments)
}
