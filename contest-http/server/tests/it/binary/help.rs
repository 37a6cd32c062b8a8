//! The help text: committed, complete, and without secrets.

use super::process::{command, logged, printed, run};

const COMMANDS: [(&str, &[&str]); 8] = [
    ("contest-server", &[]),
    ("serve", &["serve"]),
    ("migrate", &["migrate"]),
    ("catalogue", &["catalogue"]),
    ("catalogue-check", &["catalogue", "check"]),
    ("catalogue-load", &["catalogue", "load"]),
    ("token", &["token"]),
    ("verify", &["verify"]),
];

async fn help(arguments: &[&str]) -> String {
    let shown = run(&mut command(&[arguments, &["--help"]].concat())).await;
    assert!(shown.status.success(), "{}", logged(&shown));
    printed(&shown)
}

#[tokio::test]
async fn the_help_text_is_the_committed_one() {
    for (name, arguments) in COMMANDS {
        let made = help(arguments).await;
        let path = format!(
            "{}/tests/it/binary/help/{name}.txt",
            env!("CARGO_MANIFEST_DIR")
        );
        if std::env::var_os("CONTEST_UPDATE").is_some() {
            std::fs::write(&path, &made).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            made == committed,
            "{path} is out of date: run this test with CONTEST_UPDATE=1, and read the difference"
        );
    }
}

#[tokio::test]
async fn every_option_shows_its_default_and_its_variable() {
    for (name, arguments) in COMMANDS {
        let help = help(arguments).await;
        let lines: Vec<_> = help.lines().collect();
        let is_option = |line: &str| {
            ["--", "-h", "-V"]
                .iter()
                .any(|begin| line.trim_start().starts_with(begin))
        };
        let begins = (0..lines.len()).filter(|n| is_option(lines[*n]));
        for begin in begins {
            let option = lines[begin].trim();
            if option.starts_with("-h") || option.starts_with("-V") {
                continue;
            }
            let rest = lines[begin + 1..]
                .iter()
                .take_while(|line| !is_option(line));
            let text: String = rest.fold(option.to_owned(), |text, line| text + line);
            for part in ["[default: ", "[env: "] {
                assert!(text.contains(part), "{name}: no {part:?} in {text:?}");
            }
        }
    }
}

#[tokio::test]
async fn values_from_the_environment_are_not_shown() {
    let mut serve = command(&["serve", "--help"]);
    let shown = serve
        .env("DATABASE_URL", "postgres://app:hunter2@localhost/contest")
        .env(
            "CONTEST_READER_URL",
            "postgres://app:hunter2@localhost/contest",
        )
        .env("CONTEST_JWT_KEY", "hunter2");
    let shown = run(shown).await;
    assert!(shown.status.success());
    assert!(!printed(&shown).contains("hunter2"));
}
