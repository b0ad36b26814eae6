//! `mqtts://host[:port]`.

use std::{fmt, str::FromStr};

/// Where a broker is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerUrl {
    /// Host name or IPv4 address; the broker's certificate must be for it.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

/// A text that is no broker's URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrokerUrlError {
    /// Without encryption.
    #[error(
        "broker “{0}” would be reached without TLS: use mqtts://, the connection must be encrypted and the server verified"
    )]
    Plain(String),
    /// User name or password in it.
    #[error("a broker's URL has no user name or password: Luchs logs in with its client certificate")]
    Credentials,
    /// Anything else.
    #[error("“{0}” is no broker's URL: write it as mqtts://host or mqtts://host:8883")]
    Form(String),
}

impl FromStr for BrokerUrl {
    type Err = BrokerUrlError;

    fn from_str(text: &str) -> Result<Self, BrokerUrlError> {
        // First of all, so that a password is in no message.
        if text.contains('@') {
            return Err(BrokerUrlError::Credentials);
        }
        let form = || BrokerUrlError::Form(text.chars().take(200).collect());
        let rest = match text.split_once("://") {
            Some(("mqtts" | "ssl" | "tls", rest)) => rest,
            Some(("mqtt" | "tcp" | "ws" | "http", _)) => {
                return Err(BrokerUrlError::Plain(text.chars().take(200).collect()));
            }
            _ => return Err(form()),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match rest.split_once(':') {
            Some((host, port)) => (host, port.parse().ok().filter(|port| *port != 0).ok_or_else(form)?),
            None => (rest, 8883),
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if host.is_empty() || host.len() > 253 || !host.chars().all(plain) {
            return Err(form());
        }
        Ok(Self {
            host: host.to_owned(),
            port,
        })
    }
}

impl fmt::Display for BrokerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<(String, u16), BrokerUrlError> {
        text.parse().map(|url: BrokerUrl| (url.host, url.port))
    }

    #[test]
    fn host_and_port() {
        assert_eq!(parse("mqtts://broker.example"), Ok(("broker.example".into(), 8883)));
        assert_eq!(parse("mqtts://192.0.2.7:1234/"), Ok(("192.0.2.7".into(), 1234)));
    }

    #[test]
    fn without_tls_is_refused_with_the_reason() {
        let message = parse("mqtt://broker.example:1883").unwrap_err().to_string();
        assert!(
            message.contains("without TLS") && message.contains("mqtts://"),
            "{message}"
        );
    }

    #[test]
    fn a_password_is_refused_and_not_repeated() {
        let message = parse("mqtts://user:geheim@broker").unwrap_err().to_string();
        assert!(!message.contains("geheim"), "{message}");
    }

    #[test]
    fn anything_else_is_refused() {
        for bad in [
            "",
            "broker",
            "mqtts://",
            "mqtts://:8883",
            "mqtts://b:0",
            "mqtts://b:70000",
            "mqtts://b/x",
            "mqtts://[::1]",
        ] {
            assert!(matches!(parse(bad), Err(BrokerUrlError::Form(_))), "{bad}");
        }
    }
}
