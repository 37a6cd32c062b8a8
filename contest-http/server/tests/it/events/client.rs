//! A client of a stream of events.

use contest_core::UserId;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;

use crate::sockets::{Server, within};

/// One event.
#[derive(Debug, PartialEq)]
pub(super) struct Message {
    pub(super) id: u64,
    pub(super) event: String,
    pub(super) data: Value,
}

/// An open stream.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) response: Response,
    text: String,
    /// The number of comments received.
    pub(super) comments: usize,
}

pub(super) fn request(server: &Server, user: UserId) -> RequestBuilder {
    Client::new()
        .get(server.url("/api/users/me/events"))
        .bearer_auth(user)
}

impl Stream {
    pub(super) async fn open(request: RequestBuilder) -> Self {
        let response = within(request.send()).await.unwrap();
        assert_eq!(response.status(), 200);
        Self {
            response,
            text: String::new(),
            comments: 0,
        }
    }

    pub(super) async fn of(server: &Server, user: UserId) -> Self {
        Self::open(request(server, user)).await
    }

    /// Opens the stream after that event.
    pub(super) async fn after(server: &Server, user: UserId, id: u64) -> Self {
        Self::open(request(server, user).header("Last-Event-ID", id)).await
    }

    /// The next block of lines; none if the stream has ended cleanly.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let block = block.to_owned();
                self.text = rest.into();
                return Some(block);
            }
            let chunk = within(self.response.chunk()).await.unwrap()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The next event; none if the stream has ended.
    pub(super) async fn next(&mut self) -> Option<Message> {
        loop {
            let block = self.block().await?;
            let member = |name: &str| {
                block
                    .lines()
                    .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
            };
            if block.starts_with(':') {
                self.comments += 1;
            } else if let Some(data) = member("data") {
                return Some(Message {
                    id: member("id").unwrap().parse().unwrap(),
                    event: member("event").unwrap().to_owned(),
                    data: serde_json::from_str(data).unwrap(),
                });
            } else {
                assert_eq!(block, "retry: 2000");
            }
        }
    }

    /// The ids of the next events.
    pub(super) async fn ids(&mut self, count: usize) -> Vec<u64> {
        let mut ids = Vec::new();
        while ids.len() < count {
            ids.push(self.next().await.expect("the stream goes on").id);
        }
        ids
    }

    /// Waits for this many comments, and no event.
    pub(super) async fn silence(&mut self, comments: usize) {
        while self.comments < comments {
            let block = self.block().await.expect("the stream goes on");
            match block.as_str() {
                ":" => self.comments += 1,
                other => assert_eq!(other, "retry: 2000"),
            }
        }
    }
}
