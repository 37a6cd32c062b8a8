//! Rounds that the host gives, and their contests.

use std::time::Duration;

use contest_core::id::RoundId;
use contest_core::prelude::*;
use contest_core::scoring::{Attempt, Verdict};
use contest_core::standings::{Admission, Judging, Round, RoundProblem};
use serde_json::json;

use super::site::{Site, USER};
use super::tab::{Size, Tab};
use super::titles;

pub(super) const ROUND: &str = "0190d3f4-7a00-7000-8000-0000000000aa";
pub(super) const HOUR: Duration = Duration::from_hours(1);
pub(super) const LOOKED_AT: &str = "dispatchEvent(new Event('focus'))";
/// The text of the board, a line for each row.
pub(super) const LINES: &str = "[...document.querySelectorAll('#board-rows tr')].map((row) => row.innerText.replace(/\\s+/g, ' '))";

/// The Spring Cup: three problems, from now on for two hours.
pub(super) fn cup(site: &Site) -> Round {
    let now = site.clock().now();
    let catalogue = site.engine.catalogue();
    let problems = catalogue.problems().iter().take(3);
    let problems = problems.map(|problem| RoundProblem::new(problem.id));
    let round = Round::new(now, now + 2 * HOUR, problems).unwrap();
    round.with_title("Spring Cup".parse().unwrap())
}

pub(super) async fn give(site: &Site, round: &Round) -> RoundId {
    let id = ROUND.parse().unwrap();
    site.rounds.put(id, round).await.unwrap();
    id
}

pub(super) fn user(number: u32) -> UserId {
    let id = format!("0190d3f4-7a00-7000-8000-1{number:011}");
    id.parse().unwrap()
}

/// Another user joins, and ticks the first `solved` problems.
pub(super) async fn take_part(site: &Site, user: UserId, round: RoundId, solved: usize) -> Contest {
    let contest = site.rounds.join(user, round).await.unwrap().contest;
    for entry in &contest.problems[..solved] {
        let marked = site.engine.mark_solved(user, contest.id, entry.problem.id);
        marked.await.unwrap();
    }
    contest
}

pub(super) async fn open(site: &Site, window: Size, scheme: &str) -> Tab {
    let mut tab = Tab::new(window, scheme).await;
    tab.open(&site.address()).await;
    tab.find("region", "Rounds").await;
    tab
}

pub(super) async fn join(tab: &mut Tab) {
    tab.click("button", "Join Spring Cup").await;
    tab.until_focused("heading", "Contest running").await;
    tab.find("heading", "Board of Spring Cup").await;
}

pub(super) async fn check(tab: &mut Tab, name: &str) {
    tab.picture(name).await;
    tab.assert_legible().await;
    tab.assert_named().await;
}

#[tokio::test]
async fn a_round_is_joined_on_a_phone_at_night_and_its_board_follows_others() {
    follow_others(Size::Phone, "dark").await;
}

#[tokio::test]
async fn a_round_is_joined_at_a_desk_in_daylight_and_its_board_follows_others() {
    follow_others(Size::Desktop, "light").await;
}

async fn follow_others(window: Size, scheme: &str) {
    let site = Site::start().await;
    let round = give(&site, &cup(&site)).await;
    let mut tab = open(&site, window, scheme).await;
    let name = |step: &str| format!("{window:?}-{scheme}-{step}").to_lowercase();
    tab.until_text("rounds-list", "Spring Cup").await;
    tab.until_text("rounds-list", "Open").await;
    tab.until_text("rounds-list", "3 problems").await;
    check(&mut tab, &name("14-rounds")).await;

    join(&mut tab).await;
    let clock = "document.getElementById('countdown').textContent";
    tab.until(&format!("/^(02:00:00|01:59:\\d\\d)$/.test({clock})"))
        .await;
    tab.until_text("own-place", "Your place: 1. 0 of 3 solved.")
        .await;
    tab.until_text("rounds-list", "joined").await;
    let buttons = "document.querySelectorAll('#rounds-list button').length";
    assert_eq!(tab.eval(buttons).await, 0);
    assert_eq!(tab.eval("location.hash").await, format!("#round={ROUND}"));

    // Everything below happens without loading the page again.
    tab.eval("window.stays = true").await;
    let title = titles(&mut tab).await.remove(1);
    tab.click("checkbox", &title).await;
    tab.until_text("own-place", "Your place: 1. 1 of 3 solved.")
        .await;
    tab.find("rowheader", "You").await;
    take_part(&site, user(2), round, 2).await;
    tab.until_text("own-place", "Your place: 2. 1 of 3 solved.")
        .await;
    let lines: Vec<String> = serde_json::from_value(tab.eval(LINES).await).unwrap();
    let solved = "✓ 00:00 solved, after less than a minute, 1 try";
    assert_eq!(lines[0].trim(), format!("1 …00000002 2 {solved} {solved}"));
    assert_eq!(lines[1].trim(), format!("2 You 1 {solved}"));
    tab.until("document.getElementById('next-rows').hidden")
        .await;
    let marked = "document.querySelector('#board-rows [aria-current=true]').innerText";
    tab.until(&format!("{marked}.includes('You')")).await;
    assert_eq!(tab.eval("stays").await, json!(true));
    check(&mut tab, &name("15-board")).await;
    tab.assert_clean(&site.origin, false).await;
}

#[tokio::test]
async fn markup_in_a_title_is_text() {
    const MARKUP: &str = "<img src=x onerror=alert(1)><b>bold</b>";
    let site = Site::start().await;
    let title = MARKUP.repeat(4);
    let round = cup(&site).with_title(title.parse().unwrap());
    give(&site, &round).await;
    let mut tab = open(&site, Size::Phone, "dark").await;
    tab.click("link", &format!("Board of {title}")).await;
    tab.until_focused("heading", &format!("Board of {title}"))
        .await;
    tab.until_text("board-none", "No participants yet.").await;
    let made = "document.querySelectorAll('main img, main b').length";
    assert_eq!(tab.eval(made).await, 0);
    check(&mut tab, "phone-dark-17-hostile-title").await;
    // What follows the id in a fragment leads to no other path.
    for fragment in ["round=../contests", "round=%3Cb%3E", "round="] {
        tab.eval(&format!("location.hash = '{fragment}'")).await;
        tab.until("document.getElementById('board').hidden").await;
    }
    tab.assert_clean(&site.origin, false).await;
}

#[tokio::test]
async fn the_keyboard_is_enough_for_a_round() {
    let site = Site::start().await;
    let round = give(&site, &cup(&site)).await;
    for number in 100..125 {
        take_part(&site, user(number), round, 1).await;
    }
    let mut tab = open(&site, Size::Desktop, "dark").await;
    tab.tab_to("button", "Join Spring Cup").await;
    tab.press("Enter").await;
    tab.until_focused("heading", "Contest running").await;
    let title = titles(&mut tab).await.remove(0);
    tab.until_text("own-place", "Your place: 26.").await;
    tab.tab_to("checkbox", &title).await;
    tab.press("Space").await;
    tab.until_text("own-place", "Your place: 1. 1 of 3 solved.")
        .await;
    tab.tab_to("link", "Board of Spring Cup").await;
    tab.press("Enter").await;
    tab.until_focused("heading", "Board of Spring Cup").await;
    tab.tab_to("group", "Board of Spring Cup").await;

    // The user is equal to the others, and has the smallest id.
    let rows = |count: usize| format!("{LINES}.length === {count}");
    tab.until(&rows(20)).await;
    tab.find("rowheader", "You").await;
    tab.tab_to("button", "Next page").await;
    tab.press("Enter").await;
    tab.until(&rows(6)).await;
    tab.until_text("announcer", "Page 2 of the board").await;
    tab.until_focused("heading", "Board of Spring Cup").await;
    tab.tab_to("button", "Previous page").await;
    tab.press("Space").await;
    tab.until(&rows(20)).await;
    tab.until_focused("heading", "Board of Spring Cup").await;
    tab.find("rowheader", "You").await;

    // The first page follows again.
    take_part(&site, user(200), round, 2).await;
    tab.until(&format!("{LINES}[0].startsWith('1 …00000200')"))
        .await;
    tab.assert_clean(&site.origin, false).await;
}

#[tokio::test]
async fn only_the_host_judges_and_verdicts_are_shown() {
    let site = Site::live().await;
    let judged = cup(&site).with_judging(Judging::Host);
    give(&site, &judged).await;
    let mut tab = open(&site, Size::Phone, "light").await;
    join(&mut tab).await;
    tab.until_text("contest-summary", "0 of 3 solved. The host judges")
        .await;
    let boxes = "document.querySelectorAll('#problems input').length";
    assert_eq!(tab.eval(boxes).await, 0);

    let contest = site.engine.active_contest(site.user).await.unwrap();
    let contest = contest.unwrap();
    let problem = contest.problems[1].problem.id;
    let attempt = |verdict, id: &str| {
        let mut attempt = Attempt::new(problem, site.clock().now(), verdict);
        attempt.submission = Some(id.parse().unwrap());
        attempt
    };
    let record = async |attempts: &[Attempt]| {
        let recorded = site
            .engine
            .record_attempts(site.user, contest.id, attempts)
            .await;
        recorded.unwrap();
    };
    record(&[attempt(Verdict::Rejected, "a")]).await;
    let second = attempt(Verdict::Pending, "b");
    record(std::slice::from_ref(&second)).await;
    tab.eval(LOOKED_AT).await;
    tab.until_text("problems", "rejected;").await;
    tab.until_text("problems", "not judged yet").await;
    check(&mut tab, "phone-light-18-judged").await;
    record(&[attempt(Verdict::Accepted, "b")]).await;
    tab.eval(LOOKED_AT).await;
    tab.until_text("problems", "accepted").await;
    tab.until_text("contest-summary", "1 of 3 solved.").await;
    tab.until_text("own-place", "1 of 3 solved.").await;

    // The contest is shown in the same way after its end, and a page opened later knows at once.
    tab.click("button", "Finish contest").await;
    tab.until_text("confirm-text", "Later solutions do not count.")
        .await;
    tab.click("button", "Finish").await;
    tab.until_focused("heading", "Contest finished").await;
    tab.until_text("problems", "accepted").await;
    record(&[
        attempt(Verdict::Rejected, "a"),
        attempt(Verdict::Rejected, "b"),
    ])
    .await;
    tab.eval(LOOKED_AT).await;
    tab.until_text("contest-summary", "0 of 3 solved.").await;
    tab.assert_clean(&site.origin, false).await;
}

#[tokio::test]
async fn after_the_end_a_user_takes_part_virtually() {
    let site = Site::start().await;
    let round = give(&site, &cup(&site)).await;
    take_part(&site, user(2), round, 1).await;
    site.advance(3 * HOUR);
    let mut tab = open(&site, Size::Desktop, "light").await;
    tab.until_text("rounds-list", "Closed").await;
    tab.click("button", "Take part virtually in Spring Cup")
        .await;
    tab.until_text("confirm-text", "You have 120 minutes, beginning now.")
        .await;
    tab.click("button", "Not yet").await;
    assert_eq!(site.contests().await, 0);
    tab.click("button", "Take part virtually in Spring Cup")
        .await;
    tab.click("button", "Begin").await;
    tab.until_focused("heading", "Contest running").await;
    tab.until_text(
        "own-place",
        "Your place would be 2: you take part virtually.",
    )
    .await;
    assert_eq!(site.contests().await, 1);
    tab.assert_clean(&site.origin, false).await;
}

#[tokio::test]
async fn the_users_own_time_is_told_before_it_begins() {
    let of = Duration::from_mins;
    for (passed, button, told) in [
        (0, "Join Spring Cup", "90 minutes"),
        (61, "Join Spring Cup", "59 minutes"),
        (120, "Take part virtually in Spring Cup", "90 minutes"),
    ] {
        let site = Site::start().await;
        give(&site, &cup(&site).with_personal_limit(of(90))).await;
        site.advance(of(passed));
        let mut tab = open(&site, Size::Phone, "light").await;
        tab.until_text("rounds-list", "90 minutes from joining on")
            .await;
        tab.click("button", button).await;
        tab.until_text("confirm-text", &format!("You have {told}, beginning now."))
            .await;
        tab.click("button", "Not yet").await;
        assert_eq!(site.contests().await, 0);
        tab.assert_clean(&site.origin, false).await;
    }
}

#[tokio::test]
async fn a_round_opens_and_closes_before_the_users_eyes() {
    let site = Site::start().await;
    let now = site.clock().now();
    let later = |seconds| now + Duration::from_secs(seconds);
    let problems = cup(&site).problems().to_vec();
    let short = Round::new(later(2), later(8), problems).unwrap();
    give(&site, &short).await;
    let mut tab = Tab::new(Size::Phone, "light").await;
    let zone = json!({"timezoneId": "Asia/Kolkata"});
    tab.tools.call("Emulation.setTimezoneOverride", zone).await;
    tab.open(&site.address()).await;
    tab.until_text("rounds-list", "Upcoming").await;
    tab.until_text("rounds-list", "3:30").await;
    assert_eq!(
        tab.eval("document.querySelectorAll('#rounds-list :is(a, button)').length")
            .await,
        0
    );
    tab.until_text("rounds-list", "Open").await;
    // The server, whose clock stands still here, decides.
    // A response with its time can take the button away again before it is clicked.
    let refused = "(() => {
        const error = document.getElementById('rounds-error').innerText;
        if (error === '') document.querySelector('#rounds-list button')?.click();
        return error.includes('This round has not opened yet.');
    })()";
    tab.until(refused).await;
    tab.until_text("rounds-list", "Closed").await;
    tab.assert_legible().await;
    tab.assert_clean(&site.origin, true).await;
}

#[tokio::test]
async fn a_round_that_closes_while_it_is_drawn_is_shown_as_closed() {
    let site = Site::start().await;
    let now = site.clock().now();
    let problems = cup(&site).problems().to_vec();
    let ends = Round::new(now, now + Duration::from_secs(2), problems);
    give(&site, &ends.unwrap()).await;
    let mut tab = Tab::new(Size::Phone, "light").await;
    let slow = "(() => {
        let drawn = 0;
        const [now, draw] = [performance.now.bind(performance), Element.prototype.replaceChildren];
        performance.now = () => now() + drawn;
        Element.prototype.replaceChildren = function (...children) {
            if (this.id === 'rounds-list' && children.length > 0) drawn = 5000;
            draw.apply(this, children);
        };
    })()";
    let slow = json!({"source": slow});
    tab.tools
        .call("Page.addScriptToEvaluateOnNewDocument", slow)
        .await;
    tab.open(&site.address()).await;
    tab.until_text("rounds-list", "Closed").await;
    tab.assert_clean(&site.origin, false).await;
}

/// So that a round which is the first response with a time is not shown as closed.
#[tokio::test]
async fn the_clock_is_known_from_a_list_of_rounds() {
    let site = Site::start().await;
    give(&site, &cup(&site)).await;
    let mut tab = Tab::new(Size::Phone, "light").await;
    tab.open(&format!("{}/page/clock.js", site.origin)).await;
    let known = format!(
        "(async () => {{
            const [api, clock] = await Promise.all(['api', 'clock'].map((name) => import(`/page/${{name}}.js`)));
            history.replaceState(null, '', '/');
            api.signIn('{USER}');
            await api.call('GET', 'rounds');
            return new Date(clock.serverNow()).toISOString();
        }})()"
    );
    let known = tab.eval(&known).await;
    let now = site.clock().now().to_string();
    assert_eq!(known.as_str().unwrap()[..16], now[..16]);
}

#[tokio::test]
async fn a_running_contest_is_shown_in_place_of_a_refused_round() {
    let site = Site::start().await;
    give(&site, &cup(&site)).await;
    let mut tab = open(&site, Size::Phone, "dark").await;
    let request = super::time::contest_of(2);
    let created = site.engine.create_contest(site.user, &request).await;
    created.unwrap();
    tab.click("button", "Join Spring Cup").await;
    tab.until_focused("heading", "Contest running").await;
    tab.until_text("contest-error", "A contest is already running.")
        .await;
    assert_eq!(titles(&mut tab).await.len(), 2);
    tab.assert_clean(&site.origin, true).await;
}

#[tokio::test]
async fn more_rounds_come_on_request_and_only_those_of_the_user() {
    let site = Site::start().await;
    let open_to_all = cup(&site);
    let of_others = open_to_all.clone().with_admission(Admission::Listed);
    for number in 0..9_u128 {
        let round = if number % 4 == 1 {
            &of_others
        } else {
            &open_to_all
        };
        let id = uuid::Uuid::from_u128(1 + number).into();
        site.rounds.put(id, round).await.unwrap();
    }
    let mut tab = open(&site, Size::Phone, "light").await;
    let shown = "document.querySelectorAll('#rounds-list > li')";
    tab.until(&format!("{shown}.length === 5")).await;
    tab.click("button", "More rounds").await;
    tab.until(&format!("{shown}.length === 7")).await;
    tab.until(&format!("document.activeElement === {shown}[5]"))
        .await;
    check(&mut tab, "phone-light-19-more-rounds").await;
    tab.assert_clean(&site.origin, false).await;
}

#[tokio::test]
async fn nothing_is_shown_without_rounds() {
    for (site, missing) in [
        (Site::start().await, false),
        (Site::without_rounds().await, true),
    ] {
        let mut tab = Tab::new(Size::Phone, "light").await;
        tab.open(&site.address()).await;
        tab.find("heading", "New contest").await;
        let asked =
            "performance.getEntriesByType('resource').filter((e) => e.name.includes('api/rounds'))";
        tab.until(&format!("{asked}.length === 1")).await;
        tab.eval(LOOKED_AT).await;
        tab.eval(LOOKED_AT).await;
        tab.until_text("streak", "0 solved").await;
        let hidden =
            ["rounds", "board"].map(|id| format!("document.getElementById('{id}').hidden"));
        assert_eq!(tab.eval(&hidden.join(" && ")).await, json!(true));
        tab.assert_clean(&site.origin, missing).await;
    }
}
