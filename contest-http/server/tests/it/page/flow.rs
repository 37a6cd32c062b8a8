//! The whole flow with a mouse, at each size and in each scheme.

use serde_json::json;

use super::site::{Site, USER};
use super::tab::{Size, Tab};
use super::{begin, titles};

#[tokio::test]
async fn on_a_phone_in_daylight() {
    practise(Size::Phone, "light").await;
}

#[tokio::test]
async fn on_a_phone_at_night() {
    practise(Size::Phone, "dark").await;
}

#[tokio::test]
async fn at_a_desk_in_daylight() {
    practise(Size::Desktop, "light").await;
}

#[tokio::test]
async fn at_a_desk_at_night() {
    practise(Size::Desktop, "dark").await;
}

async fn practise(window: Size, scheme: &str) {
    let site = Site::start().await;
    let mut tab = Tab::new(window, scheme).await;
    let name = |step: &str| format!("{window:?}-{scheme}-{step}").to_lowercase();

    tab.open(&site.origin).await;
    tab.until_focused("textbox", "Access token").await;
    check(&mut tab, &name("1-sign-in")).await;
    tab.tools
        .call("Input.insertText", json!({"text": USER}))
        .await;
    tab.click("button", "Sign in").await;
    tab.until_focused("heading", "New contest").await;
    tab.until_text("solved", "0 of 150 solved").await;
    tab.click("DisclosureTriangle", "Topics: all").await;
    tab.click("checkbox", "Graphs (13)").await;
    tab.find("DisclosureTriangle", "Topics: Graphs").await;
    check(&mut tab, &name("2-create")).await;

    begin(&mut tab).await;
    tab.until_focused("heading", "Contest running").await;
    tick_and_take_back(&mut tab).await;
    check(&mut tab, &name("3-running")).await;

    tab.click("button", "Finish contest").await;
    tab.find("dialog", "Finish the contest?").await;
    check(&mut tab, &name("4-confirm")).await;
    tab.click("button", "Finish").await;
    tab.until_focused("heading", "Contest finished").await;
    tab.until_text("contest-summary", "1 of 3 solved").await;
    tab.until_text("recent-list", "Finished").await;
    tab.until_text("recent-list", "1 of 3 solved, 30 minutes")
        .await;
    tab.find("button", "Start contest").await;
    check(&mut tab, &name("5-finished")).await;
    tab.assert_clean(&site.origin, false).await;
}

/// Ticks the first box, takes it back, ticks it again; progress follows.
async fn tick_and_take_back(tab: &mut Tab) {
    let title = titles(tab).await.remove(0);
    for (solved, counted) in [(true, "1 of"), (false, "0 of"), (true, "1 of")] {
        tab.click("checkbox", &title).await;
        let said = if solved { "solved" } else { "not solved" };
        tab.until_text("announcer", &format!("{title}: {said}"))
            .await;
        tab.until_text("contest-summary", &format!("{counted} 3 solved"))
            .await;
        tab.until_text("solved", &format!("{counted} 150 solved"))
            .await;
        let node = tab.find("checkbox", &title).await;
        assert_eq!(node.property("checked"), &json!(solved.to_string()));
    }
    tab.until_text("by-topic", "1 of 13").await;
    tab.until_text("streak", "1 solved. Days in a row: 1 now, 1 at most.")
        .await;
}

async fn check(tab: &mut Tab, name: &str) {
    tab.picture(name).await;
    tab.assert_legible().await;
    tab.assert_named().await;
}

#[tokio::test]
async fn a_token_in_the_url_signs_in_and_is_removed_from_it() {
    let site = Site::start().await;
    let mut tab = Tab::new(Size::Desktop, "light").await;
    tab.open(&site.address()).await;
    tab.find("heading", "New contest").await;
    assert_eq!(tab.eval("location.href").await, format!("{}/", site.origin));
    assert_eq!(
        tab.eval("history.length").await,
        2,
        "about:blank and the page"
    );

    tab.open(&site.origin).await;
    tab.find("heading", "New contest").await;
    tab.click("button", "Sign out").await;
    tab.until_focused("textbox", "Access token").await;
    assert_eq!(tab.eval("sessionStorage.length").await, 0);
    tab.assert_clean(&site.origin, false).await;
}

#[tokio::test]
async fn older_contests_come_page_by_page() {
    let site = Site::start().await;
    let request = super::time::contest_of(1);
    for _ in 0..7 {
        let created = site.engine.create_contest(site.user, &request).await;
        let contest = created.unwrap().contest;
        site.engine
            .abandon_contest(site.user, contest.id)
            .await
            .unwrap();
        site.advance(std::time::Duration::from_mins(1));
    }
    let mut tab = Tab::new(Size::Desktop, "light").await;
    tab.open(&site.address()).await;
    tab.click("button", "Older contests").await;
    tab.until("document.querySelectorAll('#recent-list > li').length === 7")
        .await;
    tab.until("document.activeElement === document.querySelectorAll('#recent-list > li')[5]")
        .await;
    tab.assert_clean(&site.origin, false).await;
}
