//! Errors are shown in plain words next to their cause, and retried where that helps.

use http::{Method, StatusCode};
use serde_json::json;

use super::site::{Fault, Site};
use super::tab::{Size, Tab};
use super::time::contest_of;
use super::{begin, titles};

async fn open() -> (Site, Tab) {
    let site = Site::start().await;
    let mut tab = Tab::new(Size::Phone, "light").await;
    tab.open(&site.address()).await;
    tab.find("heading", "New contest").await;
    (site, tab)
}

#[tokio::test]
async fn a_wrong_token_is_reported_and_asked_for_again() {
    let site = Site::start().await;
    let mut tab = Tab::new(Size::Phone, "light").await;
    tab.open(&format!("{}/#token=nonsense", site.origin)).await;
    tab.until_text("token-error", "This token is not accepted.")
        .await;
    let input = tab.find("textbox", "Access token").await;
    assert_eq!(input.property("invalid"), &json!("true"));
    assert!(
        input.description.contains("This token is not accepted."),
        "{input:?}"
    );
    assert_eq!(tab.eval("location.hash").await, "");
    assert_eq!(tab.eval("sessionStorage.length").await, 0);
    tab.picture("phone-light-7-wrong-token").await;
    tab.assert_clean(&site.origin, true).await;
}

#[tokio::test]
async fn a_link_with_another_token_replaces_no_session_unasked() {
    const OTHER: &str = "0190d3f4-7a00-7000-8000-000000000099";
    let (site, mut tab) = open().await;
    let session = "sessionStorage.getItem('contest.token')";
    let mine = tab.eval(session).await;
    let link = format!("location.hash = 'token={OTHER}'");
    tab.eval(&link).await;
    tab.find("heading", "Sign in with the token of this link?")
        .await;
    assert_eq!(tab.eval("location.hash").await, "");
    // What the page learns about contests does not answer the question.
    tab.eval("dispatchEvent(new Event('focus'))").await;
    tab.click("button", "Stay signed in").await;
    assert_eq!(tab.eval(session).await, mine);

    // The link of the session itself asks nothing; the other one, also when the page is opened with it.
    tab.open("about:blank").await;
    tab.open(&site.address()).await;
    tab.find("heading", "New contest").await;
    tab.open("about:blank").await;
    tab.open(&format!("{}/#token={OTHER}", site.origin)).await;
    assert_eq!(tab.eval(session).await, mine);
    tab.click("button", "Sign in again").await;
    tab.until(&format!("{session} === '{OTHER}'")).await;
    tab.find("heading", "New contest").await;
    tab.assert_clean(&site.origin, false).await;
}

#[tokio::test]
async fn a_token_that_is_no_longer_accepted_is_asked_for_again() {
    let (site, mut tab) = open().await;
    begin(&mut tab).await;
    let title = titles(&mut tab).await.remove(0);
    site.order(&Method::PATCH, Fault::Refuse(StatusCode::UNAUTHORIZED), 1);
    tab.click("checkbox", &title).await;
    tab.until_focused("textbox", "Access token").await;
    tab.until_text("token-error", "This token is not accepted.")
        .await;
    assert_eq!(
        tab.eval("document.body.textContent")
            .await
            .as_str()
            .unwrap()
            .find(&title),
        None
    );
    tab.assert_clean(&site.origin, true).await;
}

#[tokio::test]
async fn a_refusal_of_the_api_is_shown_at_the_field() {
    let (site, mut tab) = open().await;
    for (field, text, said) in [
        (
            "Problems",
            "21",
            "The number of problems is 21: expected 1 to 20.",
        ),
        ("Problems", "", "Enter a whole number."),
        (
            "Minutes",
            "5",
            "The duration in minutes is 5: expected 10 to 300.",
        ),
    ] {
        tab.fill("spinbutton", field, text).await;
        tab.click("button", "Start contest").await;
        tab.until_focused("spinbutton", field).await;
        let node = tab.find("spinbutton", field).await;
        assert_eq!(node.property("invalid"), &json!("true"), "{node:?}");
        assert_eq!(node.description, said, "{node:?}");
        tab.picture(&format!("phone-light-8-refused-{}", field.to_lowercase()))
            .await;
        tab.assert_legible().await;
        tab.fill("spinbutton", field, "10").await;
    }
    for difficulty in ["Easy", "Medium", "Hard"] {
        tab.fill("spinbutton", difficulty, "0").await;
    }
    tab.click("button", "Start contest").await;
    tab.until_text("mix-error", "at least one difficulty needs a weight")
        .await;
    assert_eq!(site.contests().await, 0);
    tab.assert_clean(&site.origin, true).await;
}

#[tokio::test]
async fn a_creation_whose_response_is_lost_makes_one_contest() {
    let (site, mut tab) = open().await;
    site.order(&Method::POST, Fault::LoseAnswer, 1);
    begin(&mut tab).await;
    assert_eq!(site.outstanding(), 0);
    let error = "document.getElementById('contest-error').textContent";
    assert_eq!(tab.eval(error).await, "");
    assert_eq!(site.contests().await, 1);
    tab.assert_clean(&site.origin, true).await;
}

#[tokio::test]
async fn a_creation_repeated_by_hand_keeps_its_key() {
    let (site, mut tab) = open().await;
    // The first is carried out without a response; a failure that is not retried ends the attempt.
    site.order(&Method::POST, Fault::LoseAnswer, 1);
    site.order(
        &Method::POST,
        Fault::Refuse(StatusCode::INTERNAL_SERVER_ERROR),
        1,
    );
    tab.fill("spinbutton", "Problems", "3").await;
    tab.fill("spinbutton", "Minutes", "30").await;
    tab.click("button", "Start contest").await;
    tab.until_text("create-error", "Ordered by the test.").await;
    tab.click("button", "Start contest").await;
    tab.until_focused("heading", "Contest running").await;
    assert_eq!(
        tab.eval("document.getElementById('contest-error').textContent")
            .await,
        ""
    );
    assert_eq!(site.contests().await, 1);
    tab.assert_clean(&site.origin, true).await;
}

#[tokio::test]
async fn a_contest_begun_elsewhere_is_shown() {
    let (site, mut tab) = open().await;
    site.engine
        .create_contest(site.user, &contest_of(2))
        .await
        .unwrap();
    tab.click("button", "Start contest").await;
    tab.until_focused("heading", "Contest running").await;
    tab.until_text("contest-error", "A contest is already running.")
        .await;
    assert_eq!(titles(&mut tab).await.len(), 2);
    tab.assert_clean(&site.origin, true).await;
}

#[tokio::test]
async fn a_tick_that_is_not_saved_goes_back() {
    let (site, mut tab) = open().await;
    begin(&mut tab).await;
    let title = titles(&mut tab).await.remove(0);
    site.order(
        &Method::PATCH,
        Fault::Refuse(StatusCode::INTERNAL_SERVER_ERROR),
        1,
    );
    tab.click("checkbox", &title).await;
    tab.until_text("problems", "Not saved.").await;
    let node = tab.find("checkbox", &title).await;
    assert_eq!(node.property("checked"), &json!("false"));
    assert!(
        node.description.contains("Not saved. Ordered by the test."),
        "{node:?}"
    );
    tab.until_text("contest-summary", "0 of 3 solved").await;
    tab.picture("phone-light-9-not-saved").await;
    tab.assert_legible().await;
    tab.assert_clean(&site.origin, true).await;
}

#[tokio::test]
async fn an_overloaded_server_is_retried_with_a_message() {
    let (site, mut tab) = open().await;
    begin(&mut tab).await;
    let title = titles(&mut tab).await.remove(0);
    site.order(
        &Method::PATCH,
        Fault::Refuse(StatusCode::SERVICE_UNAVAILABLE),
        2,
    );
    tab.click("checkbox", &title).await;
    tab.until_text("banner", "The server does not answer. Trying again")
        .await;
    tab.picture("phone-light-10-retrying").await;
    tab.assert_legible().await;
    tab.until_text("announcer", &format!("{title}: solved"))
        .await;
    tab.until("document.getElementById('banner').textContent === ''")
        .await;
    tab.until_text("solved", "1 of 150 solved").await;
    tab.assert_clean(&site.origin, true).await;
}

#[tokio::test]
async fn a_page_that_was_offline_continues_by_itself() {
    let (site, mut tab) = open().await;
    begin(&mut tab).await;
    let title = titles(&mut tab).await.remove(0);
    let offline = |offline: bool| json!({"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
    tab.tools
        .call("Network.emulateNetworkConditions", offline(true))
        .await;
    tab.click("checkbox", &title).await;
    tab.until_text("banner", "You are offline.").await;
    tab.tools
        .call("Network.emulateNetworkConditions", offline(false))
        .await;
    tab.until_text("announcer", &format!("{title}: solved"))
        .await;
    tab.until("document.getElementById('banner').textContent === ''")
        .await;
    tab.assert_clean(&site.origin, true).await;
}

#[tokio::test]
async fn an_end_whose_response_is_lost_still_ends() {
    let (site, mut tab) = open().await;
    begin(&mut tab).await;
    site.order(&Method::POST, Fault::LoseAnswer, 1);
    tab.click("button", "Finish contest").await;
    tab.click("button", "Finish").await;
    tab.until_focused("heading", "Contest finished").await;
    tab.until("document.getElementById('contest-error').textContent === ''")
        .await;
    tab.assert_clean(&site.origin, true).await;
}
