//! A tab, used as a person does: elements are found by role and name.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::browser::{Browser, directory};
use super::devtools::DevTools;

const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(30);
/// More presses of the tab key than the page has tab stops.
const STOPS: usize = 100;

/// A size of the window.
#[derive(Debug, Clone, Copy)]
pub(super) enum Size {
    Phone,
    Desktop,
}

/// A node of the accessibility tree, as a screen reader presents it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) role: String,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) properties: Value,
    backend: Value,
}

impl Node {
    /// A property such as `checked`, or null.
    pub(super) fn property(&self, name: &str) -> &Value {
        let all = self.properties.as_array().map_or(&[][..], Vec::as_slice);
        let found = all.iter().find(|property| property["name"] == name);
        found.map_or(&Value::Null, |property| &property["value"]["value"])
    }
}

#[derive(Debug)]
pub(super) struct Tab {
    pub(super) tools: DevTools,
    _browser: Browser,
}

impl Tab {
    /// An empty tab of a new browser. `scheme` is `light` or `dark`.
    pub(super) async fn new(size: Size, scheme: &str) -> Self {
        let browser = Browser::start().await;
        let tools = DevTools::open(&browser.address).await;
        let mut tab = Self {
            tools,
            _browser: browser,
        };
        for domain in [
            "Page",
            "Runtime",
            "Log",
            "Network",
            "Accessibility",
            "Audits",
        ] {
            tab.tools.call(&format!("{domain}.enable"), json!({})).await;
        }
        let (width, height, mobile) = match size {
            Size::Phone => (390, 844, true),
            Size::Desktop => (1280, 800, false),
        };
        let metrics =
            json!({"width": width, "height": height, "mobile": mobile, "deviceScaleFactor": 1});
        tab.tools
            .call("Emulation.setDeviceMetricsOverride", metrics)
            .await;
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        tab.tools.call("Emulation.setEmulatedMedia", media).await;
        let focus = json!({"enabled": true});
        tab.tools
            .call("Emulation.setFocusEmulationEnabled", focus)
            .await;
        tab
    }

    pub(super) async fn open(&mut self, address: &str) {
        self.tools
            .call("Page.navigate", json!({"url": address}))
            .await;
        self.until("document.readyState === 'complete'").await;
    }

    /// The value of a JavaScript expression.
    pub(super) async fn eval(&mut self, expression: &str) -> Value {
        let params = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let mut result = self.tools.call("Runtime.evaluate", params).await;
        assert!(
            result.get("exceptionDetails").is_none(),
            "{expression}: {result}"
        );
        result["result"]["value"].take()
    }

    /// Waits until a JavaScript expression is true.
    pub(super) async fn until(&mut self, expression: &str) {
        let deadline = Instant::now() + PATIENCE;
        while self.eval(&format!("Boolean({expression})")).await != json!(true) {
            if Instant::now() > deadline {
                let page = self.eval("document.body.innerText").await;
                panic!("never: {expression}\n{}", page.as_str().unwrap_or_default());
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Waits until the text of the element with this id contains `text`.
    pub(super) async fn until_text(&mut self, id: &str, text: &str) {
        let id = json!(id);
        let text = json!(text);
        self.until(&format!(
            "document.getElementById({id}).innerText.includes({text})"
        ))
        .await;
    }

    /// The nodes of the accessibility tree.
    pub(super) async fn nodes(&mut self) -> Vec<Node> {
        let tree = self
            .tools
            .call("Accessibility.getFullAXTree", json!({}))
            .await;
        let text = |value: &Value| value["value"].as_str().unwrap_or_default().to_owned();
        let nodes = tree["nodes"].as_array().unwrap().iter();
        nodes
            .filter(|node| node["ignored"] == false)
            .map(|node| Node {
                role: text(&node["role"]),
                name: text(&node["name"]),
                description: text(&node["description"]),
                properties: node["properties"].clone(),
                backend: node["backendDOMNodeId"].clone(),
            })
            .collect()
    }

    /// Waits for the one node with this role and name.
    pub(super) async fn find(&mut self, role: &str, name: &str) -> Node {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let nodes = self.nodes().await;
            let mut found = nodes
                .iter()
                .filter(|node| node.role == role && node.name == name);
            if let (Some(node), None) = (found.next(), found.next()) {
                return node.clone();
            }
            if Instant::now() > deadline {
                let seen: Vec<_> = nodes.iter().map(|node| (&node.role, &node.name)).collect();
                panic!("not exactly one {role} {name:?} in {seen:?}");
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Clicks in the middle of it.
    pub(super) async fn click(&mut self, role: &str, name: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let node = self.find(role, name).await;
            match self.middle(&node).await {
                Ok((x, y)) => {
                    for kind in ["mousePressed", "mouseReleased"] {
                        let params = json!({"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1});
                        self.tools.call("Input.dispatchMouseEvent", params).await;
                    }
                    return;
                }
                // It was just replaced.
                Err(error) => assert!(Instant::now() < deadline, "{role} {name:?}: {error}"),
            }
            tokio::time::sleep(POLL).await;
        }
    }

    async fn middle(&mut self, node: &Node) -> Result<(f64, f64), Value> {
        let which = json!({"backendNodeId": node.backend});
        let tools = &mut self.tools;
        tools
            .try_call("DOM.scrollIntoViewIfNeeded", which.clone())
            .await?;
        let quads = tools.try_call("DOM.getContentQuads", which).await?;
        let corner = |index: usize| quads["quads"][0][index].as_f64();
        match (corner(0), corner(1), corner(4), corner(5)) {
            (Some(left), Some(top), Some(right), Some(bottom)) => {
                Ok((f64::midpoint(left, right), f64::midpoint(top, bottom)))
            }
            _ => Err(quads),
        }
    }

    /// Replaces the content of an input by `text`.
    pub(super) async fn fill(&mut self, role: &str, name: &str, text: &str) {
        self.click(role, name).await;
        self.replace(text).await;
    }

    /// Replaces the content of the focused input by `text`.
    pub(super) async fn replace(&mut self, text: &str) {
        self.eval("document.activeElement.select()").await;
        self.tools
            .call("Input.insertText", json!({"text": text}))
            .await;
    }

    /// Presses a key by its name, such as `Tab`.
    pub(super) async fn press(&mut self, name: &str) {
        let (key, code, text) = match name {
            "Tab" => ("Tab", 9, ""),
            "Enter" => ("Enter", 13, "\r"),
            "Escape" => ("Escape", 27, ""),
            "Space" => (" ", 32, " "),
            "End" => ("End", 35, ""),
            "Home" => ("Home", 36, ""),
            "ArrowLeft" => ("ArrowLeft", 37, ""),
            "ArrowUp" => ("ArrowUp", 38, ""),
            "ArrowRight" => ("ArrowRight", 39, ""),
            "ArrowDown" => ("ArrowDown", 40, ""),
            other => panic!("no key {other}"),
        };
        for kind in ["keyDown", "keyUp"] {
            let text = if kind == "keyDown" { text } else { "" };
            let params = json!({"type": kind, "key": key, "code": name, "text": text,
                "windowsVirtualKeyCode": code});
            self.tools.call("Input.dispatchKeyEvent", params).await;
        }
    }

    /// The focused node.
    pub(super) async fn focused(&mut self) -> Option<Node> {
        let nodes = self.nodes().await;
        let focused = |node: &Node| node.role != "RootWebArea" && node.property("focused") == true;
        nodes.into_iter().find(focused)
    }

    /// Waits until the node with this role and name has the focus.
    pub(super) async fn until_focused(&mut self, role: &str, name: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let node = self.focused().await;
            if node
                .as_ref()
                .is_some_and(|node| node.role == role && node.name == name)
            {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "not at {role} {name:?} but at {node:?}"
            );
            tokio::time::sleep(POLL).await;
        }
    }

    /// Presses the tab key until the node with this role and name has the focus, which must be visible.
    pub(super) async fn tab_to(&mut self, role: &str, name: &str) {
        let mut seen = Vec::new();
        for _ in 0..STOPS {
            self.press("Tab").await;
            let Some(node) = self.focused().await else {
                continue;
            };
            if node.role == role && node.name == name {
                let outline = "getComputedStyle(document.activeElement).outlineStyle";
                assert_eq!(
                    self.eval(outline).await,
                    "solid",
                    "the focus on {name:?} is not seen"
                );
                return;
            }
            seen.push((node.role, node.name));
        }
        panic!("the tab key does not lead to {role} {name:?}, but to {seen:?}");
    }

    /// Saves a screenshot of the whole page.
    pub(super) async fn picture(&mut self, name: &str) {
        let params = json!({"captureBeyondViewport": true});
        let shot = self.tools.call("Page.captureScreenshot", params).await;
        let bytes = STANDARD.decode(shot["data"].as_str().unwrap()).unwrap();
        std::fs::write(directory().join(format!("{name}.png")), bytes).unwrap();
    }

    /// All errors that the browser logged, and requests to other origins; none on a page that works. The
    /// browser logs refused calls, too: `refused` says that there were some.
    pub(super) async fn assert_clean(&mut self, origin: &str, refused: bool) {
        self.eval("0").await;
        let complaints: Vec<_> = self
            .tools
            .events
            .iter()
            .filter(|event| is_complaint(event, origin, refused))
            .collect();
        assert!(complaints.is_empty(), "{complaints:#?}");
    }
}

fn is_complaint(event: &Value, origin: &str, refused: bool) -> bool {
    let params = &event["params"];
    match event["method"].as_str().unwrap_or_default() {
        "Runtime.exceptionThrown" | "Runtime.consoleAPICalled" => true,
        "Log.entryAdded" => !(refused && params["entry"]["source"] == "network"),
        "Audits.issueAdded" => params["issue"]["code"] == "ContentSecurityPolicyIssue",
        "Network.requestWillBeSent" => {
            let url = params["request"]["url"].as_str().unwrap_or_default();
            !url.starts_with(&format!("{origin}/")) && !url.starts_with("data:")
        }
        _ => false,
    }
}
