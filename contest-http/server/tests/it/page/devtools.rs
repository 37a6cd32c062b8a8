//! Chromium's debugging protocol: commands, their results, and the browser's events.

use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

const ANSWER: Duration = Duration::from_mins(1);

/// A connection to one tab.
#[derive(Debug)]
pub(super) struct DevTools {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    session: Option<String>,
    last: u64,
    /// The browser's events, oldest first.
    pub(super) events: Vec<Value>,
}

impl DevTools {
    /// Opens a tab of the browser at `address`.
    pub(super) async fn open(address: &str) -> Self {
        let (socket, _) = connect_async(address).await.unwrap();
        let mut tools = Self {
            socket,
            session: None,
            last: 0,
            events: Vec::new(),
        };
        let target = tools
            .call("Target.createTarget", json!({"url": "about:blank"}))
            .await;
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let attached = tools.call("Target.attachToTarget", attach).await;
        tools.session = Some(attached["sessionId"].as_str().unwrap().to_owned());
        tools
    }

    /// Sends a command and gives its result.
    pub(super) async fn call(&mut self, method: &str, params: Value) -> Value {
        self.try_call(method, params)
            .await
            .unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// Sends a command that may fail, such as one about an element that has just been removed.
    pub(super) async fn try_call(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        self.last += 1;
        let mut command = json!({"id": self.last, "method": method, "params": params});
        if let Some(session) = &self.session {
            command["sessionId"] = json!(session);
        }
        let command = Message::text(command.to_string());
        self.socket.send(command).await.unwrap();
        let mut answer = tokio::time::timeout(ANSWER, self.answer())
            .await
            .unwrap_or_else(|_| panic!("{method}: no answer"));
        match answer.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(answer["result"].take()),
        }
    }

    async fn answer(&mut self) -> Value {
        loop {
            let message = self
                .socket
                .next()
                .await
                .expect("the browser is gone")
                .unwrap();
            let Message::Text(text) = message else {
                continue;
            };
            let message: Value = serde_json::from_str(&text).unwrap();
            if message["id"] == self.last {
                return message;
            }
            if message.get("method").is_some() {
                self.events.push(message);
            }
        }
    }
}
