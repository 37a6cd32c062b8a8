//! The form's choices arrive in the request.

use contest_core::model::Topic;
use contest_core::select::{Eligibility, SelectionRequest, SolvedRule, Strategy};
use contest_core::store::HistoryRepository as _;
use serde_json::json;

use super::begin;
use super::site::Site;
use super::tab::{Size, Tab};

async fn open(window: Size) -> (Site, Tab) {
    let site = Site::start().await;
    let mut tab = Tab::new(window, "light").await;
    tab.open(&site.address()).await;
    tab.until("document.getElementById('strategy').length > 1")
        .await;
    (site, tab)
}

/// The request of the running contest.
async fn asked(site: &Site) -> SelectionRequest {
    let contest = site.engine.active_contest(site.user).await.unwrap();
    let id = contest.unwrap().id;
    let request = site.engine.store().contest_request(site.user, id).await;
    request.unwrap().unwrap()
}

impl Tab {
    /// Chooses an option of a list, as the keyboard would.
    async fn choose(&mut self, id: &str, value: &str) {
        let (id, value) = (json!(id), json!(value));
        self.eval(&format!(
            "(() => {{ const list = document.getElementById({id}); list.value = {value};
            list.dispatchEvent(new Event('input', {{ bubbles: true }})); return list.value; }})()"
        ))
        .await;
    }
}

#[tokio::test]
async fn no_choices_send_the_default_request() {
    let (site, mut tab) = open(Size::Desktop).await;
    begin(&mut tab).await;
    let request = asked(&site).await;
    assert_eq!(request.strategy(), &Strategy::Uniform);
    assert_eq!(request.eligibility(), &Eligibility::default());
    assert!(request.excluded_topics().is_empty());
    tab.assert_clean(&site.origin, false).await;
}

#[tokio::test]
async fn a_strategy_rules_and_topics_to_leave_out_are_sent() {
    let (site, mut tab) = open(Size::Phone).await;
    tab.find("combobox", "Pick problems").await;
    tab.choose("strategy", "topic_balanced").await;
    tab.until_text("strategy-hint", "least-solved topics first")
        .await;
    tab.click("DisclosureTriangle", "Rules: no solved problems")
        .await;
    tab.choose("solved-rule", "exclude_within_days").await;
    tab.fill("spinbutton", "After how many days", "45").await;
    tab.click("checkbox", "Leave out problems from my earlier contests")
        .await;
    tab.find(
        "DisclosureTriangle",
        "Rules: solved problems come back, none from earlier contests",
    )
    .await;
    tab.click("DisclosureTriangle", "Topics to leave out: none")
        .await;
    tab.click("checkbox", "Graphs (13)").await;
    tab.find("DisclosureTriangle", "Topics to leave out: Graphs")
        .await;
    tab.picture("phone-light-11-choices").await;
    tab.assert_legible().await;
    tab.assert_named().await;

    begin(&mut tab).await;
    let request = asked(&site).await;
    assert_eq!(request.strategy(), &Strategy::TopicBalanced);
    let days = std::time::Duration::from_hours(45 * 24);
    let rules = request.eligibility();
    assert_eq!(rules.solved(), SolvedRule::ExcludeWithin(days));
    assert!(rules.excludes_attempted());
    let graphs = Topic::new("Graphs").unwrap();
    assert!(request.excluded_topics().iter().eq([&graphs]));
    tab.assert_clean(&site.origin, false).await;
}

#[tokio::test]
async fn an_invalid_number_of_days_is_reported_at_the_field() {
    let (site, mut tab) = open(Size::Phone).await;
    tab.click("DisclosureTriangle", "Rules: no solved problems")
        .await;
    tab.choose("solved-rule", "exclude_within_days").await;
    for (text, said) in [
        ("", "Enter a whole number."),
        ("4000", "The number of days is 4000: expected 1 to 3650."),
    ] {
        tab.fill("spinbutton", "After how many days", text).await;
        tab.click("button", "Start contest").await;
        tab.until_text("rules-error", said).await;
        tab.until_focused("spinbutton", "After how many days").await;
        assert_eq!(site.contests().await, 0);
    }
    tab.assert_clean(&site.origin, true).await;
}
