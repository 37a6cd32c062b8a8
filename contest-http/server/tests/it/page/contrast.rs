//! Contrast and sizes that every state of the page must keep, in both schemes and at both sizes.

use serde_json::json;

use super::tab::Tab;

/// Texts whose contrast with their background is below 4.5 to 1.
const FAINT: &str = include_str!("contrast.js");

/// Controls too small for a thumb: less than 24 CSS pixels in a direction (WCAG 2.2, 2.5.8).
const SMALL: &str = "[...document.querySelectorAll('button, input, select, summary')]
    .filter((e) => e.checkVisibility())
    .map((e) => [e.id || e.outerHTML, (e.closest('label') ?? e).getBoundingClientRect()])
    .filter(([, box]) => box.width < 24 || box.height < 24)
    .map(([name]) => name)";

impl Tab {
    /// Asserts that all text is readable and all controls are large enough, without horizontal scrolling.
    pub(super) async fn assert_legible(&mut self) {
        assert_eq!(self.eval(FAINT).await, json!([]), "faint texts");
        assert_eq!(self.eval(SMALL).await, json!([]), "small controls");
        // Not `innerWidth`: a phone zooms out until all of a page that is too wide is seen.
        let wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
        let wider = self.eval(wider).await;
        assert!(wider.as_i64().unwrap() <= 0, "{wider} pixels too wide");
    }

    /// Asserts that each control has an accessible name.
    pub(super) async fn assert_named(&mut self) {
        let controls = [
            "button",
            "checkbox",
            "combobox",
            "gridcell",
            "link",
            "spinbutton",
            "textbox",
            "timer",
            "dialog",
        ];
        for node in self.nodes().await {
            let is_control = controls.contains(&node.role.as_str());
            assert!(
                !is_control || !node.name.trim().is_empty(),
                "{node:?} has no name"
            );
        }
    }
}
