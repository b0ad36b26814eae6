use std::{
    io::{Read as _, Write as _},
    net::TcpStream as Stream,
    time::Instant,
};

use super::*;
use crate::status::{Health, Snapshot};

fn look(health: Health) -> Look {
    let mut all: Snapshot = serde_json::from_str(include_str!("../../../tests/fixtures/site.json")).unwrap();
    all.health = health;
    Arc::new(move || all.clone())
}

fn start(health: Health) -> Server {
    Server::start(([127, 0, 0, 1], 0).into(), look(health)).unwrap()
}

/// Sends `text` as it is; status and whole answer.
fn send(server: &Server, text: &str) -> (u16, String) {
    let mut stream = Stream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    // Who is refused may see the connection reset.
    let _read = stream.read_to_string(&mut answer);
    let code = answer.split(' ').nth(1).and_then(|code| code.parse().ok());
    (code.unwrap_or_default(), answer)
}

fn ask(server: &Server, method: &str, path: &str, more: &str) -> (u16, String) {
    send(
        server,
        &format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{more}\r\n"),
    )
}

#[test]
fn page_metrics_and_status_can_be_read() {
    let server = start(Health::Degraded);
    let (code, page) = ask(&server, "GET", "/", "accept-language: de\r\n");
    assert!(code == 200 && page.contains("Was zu tun ist"), "{page}");
    let policy = "content-security-policy: default-src 'none'; style-src 'self';";
    assert!(
        page.contains(policy) && page.contains("x-content-type-options: nosniff"),
        "{page}"
    );
    assert!(!page.contains("<script") && !page.contains(" style="), "{page}");
    let (code, metrics) = ask(
        &server,
        "GET",
        "/metrics",
        "accept: application/openmetrics-text; version=1.0.0\r\n",
    );
    assert!(
        code == 200 && metrics.contains("application/openmetrics-text") && metrics.contains("# EOF"),
        "{metrics}"
    );
    let (code, status) = ask(&server, "GET", "/status", "");
    let body = status.split("\r\n\r\n").nth(1).unwrap();
    let read: Snapshot = serde_json::from_str(body).unwrap();
    assert_eq!((code, read.cameras.len()), (200, 3));
    assert_eq!(ask(&server, "GET", "/style.css", "").0, 200);
}

#[test]
fn health_is_a_status_code() {
    assert_eq!(ask(&start(Health::Good), "GET", "/healthz", "").0, 200);
    assert_eq!(ask(&start(Health::Degraded), "GET", "/healthz", "").0, 200);
    assert_eq!(ask(&start(Health::Failed), "GET", "/healthz", "").0, 503);
}

#[test]
fn nothing_else_can_be_done() {
    let server = start(Health::Good);
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
        assert_eq!(ask(&server, method, "/status", "").0, 405, "{method}");
    }
    for path in ["/../etc/passwd", "/config", "/status/", "/%2e%2e/"] {
        assert_eq!(ask(&server, "GET", path, "").0, 404, "{path}");
    }
    assert_eq!(
        send(
            &server,
            "GET / HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n"
        )
        .0,
        421
    );
    assert_eq!(
        send(&server, &format!("GET /{} HTTP/1.1\r\n", "a".repeat(REQUEST))).0 / 100,
        4
    );
    assert_eq!(send(&server, "\x16\x03\x01 hello\r\n\r\n").0, 400);
    assert_eq!(ask(&server, "GET", "/healthz", "").0, 200);
}

#[test]
fn who_says_nothing_is_sent_away_and_others_get_their_turn() {
    let server = start(Health::Good);
    let silent: Vec<_> = (0..CONNECTIONS)
        .map(|_| Stream::connect(server.address()).unwrap())
        .collect();
    let began = Instant::now();
    assert_eq!(ask(&server, "GET", "/healthz", "").0, 200);
    assert!(began.elapsed() < HEADERS * 3, "{:?}", began.elapsed());
    drop(silent);
}

#[test]
fn the_port_is_free_when_it_ends_and_a_taken_one_is_said() {
    let server = start(Health::Good);
    let address = server.address();
    let error = Server::start(address, look(Health::Good)).unwrap_err();
    assert!(error.to_string().contains(&address.to_string()) && error.to_string().contains("[http] listen"));
    let _visitor = Stream::connect(address).unwrap();
    drop(server);
    assert!(Server::start(address, look(Health::Good)).is_ok());
}
