//! Why there is no connection, in words that say what to do.

use std::error::Error;

use rumqttc::v5::{
    ConnectionError, StateError,
    mqttbytes::v5::{ConnectReturnCode, DisconnectReasonCode},
};

use super::{BrokerUrl, Tls};

/// A connection that failed or ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{host}: {reason}")]
pub(crate) struct ConnectFailure {
    /// Host and port.
    pub(crate) host: String,
    /// In plain words.
    pub(crate) reason: String,
}

impl ConnectFailure {
    /// `greeted`: whether the broker had let us in before.
    pub(crate) fn new(error: &ConnectionError, url: &BrokerUrl, tls: &Tls, greeted: bool) -> Self {
        Self {
            host: url.to_string(),
            reason: reason(error, url, tls, greeted),
        }
    }
}

fn reason(error: &ConnectionError, url: &BrokerUrl, tls: &Tls, greeted: bool) -> String {
    match error {
        ConnectionError::Timeout(_) => return "no answer in time".into(),
        ConnectionError::ConnectionRefused(code) => return refused(*code, tls),
        ConnectionError::MqttState(StateError::ServerDisconnect { reason_code, .. }) => {
            return disconnected(*reason_code);
        }
        ConnectionError::MqttState(StateError::AwaitPingResp) => return "it does not answer any more".into(),
        _ => {}
    }
    let text = chain(error).to_lowercase();
    let ca = tls.ca().display();
    let certificate = tls.certificate().display();
    let host = &url.host;
    let known = |part: &str| text.contains(part);
    if known("max payload size") {
        return "it sent a larger packet than we had told it to (256 KiB)".into();
    }
    if known("alert") {
        // What the broker says of us.
        let own = tls.expired().unwrap_or_else(|| {
            format!(
                "it refuses our certificate {certificate}: it must be issued by an authority that the broker trusts"
            )
        });
        return if known("handshake failure") {
            format!(
                "it broke off the TLS handshake: it wants another kind of certificate than our {certificate}, or no \
                 cipher is known to both"
            )
        } else if known("protocol version") {
            "it speaks no TLS version that we do (1.2 or newer)".into()
        } else {
            own
        };
    }
    if known("hostname mismatch") || known("ip address mismatch") {
        return format!("its certificate is not for {host}: use the name that the certificate is for");
    }
    if known("certificate has expired") {
        return tls
            .expired()
            .unwrap_or_else(|| "its certificate has expired: renew it on the broker".into());
    }
    if known("certificate is not yet valid") {
        return "its certificate is not valid yet: check the clock of this machine".into();
    }
    if known("certificate verify failed") {
        return format!("its certificate was not issued by the authority in {ca}: wrong broker, or wrong ca-file");
    }
    if known("wrong version number") || known("unknown protocol") || known("http request") {
        return "it does not speak TLS on this port".into();
    }
    if known("connection refused") {
        return "connection refused, nothing listens there (is the broker running?)".into();
    }
    if known("failed to lookup") || known("name or service not known") {
        return "its name cannot be resolved: check the name and the DNS server".into();
    }
    if known("network is unreachable") || known("no route to host") {
        return "the network is unreachable".into();
    }
    if matches!(error, ConnectionError::MqttState(StateError::ConnectionAborted))
        || [
            "reset by peer",
            "broken pipe",
            "unexpected eof",
            "connection closed",
            "aborted",
            "handshake",
        ]
        .iter()
        .any(|p| known(p))
    {
        return closed(error, tls, greeted);
    }
    chain(error)
}

/// A connection that was closed without a word says something by when it was closed.
fn closed(error: &ConnectionError, tls: &Tls, greeted: bool) -> String {
    if greeted {
        // mosquitto 2.0 does not say which.
        return "it closed the connection: was it stopped, or has another client logged in with our client id?".into();
    }
    if matches!(error, ConnectionError::Tls(_)) {
        return "it closed the connection before TLS was agreed on: perhaps it does not speak TLS on this port".into();
    }
    // With TLS 1.3 our certificate is looked at last.
    let certificate = tls.certificate().display();
    tls.expired().unwrap_or_else(|| {
        format!("it closed the connection when it saw our certificate {certificate}: is it issued by an authority that the broker trusts?")
    })
}

fn refused(code: ConnectReturnCode, tls: &Tls) -> String {
    use ConnectReturnCode as Code;
    let certificate = tls.certificate().display();
    match code {
        Code::NotAuthorized | Code::BadUserNamePassword | Code::Banned => {
            format!("it does not let us in with our certificate {certificate}: check the broker's users and rights")
        }
        Code::BadClientId | Code::ClientIdentifierNotValid => "it refuses our client id: choose another one".into(),
        Code::RefusedProtocolVersion | Code::UnsupportedProtocolVersion => "it does not speak MQTT 5: update it".into(),
        Code::ServerUnavailable | Code::ServiceUnavailable | Code::ServerBusy | Code::ConnectionRateExceeded => {
            "it is too busy".into()
        }
        other => format!("it refuses the connection ({other:?})"),
    }
}

fn disconnected(code: DisconnectReasonCode) -> String {
    match code {
        DisconnectReasonCode::SessionTakenOver => {
            "another client has logged in with our client id: give each its own".into()
        }
        DisconnectReasonCode::NotAuthorized => "it does not let us do what we do: check the broker's rights".into(),
        DisconnectReasonCode::PacketTooLarge => {
            "a packet was larger than it takes: raise its limit (mosquitto: max_packet_size)".into()
        }
        DisconnectReasonCode::ServerShuttingDown => "it is shutting down".into(),
        other => format!("it ended the connection ({other:?})"),
    }
}

/// All texts of an error and its sources; rumqttc leaves the sources of some out of its own.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let more = error.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        source = error.source();
    }
    text
}
