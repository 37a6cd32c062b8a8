//! Finding the programs of a server.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use super::HarnessError;

/// The directory that holds `initdb` and `postgres`.
///
/// `CONTEST_PG_BIN` if it is set; otherwise the first match among `pg_config --bindir`, the directories of
/// packages with the newest version first, and `PATH`.
pub(super) fn find() -> Result<PathBuf, HarnessError> {
    if let Some(directory) = env::var_os("CONTEST_PG_BIN").filter(|value| !value.is_empty()) {
        let directory = PathBuf::from(directory);
        if is_complete(&directory) {
            return Ok(directory);
        }
        return Err(HarnessError::NoPrograms { directory });
    }
    let packages = PACKAGES.iter().flat_map(|(parent, prefix, bin)| {
        let parent = Path::new(parent);
        newest_first(parent, prefix).map(move |name| parent.join(name).join(bin))
    });
    let path = env::var_os("PATH").unwrap_or_default();
    first_complete(
        pg_config()
            .into_iter()
            .chain(packages)
            .chain(env::split_paths(&path)),
    )
}

/// The directories of packages: parent, prefix of the version, subdirectory.
const PACKAGES: [(&str, &str, &str); 6] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
    ("/home/linuxbrew/.linuxbrew/opt", "postgresql@", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
];

fn pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(text.trim()))
}

fn first_complete(candidates: impl Iterator<Item = PathBuf>) -> Result<PathBuf, HarnessError> {
    let mut candidates = candidates;
    candidates
        .find(|directory| is_complete(directory))
        .ok_or(HarnessError::NoServer)
}

fn is_complete(directory: &Path) -> bool {
    // An empty entry of PATH means the current directory.
    directory.is_absolute()
        && ["initdb", "postgres"]
            .iter()
            .all(|program| directory.join(program).is_file())
}

/// The entries of `parent` named `prefix` and a version, newest version first.
fn newest_first(parent: &Path, prefix: &str) -> impl Iterator<Item = String> + use<> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let mut found: Vec<(Vec<u32>, String)> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter_map(|name| Some((version(name.strip_prefix(prefix)?)?, name)))
        .collect();
    found.sort_by(|one, other| other.cmp(one));
    found.into_iter().map(|(_, name)| name)
}

fn version(text: &str) -> Option<Vec<u32>> {
    text.split('.').map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{first_complete, newest_first};

    #[test]
    fn nothing_found_says_what_to_install() {
        let error = first_complete(["/nonexistent".into(), "".into()].into_iter()).unwrap_err();
        let text = format!("{error:?}");
        for part in [
            "apt install postgresql",
            "brew install postgresql@17",
            "CONTEST_PG_BIN",
            "DATABASE_URL",
            "CREATEDB",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        let parent = std::env::temp_dir().join(format!("contest-versions-{}", std::process::id()));
        for name in ["pg-9.6", "pg-15", "pg-9.10", "pg-x", "other-17"] {
            fs::create_dir_all(parent.join(name)).unwrap();
        }
        let found: Vec<String> = newest_first(&parent, "pg-").collect();
        fs::remove_dir_all(&parent).unwrap();
        assert_eq!(found, ["pg-15", "pg-9.10", "pg-9.6"]);
        assert_eq!(newest_first(&parent, "").count(), 0);
    }
}
