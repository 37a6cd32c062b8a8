//! Data is shown as text, and only the page's own files run.

use contest_core::model::{Difficulty, Problem, Topic};
use contest_core::prelude::*;
use serde_json::json;

use super::begin;
use super::site::Site;
use super::tab::{Size, Tab};

const MARKUP: &str = "<img src=x onerror=alert(1)><b>bold</b>";

#[tokio::test]
async fn markup_in_the_catalogue_is_text() {
    let problems = ["one", "two", "three"].map(|slug| {
        Problem::new(slug, format!("{slug} {MARKUP}"), Difficulty::Easy)
            .unwrap()
            .with_topics([Topic::new(MARKUP).unwrap()])
    });
    let site = Site::with(Catalogue::new(problems).unwrap()).await;
    let mut tab = Tab::new(Size::Phone, "light").await;
    tab.open(&site.address()).await;
    begin(&mut tab).await;
    tab.find("checkbox", &format!("one {MARKUP}")).await;
    tab.until_text("by-topic", MARKUP).await;
    assert_eq!(
        tab.eval("document.querySelectorAll('main img, main b').length")
            .await,
        0
    );
    tab.assert_legible().await;
    tab.assert_clean(&site.origin, false).await;
}

#[tokio::test]
async fn no_inline_script_runs_and_no_foreign_origin_is_called() {
    let site = Site::start().await;
    let mut tab = Tab::new(Size::Phone, "light").await;
    tab.open(&site.origin).await;
    tab.until_focused("textbox", "Access token").await;
    tab.eval(
        "window.blocked = [];
        addEventListener('securitypolicyviolation', (event) => blocked.push(event.effectiveDirective));
        const script = document.createElement('script');
        script.textContent = 'window.ran = true';
        document.body.append(script);
        document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">red</p>');
        fetch('https://elsewhere.example/').catch(() => {});
        const form = document.createElement('form');
        form.action = '/elsewhere';
        document.body.append(form);
        form.submit();",
    )
    .await;
    tab.until("blocked.length >= 4").await;
    let mut blocked: Vec<String> = serde_json::from_value(tab.eval("blocked").await).unwrap();
    blocked.sort();
    assert_eq!(
        blocked,
        [
            "connect-src",
            "form-action",
            "script-src-elem",
            "style-src-attr"
        ]
    );
    assert_eq!(tab.eval("window.ran ?? null").await, json!(null));
}
