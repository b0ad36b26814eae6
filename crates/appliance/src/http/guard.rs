//! Who may ask, and what a browser may do with the answer.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{Request, State},
    http::{
        HeaderValue, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
        uri::Authority,
    },
    middleware::Next,
    response::{IntoResponse as _, Response},
};

/// Nothing is loaded but the one style sheet of ours, nothing is sent, nothing runs.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Passes a request on if its host is ours, and seals the answer.
pub(super) async fn guard(State(address): State<SocketAddr>, request: Request, next: Next) -> Response {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let mut response = if is_ours(host, address.ip()) {
        next.run(request).await
    } else {
        let text =
            "This is not the page of that host. Ask for localhost, or for the address that [http] listen names.\n";
        (StatusCode::MISDIRECTED_REQUEST, text).into_response()
    };
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// A page of anywhere can have a name of its own lead to 127.0.0.1 and then read what is told there (DNS rebinding). So
/// where only this box is meant, only this box's names are. On other addresses names are the network's business.
fn is_ours(host: Option<&str>, listening: IpAddr) -> bool {
    if !listening.is_loopback() {
        return true;
    }
    // HTTP/1.0 knows no host, and browsers do not speak it.
    let Some(host) = host else { return true };
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let name = authority.host();
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_loopback_only_the_names_of_this_box_count() {
        let here: IpAddr = [127, 0, 0, 1].into();
        for host in [
            None,
            Some("localhost"),
            Some("LocalHost:9464"),
            Some("127.0.0.1:9464"),
            Some("[::1]:80"),
        ] {
            assert!(is_ours(host, here), "{host:?}");
        }
        for host in [
            "evil.example",
            "evil.example:9464",
            "localhost.evil.example",
            "10.0.0.1",
            "",
            "a b",
            "x@localhost.y",
        ] {
            assert!(!is_ours(Some(host), here), "{host:?}");
        }
        assert!(is_ours(Some("box.example"), [192, 168, 1, 2].into()));
    }
}
