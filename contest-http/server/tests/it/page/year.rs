//! The year of days, for screen readers, with the keyboard, and on the screen.

use contest_core::model::NewSolve;
use contest_core::time::{Clock as _, Timestamp};

use super::site::Site;
use super::tab::{Size, Tab};

const DAY: u64 = 24 * 60 * 60;

/// A year in which problems were solved more and more often, the last of them today.
async fn practised(site: &Site) {
    let now = site.now();
    let problems = site.engine.catalogue();
    let solves = problems.problems().iter().enumerate().map(|(n, problem)| {
        let days = u64::try_from(n * n / 62).unwrap();
        let micros = i64::try_from(days * DAY * 1_000_000).unwrap();
        NewSolve::new(problem.id, Timestamp::from_micros(now.as_micros() - micros))
    });
    let solves: Vec<_> = solves.collect();
    let recorded = site.engine.record_solves(site.user, &solves).await;
    recorded.unwrap();
}

impl Site {
    fn now(&self) -> Timestamp {
        self.clock().now()
    }
}

async fn open(window: Size, scheme: &str) -> (Site, Tab) {
    let site = Site::start().await;
    practised(&site).await;
    let mut tab = Tab::new(window, scheme).await;
    tab.open(&site.address()).await;
    tab.until_text("streak", "150 solved.").await;
    (site, tab)
}

#[tokio::test]
async fn the_arrow_keys_move_from_day_to_day() {
    let (site, mut tab) = open(Size::Desktop, "light").await;
    let today = "Sunday, March 29, 2026: 8 solved";
    tab.find("grid", "Problems solved on each day of the last year")
        .await;
    tab.tab_to("gridcell", today).await;
    tab.until_text("day", today).await;
    for (key, day) in [
        ("ArrowUp", "Saturday, March 28, 2026: "),
        ("ArrowLeft", "Saturday, March 21, 2026: "),
        ("ArrowDown", "Sunday, March 22, 2026: "),
        ("ArrowRight", today),
        ("ArrowRight", today),
        ("Home", "Saturday, March 29, 2025: "),
        ("ArrowLeft", "Saturday, March 29, 2025: "),
        ("End", today),
    ] {
        tab.press(key).await;
        tab.until_text("day", day).await;
        let focused = tab.focused().await.unwrap();
        assert!(focused.name.starts_with(day), "{focused:?}");
    }
    tab.picture("desktop-light-14-year").await;
    tab.assert_legible().await;
    tab.assert_named().await;
    // The grid is one tab stop.
    tab.press("Tab").await;
    let on_a_day = "document.activeElement.closest('#activity') !== null";
    assert_eq!(tab.eval(on_a_day).await, false);
    tab.assert_clean(&site.origin, false).await;
}

#[tokio::test]
async fn a_phone_shows_the_latest_days_first() {
    let (site, mut tab) = open(Size::Phone, "dark").await;
    let of = |which: &str, side: &str| {
        let day = format!("[...document.querySelectorAll('#activity .day')].at({which})");
        format!("{day}.getBoundingClientRect().{side}")
    };
    tab.until(&format!("{} < innerWidth", of("-1", "right")))
        .await;
    tab.until(&format!("{} < 0", of("6", "left"))).await;
    let square = "(() => { const box = document.querySelector('#activity .day')
        .getBoundingClientRect(); return Math.abs(box.width - box.height) })()";
    assert!(tab.eval(square).await.as_f64().unwrap() < 1.0);
    tab.picture("phone-dark-14-year").await;
    tab.assert_legible().await;
    tab.assert_clean(&site.origin, false).await;
}
