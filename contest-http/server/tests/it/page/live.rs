//! Changes made elsewhere appear by themselves, where the host streams events.

use super::begin;
use super::site::Site;
use super::tab::{Size, Tab};
use super::time::contest_of;

#[tokio::test]
async fn changes_made_elsewhere_appear_by_themselves() {
    let site = Site::live().await;
    let mut tab = Tab::new(Size::Desktop, "dark").await;
    tab.open(&site.address()).await;
    tab.find("heading", "New contest").await;

    let contest = site.engine.create_contest(site.user, &contest_of(3)).await;
    let contest = contest.unwrap().contest;
    tab.find("heading", "Contest running").await;
    let first = contest.problems[0].problem.id;
    let marked = site.engine.mark_solved(site.user, contest.id, first);
    marked.await.unwrap();
    tab.until_text("contest-summary", "1 of 3 solved").await;
    tab.until_text("solved", "1 of 150 solved").await;
    let later = contest.deadline + std::time::Duration::from_mins(15);
    let extended = site.engine.extend_contest(site.user, contest.id, later);
    extended.await.unwrap();
    tab.until("/^(45:00|44:\\d\\d)$/.test(document.getElementById('countdown').textContent)")
        .await;
    let completed = site.engine.complete_contest(site.user, contest.id);
    completed.await.unwrap();
    tab.find("heading", "Contest finished").await;
    tab.until_text("recent-list", "1 of 3 solved").await;
    tab.assert_clean(&site.origin, false).await;
}

#[tokio::test]
async fn changes_made_here_are_sent_once() {
    let site = Site::live().await;
    let mut tab = Tab::new(Size::Phone, "light").await;
    tab.open(&site.address()).await;
    begin(&mut tab).await;
    let title = super::titles(&mut tab).await.remove(0);
    for solved in ["1 of 3", "0 of 3", "1 of 3"] {
        tab.click("checkbox", &title).await;
        tab.until_text("contest-summary", solved).await;
    }
    tab.click("button", "Finish contest").await;
    tab.click("button", "Finish").await;
    tab.until_focused("heading", "Contest finished").await;
    assert_eq!(site.contests().await, 1);
    // A hidden page does not listen, and a page shown again has missed nothing.
    tab.eval(
        "Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
        document.dispatchEvent(new Event('visibilitychange'))",
    )
    .await;
    let again = site.engine.create_contest(site.user, &contest_of(1)).await;
    again.unwrap();
    tab.eval(
        "delete document.visibilityState; document.dispatchEvent(new Event('visibilitychange'))",
    )
    .await;
    tab.find("heading", "Contest running").await;
    tab.assert_clean(&site.origin, false).await;
}
