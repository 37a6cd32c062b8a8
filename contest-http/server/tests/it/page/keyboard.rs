//! The whole flow with the keyboard alone, by roles and names.

use serde_json::json;

use super::site::{Site, USER};
use super::tab::{Size, Tab};
use super::titles;

#[tokio::test]
async fn the_keyboard_is_enough() {
    let site = Site::start().await;
    let mut tab = Tab::new(Size::Desktop, "light").await;
    tab.open(&site.origin).await;
    tab.until_focused("textbox", "Access token").await;
    tab.tools
        .call("Input.insertText", json!({"text": USER}))
        .await;
    tab.press("Enter").await;

    tab.until_focused("heading", "New contest").await;
    tab.tab_to("spinbutton", "Problems").await;
    tab.replace("2").await;
    tab.tab_to("spinbutton", "Hard").await;
    tab.replace("0").await;
    tab.tab_to("DisclosureTriangle", "Topics: all").await;
    tab.press("Enter").await;
    tab.tab_to("checkbox", "Trees (15)").await;
    tab.press("Space").await;
    tab.tab_to("button", "Start contest").await;
    tab.press("Enter").await;

    tab.until_focused("heading", "Contest running").await;
    let title = titles(&mut tab).await.remove(1);
    tab.tab_to("checkbox", &title).await;
    tab.press("Space").await;
    tab.until_text("announcer", &format!("{title}: solved"))
        .await;
    tab.until_focused("checkbox", &title).await;
    tab.tab_to("link", &format!("Open {title} in a new tab"))
        .await;

    tab.tab_to("button", "Abandon contest").await;
    tab.press("Space").await;
    tab.until_focused("button", "Keep going").await;
    tab.press("Escape").await;
    tab.until_focused("button", "Abandon contest").await;
    tab.find("heading", "Contest running").await;
    tab.press("Enter").await;
    tab.until_focused("button", "Keep going").await;
    tab.tab_to("button", "Abandon").await;
    tab.press("Enter").await;
    tab.until_focused("heading", "Contest abandoned").await;
    tab.until_text("recent-list", "Abandoned").await;
    tab.until_text("solved", "1 of 150 solved").await;
    tab.assert_clean(&site.origin, false).await;
}

#[tokio::test]
async fn parts_are_landmarks_and_the_countdown_is_not_announced() {
    let site = Site::start().await;
    let mut tab = Tab::new(Size::Phone, "light").await;
    tab.open(&site.address()).await;
    super::begin(&mut tab).await;
    for (role, name) in [
        ("main", ""),
        ("banner", ""),
        ("region", "Contest running"),
        ("region", "Progress"),
        ("region", "Recent contests"),
        ("grid", "Problems solved on each day of the last year"),
        ("region", "The last year"),
    ] {
        tab.find(role, name).await;
    }
    let timer = tab.find("timer", "Time left").await;
    let live = timer.property("live");
    assert!(live.is_null() || live == "off", "{timer:?}");
    // After two steps of the countdown, nothing was announced.
    tab.eval("window.said = 0; new MutationObserver(() => { said += 1; })
        .observe(document.getElementById('announcer'), { childList: true, characterData: true, subtree: true })")
        .await;
    for _ in 0..2 {
        let shown = tab
            .eval("document.getElementById('countdown').textContent")
            .await;
        tab.until(&format!(
            "document.getElementById('countdown').textContent !== {shown}"
        ))
        .await;
    }
    assert_eq!(tab.eval("said").await, 0);
    tab.assert_clean(&site.origin, false).await;
}
