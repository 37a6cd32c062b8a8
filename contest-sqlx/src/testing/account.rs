//! The account of a server: `PostgreSQL` refuses to run as root.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use super::HarnessError;

/// If this process runs as root, makes `command` run as `postgres`, or else as `nobody`. Only that account
/// and root can reach the server's socket.
///
/// # Errors
/// When this process runs as root and neither account exists.
pub(super) fn leave_root(command: &mut Command) -> Result<(), HarnessError> {
    if !is_root()? {
        return Ok(());
    }
    let action = "find an account for the server in /etc/passwd";
    let accounts = fs::read_to_string("/etc/passwd").map_err(HarnessError::io(action))?;
    let Some((user, group)) = unprivileged(&accounts) else {
        return Err(HarnessError::io(action)(std::io::Error::other(
            "neither `postgres` nor `nobody`",
        )));
    };
    // A directory that the account can enter.
    command.uid(user).gid(group).current_dir("/");
    Ok(())
}

fn is_root() -> Result<bool, HarnessError> {
    let id = Command::new("id").arg("-u").output();
    let id = id.map_err(HarnessError::io("run `id -u`"))?;
    Ok(id.stdout.trim_ascii() == b"0")
}

fn unprivileged(accounts: &str) -> Option<(u32, u32)> {
    let find = |name| accounts.lines().find_map(|line| ids(line, name));
    find("postgres").or_else(|| find("nobody"))
}

fn ids(line: &str, name: &str) -> Option<(u32, u32)> {
    let mut fields = line.split(':');
    if fields.next() != Some(name) {
        return None;
    }
    let mut number = || id(fields.next()?);
    // The second field is the password.
    let _ = number();
    Some((number()?, number()?))
}

/// Some systems write the last ids as negative numbers.
fn id(text: &str) -> Option<u32> {
    let negative = || text.parse().map(i32::cast_unsigned);
    text.parse().or_else(|_| negative()).ok()
}

#[cfg(test)]
mod tests {
    use super::unprivileged;

    const NOBODY: &str = "root:x:0:0:root:/root:/bin/sh\nnobody:*:-2:-2:Nobody:/:/usr/bin/false\n";

    #[test]
    fn postgres_goes_before_nobody() {
        let accounts = format!("{NOBODY}postgres:x:101:104:,,,:/var/lib/postgresql:/bin/bash\n");
        assert_eq!(unprivileged(&accounts), Some((101, 104)));
    }

    #[test]
    fn nobody_may_have_negative_ids() {
        assert_eq!(unprivileged(NOBODY), Some((u32::MAX - 1, u32::MAX - 1)));
        assert_eq!(unprivileged("root:x:0:0:root:/root:/bin/sh"), None);
    }
}
