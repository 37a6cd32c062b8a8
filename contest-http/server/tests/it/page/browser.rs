//! A Chromium without a window, which ends with the test that started it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

const KEEPER: &str = include_str!("browser.sh");
const START: Duration = Duration::from_mins(1);
const MISSING: &str = "the tests of the page need Chromium or Google Chrome: run \
    scripts/install-chromium.sh, or set CONTEST_CHROMIUM_BIN to the program of one";

/// No background requests, no name resolution beyond this machine, no dialogs to dismiss.
const ARGUMENTS: [&str; 14] = [
    "--headless",
    "--remote-debugging-port=0",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "about:blank",
];

/// Ends the browser when dropped: the keeper's standard input ends with it.
#[derive(Debug)]
pub(super) struct Browser {
    keeper: Child,
    /// The address that takes commands.
    pub(super) address: String,
}

impl Browser {
    pub(super) async fn start() -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let profile = directory().join(format!("profile-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&profile).unwrap();
        let keeper = Command::new("sh")
            .args(["-c", KEEPER, "browser"])
            .arg(program())
            .arg(&profile)
            .args(ARGUMENTS)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let address = address(&profile).await;
        Self { keeper, address }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// Where pictures and profiles are kept.
pub(super) fn directory() -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("page");
    std::fs::create_dir_all(&directory).unwrap();
    directory
}

/// The same places, in the same order, as scripts/install-chromium.sh looks in.
fn program() -> PathBuf {
    if let Some(given) = std::env::var_os("CONTEST_CHROMIUM_BIN").filter(|text| !text.is_empty()) {
        let given = PathBuf::from(given);
        assert!(
            runs(&given),
            "{} is not a browser that runs: {MISSING}",
            given.display()
        );
        return given;
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = [
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ]
    .into_iter()
    .flat_map(|name| std::env::split_paths(&path).map(move |place| place.join(name)));
    let on_a_mac = [
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ];
    on_path
        .chain(on_a_mac.map(PathBuf::from))
        .find(|place| runs(place))
        .expect(MISSING)
}

/// Ubuntu's `chromium-browser` is a script that asks for a snap, and prints no version.
fn runs(program: &Path) -> bool {
    program.is_file()
        && Command::new(program)
            .arg("--version")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
}

/// The browser writes its port and path into its profile once it listens.
async fn address(profile: &Path) -> String {
    let deadline = Instant::now() + START;
    loop {
        let text = std::fs::read_to_string(profile.join("DevToolsActivePort")).unwrap_or_default();
        if let Some((port, path)) = text.split_once('\n') {
            return format!("ws://127.0.0.1:{port}{}", path.trim());
        }
        if Instant::now() > deadline {
            let log = std::fs::read_to_string(profile.with_extension("log")).unwrap_or_default();
            panic!("the browser does not start; {MISSING}\n{log}");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
