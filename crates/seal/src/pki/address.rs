//! What a certificate is for, and the addresses that a server's must name.

use std::{fmt, net::IpAddr, str::FromStr};

use openssl::{
    error::ErrorStack,
    x509::{X509Extension, X509v3Context, extension::SubjectAlternativeName},
};

/// What the owner of a certificate may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Usage {
    /// A device or a reader, which connects.
    Client,
    /// The broker, which is connected to at these addresses. Not empty.
    Server(Vec<Address>),
}

/// Where a server is reached: a host name or an IP address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A host name.
    Host(String),
    /// An IP address.
    Ip(IpAddr),
}

/// A text that is no [`Address`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no address of a server: give a host name or an IP address, without port")]
pub struct AddressError(String);

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if let Ok(ip) = text.parse() {
            return Ok(Self::Ip(ip));
        }
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        // What ends in a number is meant as an IP address, and is none.
        let is_number = |label: &str| label.bytes().all(|b| b.is_ascii_digit());
        let plain = text.len() <= 253 && text.split('.').all(label);
        if plain && !text.rsplit('.').next().is_some_and(is_number) {
            Ok(Self::Host(text.to_ascii_lowercase()))
        } else {
            let shown: String = text.chars().take(80).collect();
            Err(AddressError(luchs_scene::printable(&shown).into_owned()))
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(host) => f.write_str(host),
            Self::Ip(ip) => ip.fmt(f),
        }
    }
}

pub(super) fn extension(addresses: &[Address], context: &X509v3Context<'_>) -> Result<X509Extension, ErrorStack> {
    let mut names = SubjectAlternativeName::new();
    for address in addresses {
        match address {
            Address::Host(host) => names.dns(host),
            Address::Ip(ip) => names.ip(&ip.to_string()),
        };
    }
    names.build(context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_say_more_than_an_address_is_none() {
        for bad in [
            "",
            "a b",
            "a:8883",
            "x,DNS:y",
            "1.2.3",
            "999.1.1.1",
            "-a.b",
            "a..b",
            "*",
        ] {
            assert!(bad.parse::<Address>().is_err(), "{bad:?}");
        }
        assert_eq!("::1".parse(), Ok(Address::Ip("::1".parse().unwrap())));
        assert_eq!(
            "Broker.site-1.example".parse(),
            Ok(Address::Host("broker.site-1.example".into()))
        );
    }
}
