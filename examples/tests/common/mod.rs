//! Starting an example.

use std::env::{consts::EXE_SUFFIX, current_exe};
use std::error::Error;
use std::process::{Command, Stdio};

pub(crate) type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// The command that runs an example. `cargo test` builds the examples of a package before it runs the
/// tests; the tests are in `deps`, next to `examples`.
pub(crate) fn command(example: &str) -> Outcome<Command> {
    let deps = current_exe()?;
    let profile = deps.ancestors().nth(2).ok_or("no directory above `deps`")?;
    let program = profile
        .join("examples")
        .join(format!("{example}{EXE_SUFFIX}"));
    if !program.exists() {
        // `cargo test --test NAME` does not build examples.
        return Err(format!("{} was not built", program.display()).into());
    }
    let mut command = Command::new(program);
    command.stdin(Stdio::null());
    Ok(command)
}
