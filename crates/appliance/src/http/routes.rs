//! What there is to ask for.

use std::net::SocketAddr;

use axum::{
    Router,
    extract::State,
    http::{
        HeaderMap, StatusCode,
        header::{ACCEPT, ACCEPT_LANGUAGE, CONTENT_LANGUAGE, CONTENT_TYPE, HeaderName, VARY},
    },
    middleware,
    response::{IntoResponse, Response},
    routing::get,
};

use super::{guard::guard, language::Language, page};
use crate::{
    metrics::{self, Format},
    status::{Health, Look},
};

pub(super) fn router(look: Look, address: SocketAddr) -> Router {
    Router::new()
        .route("/", get(show))
        .route("/style.css", get(style))
        .route("/metrics", get(measure))
        .route("/status", get(status))
        .route("/healthz", get(health))
        .with_state(look)
        .layer(middleware::from_fn_with_state(address, guard))
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

async fn show(State(look): State<Look>, headers: HeaderMap) -> Response {
    let language = Language::accepted(header(&headers, &ACCEPT_LANGUAGE));
    let head = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_LANGUAGE, language.code()),
        (VARY, "accept-language"),
    ];
    (head, page::render(&look(), language).into_string()).into_response()
}

async fn style() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], page::STYLE)
}

async fn measure(State(look): State<Look>, headers: HeaderMap) -> Response {
    let format = Format::accepted(header(&headers, &ACCEPT));
    match metrics::render(look(), format) {
        Ok(text) => ([(CONTENT_TYPE, format.content_type())], text).into_response(),
        Err(error) => broken(&error),
    }
}

async fn status(State(look): State<Look>) -> Response {
    match serde_json::to_string_pretty(&look()) {
        Ok(text) => ([(CONTENT_TYPE, "application/json")], text + "\n").into_response(),
        Err(error) => broken(&error),
    }
}

/// 200 as long as it works, perhaps with faults: who restarts a box by this does not help a camera without power.
async fn health(State(look): State<Look>) -> impl IntoResponse {
    match look().health {
        Health::Good => (StatusCode::OK, "good\n"),
        Health::Degraded => (StatusCode::OK, "degraded\n"),
        Health::Failed => (StatusCode::SERVICE_UNAVAILABLE, "failed\n"),
    }
}

fn broken(error: &dyn std::fmt::Display) -> Response {
    tracing::error!(%error, "the status cannot be written");
    (StatusCode::INTERNAL_SERVER_ERROR, "the status cannot be written\n").into_response()
}
