//! Finding the program of a `PgBouncer`.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::testing::HarnessError;

/// The first version that supports prepared statements in transaction mode.
pub(super) const LEAST: (u32, u32) = (1, 21);

/// Directories of packages that may not be in `PATH`.
const PACKAGES: [&str; 4] = [
    "/usr/sbin/pgbouncer",
    "/opt/homebrew/opt/pgbouncer/bin/pgbouncer",
    "/usr/local/opt/pgbouncer/bin/pgbouncer",
    "/home/linuxbrew/.linuxbrew/opt/pgbouncer/bin/pgbouncer",
];

/// A program, and its version.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) path: PathBuf,
    pub(super) version: String,
}

/// `CONTEST_PGBOUNCER_BIN` if it is set; otherwise the first that is new enough among `tools/pgbouncer` in the
/// build directory, `PATH`, and the directories of packages.
pub(super) fn find() -> Result<Program, HarnessError> {
    if let Some(given) = env::var_os("CONTEST_PGBOUNCER_BIN").filter(|value| !value.is_empty()) {
        return given_program(given.into());
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).map(|directory| directory.join("pgbouncer"));
    first_new_enough(
        in_build_directory()
            .into_iter()
            .chain(on_path)
            .chain(PACKAGES.map(PathBuf::from)),
    )
}

fn given_program(path: PathBuf) -> Result<Program, HarnessError> {
    if version(&path).is_none() {
        let found = format!(
            "CONTEST_PGBOUNCER_BIN, {}, which is no PgBouncer",
            path.display()
        );
        return Err(HarnessError::NoPgBouncer { found });
    }
    first_new_enough([path].into_iter())
}

/// The directories for scripts/install-pgbouncer.sh, next to those of test programs.
fn in_build_directory() -> Vec<PathBuf> {
    let program = env::current_exe().unwrap_or_default();
    let above = program.ancestors().skip(1).take(4);
    above.map(|above| above.join("tools/pgbouncer")).collect()
}

fn first_new_enough(candidates: impl Iterator<Item = PathBuf>) -> Result<Program, HarnessError> {
    let mut found = Vec::new();
    for path in candidates.filter(|path| path.is_absolute()) {
        let Some(version) = version(&path) else {
            continue;
        };
        if numbers(&version) >= Some(LEAST) {
            return Ok(Program { path, version });
        }
        found.push(format!("{version} at {}", path.display()));
    }
    Err(HarnessError::NoPgBouncer {
        found: found.join(", "),
    })
}

/// The version in the first line of the program's output: `PgBouncer 1.24.1`.
fn version(program: &Path) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let version = text.strip_prefix("PgBouncer ")?.split_whitespace().next()?;
    Some(version.to_owned())
}

/// Major and minor.
pub(super) fn numbers(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.');
    let mut next = || parts.next()?.parse().ok();
    Some((next()?, next()?))
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use super::{LEAST, first_new_enough, given_program, numbers};

    #[test]
    fn versions_are_compared_as_numbers() {
        for (version, fits) in [("1.9.0", false), ("1.20.1", false), ("1.21.0", true)] {
            assert_eq!(numbers(version) >= Some(LEAST), fits, "{version}");
        }
        assert_eq!(numbers("2.0"), Some((2, 0)));
        assert_eq!(numbers("x.21"), None);
    }

    #[test]
    fn one_that_is_too_old_is_not_taken_and_named() {
        let path = std::env::temp_dir().join(format!("contest-bouncer-{}", std::process::id()));
        fs::write(&path, "#!/bin/sh\necho PgBouncer 1.18.0\n").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        let error = first_new_enough([path.clone()].into_iter()).unwrap_err();
        fs::remove_file(&path).unwrap();
        let text = error.to_string();
        assert!(text.contains("1.18.0 at "), "{text}");
    }

    #[test]
    fn a_given_one_that_is_none_is_named() {
        let text = given_program("/nonexistent".into())
            .unwrap_err()
            .to_string();
        assert!(
            text.contains("CONTEST_PGBOUNCER_BIN, /nonexistent"),
            "{text}"
        );
    }

    #[test]
    fn nothing_found_says_what_to_install() {
        let error = first_new_enough(["/nonexistent".into()].into_iter()).unwrap_err();
        let text = error.to_string();
        for part in [
            "scripts/install-pgbouncer.sh",
            "apt install pgbouncer",
            "brew install pgbouncer",
            "CONTEST_PGBOUNCER_BIN",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }
}
