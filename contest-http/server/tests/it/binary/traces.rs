//! Traces by OTLP, to a collector that listens or does not.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::process::{KEY, PATIENCE, Server, command};

const TRACE: [u8; 4] = [0x0a, 0xf7, 0x65, 0x19];
const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

async fn server(collector: &TcpListener, arguments: &[&str]) -> Server {
    let serve = ["serve", "--listen=127.0.0.1:0", "--database-url=memory:"];
    let mut command = command(&[&serve, arguments].concat());
    let endpoint = format!("http://{}", collector.local_addr().unwrap());
    command
        .env("CONTEST_JWT_KEY", KEY)
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint);
    Server::spawn(&mut command).await
}

/// Whether `bytes` holds `part`.
fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test]
async fn spans_of_the_callers_trace_are_sent_before_the_process_ends() {
    let collector = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut server = server(&collector, &[]).await;
    let request = server.get("/api/problems").header("traceparent", PARENT);
    assert_eq!(request.send().await.unwrap().status(), 200);
    server.signal("TERM");

    let (mut stream, _) = timeout(PATIENCE, collector.accept())
        .await
        .unwrap()
        .unwrap();
    let mut sent = Vec::new();
    while !(has(&sent, &TRACE) && has(&sent, b"GET /api/problems") && has(&sent, b"contest")) {
        let read = timeout(PATIENCE, stream.read_buf(&mut sent))
            .await
            .unwrap()
            .unwrap();
        assert!(read > 0, "{}", String::from_utf8_lossy(&sent));
    }
    assert!(
        has(&sent, b"POST /v1/traces"),
        "{}",
        String::from_utf8_lossy(&sent)
    );
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    stream.write_all(answer.as_bytes()).await.unwrap();
    assert_eq!(server.exit_code().await, 0, "{}", server.log.text());
}

#[tokio::test]
async fn a_silent_collector_does_not_delay_the_end_and_the_code_says_so() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut server = server(&silent, &["--flush-timeout=100ms"]).await;
    assert_eq!(
        server.get("/api/problems").send().await.unwrap().status(),
        200
    );
    assert_eq!(server.stop().await, 6, "{}", server.log.text());
    assert!(server.log.text().contains("traces were not sent in time"));
}
