//! The countdown follows the server's clock, and the server says when the time is over.

use std::time::Duration;

use contest_core::prelude::*;
use http::Method;

use super::site::{Fault, Site};
use super::tab::{Size, Tab};
use super::{begin, titles};

const MINUTE: Duration = Duration::from_mins(1);
/// The browser's events for a page whose window gets the focus again.
const LOOKED_AT: &str = "dispatchEvent(new Event('focus'))";

/// A request for a contest of half an hour.
pub(super) fn contest_of(problems: u16) -> ContestRequest {
    ContestRequest::new(
        ProblemCount::new(problems).unwrap(),
        ContestDuration::from_minutes(30).unwrap(),
    )
}

async fn open() -> (Site, Tab) {
    let site = Site::start().await;
    let mut tab = Tab::new(Size::Phone, "dark").await;
    tab.open(&site.address()).await;
    begin(&mut tab).await;
    (site, tab)
}

#[tokio::test]
async fn the_countdown_follows_the_servers_clock() {
    let (site, mut tab) = open().await;
    // The server's date is not today, but the page shows the half hour.
    tab.until("/^(30:00|29:\\d\\d)$/.test(document.getElementById('countdown').textContent)")
        .await;
    site.advance(20 * MINUTE);
    tab.eval(LOOKED_AT).await;
    tab.until("/^(10:00|09:\\d\\d)$/.test(document.getElementById('countdown').textContent)")
        .await;
    // The computer's clock jumps: the page asks the server, and the countdown stays.
    site.advance(5 * MINUTE);
    tab.eval("const real = Date.now; Date.now = () => real() + 3600e3; 0")
        .await;
    tab.until("/^(05:00|04:\\d\\d)$/.test(document.getElementById('countdown').textContent)")
        .await;
    tab.until_text("announcer", "5 minutes left").await;
    tab.find("heading", "Contest running").await;
    tab.assert_clean(&site.origin, false).await;
}

#[tokio::test]
async fn at_zero_the_server_decides() {
    let (site, mut tab) = open().await;
    let title = titles(&mut tab).await.remove(0);
    tab.click("checkbox", &title).await;
    tab.until_text("contest-summary", "1 of 3 solved").await;
    // Two seconds before the end, where the server's clock stands still.
    site.advance(Duration::from_secs(30 * 60 - 2));
    tab.eval(LOOKED_AT).await;
    tab.until("document.getElementById('countdown').textContent === '00:00'")
        .await;
    tab.find("heading", "Contest running").await;
    site.advance(Duration::from_secs(2));
    tab.find("heading", "Time is up").await;
    tab.until_text("contest-summary", "1 of 3 solved").await;
    tab.until_text("announcer", "Time is up. 1 of 3 solved")
        .await;
    tab.until_text("recent-list", "Time ran out").await;
    tab.find("button", "Start contest").await;
    tab.picture("phone-dark-6-expired").await;
    tab.assert_legible().await;
    tab.assert_clean(&site.origin, false).await;
}

#[tokio::test]
async fn a_tick_after_the_end_is_removed_with_a_message() {
    let (site, mut tab) = open().await;
    let title = titles(&mut tab).await.remove(0);
    tab.click("button", "Finish contest").await;
    tab.find("dialog", "Finish the contest?").await;
    tab.click("button", "Keep going").await;
    site.advance(30 * MINUTE);
    tab.click("checkbox", &title).await;
    tab.find("heading", "Time is up").await;
    tab.until_text("contest-summary", "0 of 3 solved").await;
    tab.assert_clean(&site.origin, true).await;
}

#[tokio::test]
async fn the_end_closes_the_dialog() {
    let (site, mut tab) = open().await;
    tab.click("button", "Finish contest").await;
    tab.find("dialog", "Finish the contest?").await;
    site.advance(30 * MINUTE);
    tab.eval(LOOKED_AT).await;
    tab.until_focused("heading", "Time is up").await;
    tab.until("!document.getElementById('confirm').open").await;
    tab.assert_clean(&site.origin, false).await;
}

#[tokio::test]
async fn changes_made_elsewhere_appear_when_the_window_gets_the_focus() {
    let (site, mut tab) = open().await;
    let contest = site
        .engine
        .active_contest(site.user)
        .await
        .unwrap()
        .unwrap();
    let first = contest.problems[0].problem.id;
    site.engine
        .mark_solved(site.user, contest.id, first)
        .await
        .unwrap();
    tab.eval(LOOKED_AT).await;
    tab.until_text("contest-summary", "1 of 3 solved").await;
    site.engine
        .complete_contest(site.user, contest.id)
        .await
        .unwrap();
    tab.eval(LOOKED_AT).await;
    tab.find("heading", "Contest finished").await;
    tab.assert_clean(&site.origin, false).await;
}

#[tokio::test]
async fn an_old_response_does_not_undo_the_end() {
    let (site, mut tab) = open().await;
    let asked = "performance.getEntriesByName(new URL('api/contests/active', location)).length";
    let before = tab.eval(asked).await;
    site.order(&Method::GET, Fault::HoldAnswer, 1);
    tab.eval(LOOKED_AT).await;
    tab.click("button", "Finish contest").await;
    tab.click("button", "Finish").await;
    tab.find("heading", "Contest finished").await;
    site.release();
    // The page knows that this response is old, and loads again.
    tab.until(&format!("{asked} >= {before} + 2")).await;
    tab.find("heading", "Contest finished").await;
    tab.assert_clean(&site.origin, false).await;
}
