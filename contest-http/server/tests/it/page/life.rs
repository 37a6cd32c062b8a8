//! Late ticks, resuming a contest, and starting over, where the host allows it.

use std::time::Duration;

use super::site::Site;
use super::tab::{Size, Tab};
use super::time::contest_of;
use super::{begin, titles};

const LOOKED_AT: &str = "dispatchEvent(new Event('focus'))";

async fn open(site: &Site) -> Tab {
    let mut tab = Tab::new(Size::Desktop, "light").await;
    tab.open(&site.address()).await;
    tab.find("heading", "New contest").await;
    tab
}

#[tokio::test]
async fn a_tick_in_the_grace_counts_as_late_until_it_is_over() {
    let site = Site::lenient().await;
    let mut tab = open(&site).await;
    begin(&mut tab).await;
    let titles = titles(&mut tab).await;
    site.advance(Duration::from_mins(35));
    tab.eval(LOOKED_AT).await;
    tab.find("heading", "Time is up").await;
    tab.until_text("contest-summary", "Problems you tick off now count as late")
        .await;
    tab.click("checkbox", &titles[0]).await;
    tab.until_text("contest-summary", "1 of 3 solved").await;
    tab.click("checkbox", &titles[0]).await;
    tab.until_text("problems", "A tick cannot be removed").await;
    tab.until_text("recent-list", "1 of 3 solved, 30 minutes, 1 late")
        .await;
    tab.find("button", "Start contest").await;
    tab.picture("desktop-light-12-late").await;
    tab.assert_legible().await;
    site.advance(Duration::from_mins(5));
    tab.eval(LOOKED_AT).await;
    tab.until_text("problems", "took 35 minutes, late").await;
    tab.until_text("by-difficulty", ", 35 minutes each").await;
    tab.until("document.querySelectorAll('#problems input').length === 0")
        .await;
    tab.assert_clean(&site.origin, false).await;
}

#[tokio::test]
async fn an_abandoned_contest_is_resumed() {
    let site = Site::lenient().await;
    let mut tab = open(&site).await;
    begin(&mut tab).await;
    let title = titles(&mut tab).await.remove(0);
    tab.click("checkbox", &title).await;
    tab.until_text("contest-summary", "1 of 3 solved").await;
    tab.click("button", "Abandon contest").await;
    tab.until_text("confirm-text", "You can resume the contest")
        .await;
    tab.click("button", "Abandon").await;
    tab.find("heading", "Contest abandoned").await;
    tab.click("button", "Resume contest").await;
    tab.until_focused("heading", "Contest running").await;
    tab.until_text("contest-summary", "1 of 3 solved").await;

    // Also from the list of recent contests alone.
    let contest = site.engine.active_contest(site.user).await.unwrap();
    let contest = contest.unwrap();
    let abandoned = site.engine.abandon_contest(site.user, contest.id).await;
    abandoned.unwrap();
    tab.open("about:blank").await;
    tab.open(&site.address()).await;
    tab.until_text("recent-list", "Resume").await;
    tab.picture("desktop-light-13-resume").await;
    tab.assert_legible().await;
    tab.assert_named().await;
    tab.eval("document.querySelector('#recent-list button').click()")
        .await;
    tab.until_focused("heading", "Contest running").await;
    tab.assert_clean(&site.origin, false).await;
}

#[tokio::test]
async fn resuming_is_not_offered_where_it_is_not_allowed() {
    let site = Site::start().await;
    let mut tab = open(&site).await;
    begin(&mut tab).await;
    tab.click("button", "Abandon contest").await;
    tab.until_text("confirm-text", "The contest cannot be resumed")
        .await;
    tab.click("button", "Abandon").await;
    tab.find("heading", "Contest abandoned").await;
    tab.until_text("recent-list", "Abandoned").await;
    let offered = "[...document.querySelectorAll('button')]
        .filter((e) => e.checkVisibility() && e.innerText.includes('Resume')).length";
    assert_eq!(tab.eval(offered).await, 0);
    tab.assert_clean(&site.origin, false).await;
}

#[tokio::test]
async fn starting_over_asks_first_and_keeps_the_contests() {
    let site = Site::start().await;
    let contest = site.engine.create_contest(site.user, &contest_of(2)).await;
    let contest = contest.unwrap().contest;
    let first = contest.problems[0].problem.id;
    let engine = &site.engine;
    let marked = engine.mark_solved(site.user, contest.id, first).await;
    marked.unwrap();
    let mut tab = Tab::new(Size::Desktop, "light").await;
    tab.open(&site.address()).await;
    tab.until_text("solved", "1 of 150 solved").await;

    // Starting over is refused while a contest runs.
    tab.click("button", "Start over").await;
    tab.find("dialog", "Start over?").await;
    tab.eval("document.getElementById('confirm-yes').click()")
        .await;
    tab.until_text("progress-error", "A contest is already running")
        .await;
    let completed = engine.complete_contest(site.user, contest.id).await;
    completed.unwrap();
    tab.click("button", "Start over").await;
    tab.click("button", "Keep my progress").await;
    tab.until_text("solved", "1 of 150 solved").await;
    tab.click("button", "Start over").await;
    tab.eval("document.getElementById('confirm-yes').click()")
        .await;
    tab.until_text("solved", "0 of 150 solved").await;
    tab.until_text("recent-list", "1 of 2 solved").await;
    assert_eq!(engine.epoch(site.user).await.unwrap().number, 1);
    tab.assert_clean(&site.origin, true).await;
}
