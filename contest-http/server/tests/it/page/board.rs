//! The board of a round: pages, the stream, scores, and answers that come late or never.

use std::time::Duration;

use contest_core::id::RoundId;
use contest_core::prelude::*;
use contest_core::scoring::{AtCoder, Attempt, Icpc, Method, Verdict};
use contest_core::standings::{Admission, Freeze, Judging, Round, RoundProblem};
use contest_core::store::Member;
use http::StatusCode;
use serde_json::json;

use super::rounds::{HOUR, LINES, LOOKED_AT, ROUND, check, cup, give, join, open, take_part, user};
use super::site::{Fault, Site, USER};
use super::tab::{Size, Tab};

#[tokio::test]
async fn a_frozen_board_says_so_until_the_host_lifts_it() {
    let site = Site::start().await;
    let half = site.clock().now() + HOUR / 2;
    let plain = cup(&site).with_scoring(Icpc::default());
    let frozen = plain.clone().with_freeze(Freeze::from(half));
    let round = give(&site, &frozen).await;
    let mut tab = open(&site, Size::Phone, "light").await;
    join(&mut tab).await;
    tab.find("columnheader", "Penalty").await;
    let said = "document.getElementById('board-frozen').innerText";
    assert_eq!(tab.eval(said).await, "");

    site.advance(HOUR * 3 / 4);
    take_part(&site, user(2), round, 1).await;
    tab.until_text("board-frozen", "The board is frozen: outcomes since")
        .await;
    let lines = format!("{LINES}.join('|')");
    tab.until(&format!("{lines}.includes('…00000002 0 00:00 ?')"))
        .await;
    tab.find("cell", "pending").await;
    check(&mut tab, "phone-light-16-frozen").await;

    let lifted = plain.with_freeze(Freeze::from(half).lifted(site.clock().now()));
    give(&site, &lifted).await;
    tab.until(&format!("{said} === ''")).await;
    tab.until(&format!("{lines}.includes('…00000002 1 45:00 ✓ 45:00')"))
        .await;
    tab.until_text("own-place", "Your place: 2.").await;
    tab.assert_clean(&site.origin, false).await;
}

#[tokio::test]
async fn a_link_leads_to_a_board_through_the_sign_in() {
    let site = Site::start().await;
    let round = give(&site, &cup(&site)).await;
    take_part(&site, user(2), round, 1).await;
    let mut tab = Tab::new(Size::Desktop, "dark").await;
    tab.open(&format!("{}/#round={ROUND}", site.origin)).await;
    tab.until_focused("textbox", "Access token").await;
    tab.replace(USER).await;
    tab.press("Enter").await;
    tab.find("heading", "Board of Spring Cup").await;
    tab.until(&format!("{LINES}.length === 1")).await;
    let own = "document.getElementById('own-place').textContent";
    assert_eq!(tab.eval(own).await, "");

    // Another link leaves nothing of the board before, nor does signing out.
    tab.eval("location.hash = 'round=0190d3f4-7a00-7000-8000-0000000000ff'")
        .await;
    tab.until_text("board-error", "This round does not exist")
        .await;
    assert_eq!(tab.eval(LINES).await, json!([]));
    tab.click("link", "Board of Spring Cup").await;
    tab.until(&format!("{LINES}.length === 1")).await;
    tab.click("button", "Sign out").await;
    tab.until_focused("textbox", "Access token").await;
    let left = tab.eval("document.body.textContent").await;
    assert!(!left.as_str().unwrap().contains("Spring Cup"));
    tab.assert_clean(&site.origin, true).await;
}

#[tokio::test]
async fn a_board_continues_after_a_lost_connection() {
    let site = Site::with_short_streams().await;
    let round = give(&site, &cup(&site)).await;
    let mut tab = open(&site, Size::Phone, "light").await;
    join(&mut tab).await;
    tab.until(&format!("{LINES}.length === 1")).await;
    let ended =
        "performance.getEntriesByType('resource').some((e) => e.name.includes('board/events'))";
    tab.until(ended).await;
    take_part(&site, user(2), round, 2).await;
    tab.until(&format!("{LINES}.length === 2")).await;

    let offline = |offline: bool| json!({"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
    tab.tools
        .call("Network.emulateNetworkConditions", offline(true))
        .await;
    // Not even a look at the page reaches the server.
    tab.eval(LOOKED_AT).await;
    tab.until_text("banner", "You are offline.").await;
    take_part(&site, user(3), round, 3).await;
    tab.tools
        .call("Network.emulateNetworkConditions", offline(false))
        .await;
    tab.until(&format!("{LINES}.length === 3")).await;
    tab.until_text("own-place", "Your place: 3.").await;
    tab.assert_clean(&site.origin, true).await;
}

#[tokio::test]
async fn a_board_shows_points_tries_and_penalties() {
    let site = Site::start().await;
    let plain = cup(&site);
    let begin = site.clock().now();
    let weighed = plain.problems().iter().zip([100_u32, 200, 300]);
    let weighed =
        weighed.map(|(entry, points)| RoundProblem::new(entry.problem).with_points(points));
    let weighed = Round::new(begin, plain.closes_at(), weighed).unwrap();
    let title = plain.title().unwrap().clone();
    let round = weighed.with_title(title).with_judging(Judging::Host);
    let id = give(&site, &round.with_scoring(AtCoder::default())).await;
    let contest = take_part(&site, user(2), id, 0).await;
    site.advance(HOUR);
    let attempts = [
        (0, 1, Verdict::Rejected),
        (0, 2, Verdict::Accepted),
        (1, 3, Verdict::Rejected),
        (2, 4, Verdict::Pending),
    ];
    let attempts = attempts.map(|(place, minute, verdict)| {
        let at = begin + Duration::from_mins(minute);
        Attempt::new(contest.problems[place].problem.id, at, verdict)
    });
    let recorded = site.engine.record_attempts(user(2), contest.id, &attempts);
    recorded.await.unwrap();

    let mut tab = open(&site, Size::Phone, "dark").await;
    tab.click("link", "Board of Spring Cup").await;
    tab.until(&format!("{LINES}.length === 1")).await;
    tab.until(&format!(
        "{LINES}[0] === '1 …00000002 100 1 07:00 \
         ✓ 100 02:00, 2 tries solved, 100 points, after 2 minutes, 2 tries \
         ✗ not solved, 1 try ? pending'"
    ))
    .await;
    tab.find("columnheader", "Points").await;
    tab.find("columnheader", "Penalty").await;
    check(&mut tab, "phone-dark-20-points").await;
    tab.assert_clean(&site.origin, false).await;
}

#[tokio::test]
async fn a_board_has_the_columns_of_its_scoring() {
    let site = Site::start().await;
    let plain = cup(&site);
    give(&site, &plain).await;
    let of = |points: u32| {
        let weigh = |entry: &RoundProblem| RoundProblem::new(entry.problem).with_points(points);
        let problems = plain.problems().iter().map(weigh);
        Round::new(plain.opens_at(), plain.closes_at(), problems).unwrap()
    };
    let mut tab = open(&site, Size::Phone, "light").await;
    let rounds = [
        (of(1), "Solved"),
        (of(100), "Points|Solved"),
        (of(1).with_scoring(Method::Best), "Points|Solved"),
        (of(1).with_scoring(Icpc::default()), "Solved|Penalty"),
        (
            of(1).with_scoring(AtCoder::default()),
            "Points|Solved|Penalty",
        ),
    ];
    for ((round, columns), number) in rounds.into_iter().zip(1..) {
        let id = RoundId::from(uuid::Uuid::from_u128(number));
        site.rounds.put(id, &round).await.unwrap();
        tab.eval(&format!("location.hash = 'round={id}'")).await;
        tab.until(&format!(
            "[...document.querySelectorAll('#board-head th')].map((head) => head.textContent).join('|') \
             === 'Place|Participant|{columns}|Problem 1|Problem 2|Problem 3'"
        ))
        .await;
    }
    tab.assert_clean(&site.origin, false).await;
}

#[tokio::test]
async fn a_team_has_one_place() {
    let site = Site::start().await;
    let round = cup(&site).with_admission(Admission::Teams);
    let round = give(&site, &round).await;
    let participant = user(70).into();
    let members = [site.user, user(2)].map(|user| Member { user, participant });
    site.rounds.put_members(round, &members).await.unwrap();
    take_part(&site, user(2), round, 1).await;
    let mut tab = open(&site, Size::Phone, "light").await;
    join(&mut tab).await;
    tab.until_text("own-place", "Your team’s place: 1. 1 of 3 solved.")
        .await;
    tab.find("rowheader", "Your team").await;
    assert_eq!(tab.eval(&format!("{LINES}.length")).await, 1);
    tab.assert_clean(&site.origin, false).await;
}

/// The stream sends the first rows only.
#[tokio::test]
async fn a_place_below_the_first_page_follows() {
    let site = Site::start().await;
    let round = give(&site, &cup(&site)).await;
    for number in 100..120 {
        take_part(&site, user(number), round, 1).await;
    }
    let mut tab = open(&site, Size::Phone, "light").await;
    join(&mut tab).await;
    tab.until_text("own-place", "Your place: 21.").await;
    tab.click("button", "Next page").await;
    tab.until(&format!("{LINES}.length === 1")).await;
    tab.eval(
        "const rows = document.getElementById('board-rows');
        window.most = 0;
        new MutationObserver(() => most = Math.max(most, rows.children.length))
            .observe(rows, { childList: true })",
    )
    .await;
    take_part(&site, user(200), round, 2).await;
    tab.until_text("own-place", "Your place: 22.").await;
    assert_eq!(tab.eval("most").await, 1, "the stream replaced the page");
    tab.assert_clean(&site.origin, false).await;
}

#[tokio::test]
async fn a_stream_ends_with_the_sight_of_its_board() {
    let site = Site::start().await;
    let round = give(&site, &cup(&site)).await;
    let mut tab = open(&site, Size::Phone, "light").await;
    tab.click("link", "Board of Spring Cup").await;
    let followed = async |tab: &mut Tab, number: u32| {
        take_part(&site, user(number), round, 1).await;
        tab.until(&format!("{LINES}.length === {number}")).await;
    };
    let ended = |count: usize| {
        format!(
            "performance.getEntriesByType('resource').filter((e) => e.name.includes('board/events')).length === {count}"
        )
    };
    followed(&mut tab, 1).await;
    assert_eq!(tab.eval(&ended(0)).await, json!(true));
    tab.eval(
        "Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
        document.dispatchEvent(new Event('visibilitychange'))",
    )
    .await;
    tab.until(&ended(1)).await;
    tab.eval(
        "delete document.visibilityState; document.dispatchEvent(new Event('visibilitychange'))",
    )
    .await;
    followed(&mut tab, 2).await;
    tab.eval("location.hash = ''").await;
    tab.until(&ended(2)).await;
    tab.assert_clean(&site.origin, false).await;
}

#[tokio::test]
async fn a_page_that_cannot_be_loaded_leaves_the_one_before() {
    let site = Site::start().await;
    let round = give(&site, &cup(&site)).await;
    for number in 100..121 {
        take_part(&site, user(number), round, 1).await;
    }
    let mut tab = open(&site, Size::Phone, "light").await;
    tab.click("link", "Board of Spring Cup").await;
    let rows = |count: usize| format!("{LINES}.length === {count}");
    tab.until(&rows(20)).await;
    site.order_at("/board/me", Fault::Refuse(StatusCode::CONFLICT));
    tab.click("button", "Next page").await;
    tab.until_text("board-error", "Ordered by the test").await;
    let announced = tab.eval("document.getElementById('announcer').innerText");
    assert_eq!(announced.await, "");
    tab.eval(LOOKED_AT).await;
    tab.until("document.getElementById('board-error').innerText === ''")
        .await;
    assert_eq!(tab.eval(&rows(20)).await, json!(true));
    tab.click("button", "Next page").await;
    tab.until(&rows(1)).await;
    tab.assert_clean(&site.origin, true).await;
}

/// The stream of the first rows does not say whether there are more.
#[tokio::test]
async fn a_full_page_may_be_the_last_one() {
    let site = Site::start().await;
    let round = give(&site, &cup(&site)).await;
    for number in 100..119 {
        take_part(&site, user(number), round, 1).await;
    }
    let mut tab = open(&site, Size::Phone, "light").await;
    tab.click("link", "Board of Spring Cup").await;
    tab.until(&format!("{LINES}.length === 19")).await;
    take_part(&site, user(119), round, 1).await;
    tab.until(&format!("{LINES}.length === 20")).await;
    tab.click("button", "Next page").await;
    tab.until("document.getElementById('next-rows').hidden")
        .await;
    tab.until_focused("heading", "Board of Spring Cup").await;
    tab.assert_clean(&site.origin, false).await;
}

#[tokio::test]
async fn a_late_answer_replaces_nothing_newer() {
    let site = Site::start().await;
    let round = give(&site, &cup(&site)).await;
    take_part(&site, site.user, round, 1).await;
    for number in 100..120 {
        take_part(&site, user(number), round, 1).await;
    }
    let mut tab = open(&site, Size::Phone, "light").await;
    tab.click("link", "Board of Spring Cup").await;
    tab.until_text("own-place", "Your place: 1.").await;
    let first = format!("{LINES}[0].slice(0, 11)");
    // With its cache, the browser sends no request while another one to the same address is under way.
    let disabled = json!({"cacheDisabled": true});
    tab.tools.call("Network.setCacheDisabled", disabled).await;
    // Counts what the page has read of places and of held answers.
    tab.eval(
        "(() => {
            const read = Response.prototype.json;
            Response.prototype.json = async function () {
                const value = await read.call(this);
                if (this.url.endsWith('/board/me')) places += 1;
                if (this.headers.has('held')) held += 1;
                return value;
            };
        })()",
    )
    .await;
    let ask = async |tab: &mut Tab| {
        site.order_at("/board", Fault::HoldAnswer);
        tab.eval("window.places = 0; window.held = 0").await;
        tab.eval(LOOKED_AT).await;
        tab.until("places > 0").await;
    };
    let answer = async |tab: &mut Tab| {
        site.release();
        tab.until("held > 0").await;
    };

    // The stream sends rows while the answer with older ones is under way.
    ask(&mut tab).await;
    take_part(&site, user(200), round, 2).await;
    tab.until(&format!("{first} === '1 …00000200'")).await;
    answer(&mut tab).await;
    assert_eq!(tab.eval(&first).await, "1 …00000200");
    let own = "document.getElementById('own-place').innerText.startsWith('Your place: 2.')";
    assert_eq!(tab.eval(own).await, json!(true));

    // The user turns the page while the answer with the page before is under way.
    ask(&mut tab).await;
    tab.click("button", "Next page").await;
    tab.until_text("announcer", "Page 2 of the board").await;
    answer(&mut tab).await;
    assert_eq!(tab.eval(&format!("{LINES}.length")).await, 2);

    // The user leaves the board while an answer is under way.
    ask(&mut tab).await;
    tab.eval("location.hash = ''").await;
    tab.until("document.getElementById('board').hidden").await;
    answer(&mut tab).await;
    let left = "document.getElementById('board-rows').innerHTML + document.getElementById('own-place').innerHTML";
    assert_eq!(tab.eval(left).await, "");
    tab.assert_clean(&site.origin, false).await;
}
