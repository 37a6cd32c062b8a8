//! The page at `/`, driven in Chromium as a person would: by its accessibility tree, by mouse and by
//! keyboard. Its screenshots are in `target/tmp/page`.

mod board;
mod browser;
mod choices;
mod contrast;
mod devtools;
mod failures;
mod files;
mod flow;
mod hostile;
mod keyboard;
mod life;
mod live;
mod rounds;
mod site;
mod tab;
mod time;
mod year;

#[path = "../../../src/page/mod.rs"]
mod served;

use tab::Tab;

/// Begins a contest of three problems over half an hour, as a person with a mouse would.
async fn begin(tab: &mut Tab) {
    tab.fill("spinbutton", "Problems", "3").await;
    tab.fill("spinbutton", "Minutes", "30").await;
    tab.click("button", "Start contest").await;
    tab.find("heading", "Contest running").await;
}

/// The titles of the problems that are shown as boxes to tick.
async fn titles(tab: &mut Tab) -> Vec<String> {
    let titles = "[...document.querySelectorAll('#problems .title span:first-child')].map((e) => e.textContent)";
    let titles = tab.eval(titles).await;
    serde_json::from_value(titles).unwrap()
}
