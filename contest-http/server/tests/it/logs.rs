//! Every log line of a request names the request.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::get;
use contest_server::protect::Protection;
use contest_server::serve::ServeOptions;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::sockets::Server;

/// Keeps every span's fields, which spans are entered, and in which each event happened.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    spans: Vec<String>,
    entered: Vec<u64>,
    events: Vec<String>,
}

struct Text<'t>(&'t mut String);

impl Visit for Text<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("contest_") || metadata.target() == "test"
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut text = span.metadata().name().to_owned();
        span.record(&mut Text(&mut text));
        let mut kept = self.0.lock().unwrap();
        kept.spans.push(text);
        Id::from_u64(kept.spans.len() as u64)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut kept = self.0.lock().unwrap();
        let mut text = String::new();
        event.record(&mut Text(&mut text));
        for id in &kept.entered {
            let index = usize::try_from(*id).unwrap() - 1;
            text = format!("[{}]{text}", kept.spans[index]);
        }
        kept.events.push(text);
    }

    fn enter(&self, span: &Id) {
        self.0.lock().unwrap().entered.push(span.into_u64());
    }

    fn exit(&self, span: &Id) {
        let left = self.0.lock().unwrap().entered.pop();
        assert_eq!(left, Some(span.into_u64()));
    }
}

async fn panics() {
    tracing::info!(target: "test", "in the handler");
    panic!("on purpose");
}

#[tokio::test]
async fn every_line_is_in_the_span_of_its_request() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let app = Protection::new().apply(Router::new().route("/panic", get(panics)));
    let server = Server::start(app, ServeOptions::new()).await;
    let request = reqwest::Client::new().get(server.url("/panic?secret"));
    let answer = request.header("x-request-id", "abc-1").send().await;
    assert_eq!(answer.unwrap().status(), 500);

    let kept = log.0.lock().unwrap();
    for line in ["in the handler", "a handler panicked"] {
        let found = kept.events.iter().find(|event| event.contains(line));
        let found = found.unwrap_or_else(|| panic!("{:?}", kept.events));
        assert!(found.contains("request_id=\"abc-1\""), "{found}");
        assert!(found.contains("path=\"/panic\""), "{found}");
    }
}
