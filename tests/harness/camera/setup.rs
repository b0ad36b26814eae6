//! What is set in a camera's menu.

use crate::{camera::Encoding, pki::Identity, secrets};

/// A camera's settings. To change them ends all sessions, as cameras do.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// Codec and size of the stream.
    pub encoding: Encoding,
    /// Who may watch; everyone if there is none.
    pub login: Option<Login>,
    /// The certificate, for `rtsps://`.
    pub tls: Option<Identity>,
}

/// A user, and how the password is to be sent.
#[derive(Clone)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password. No program may print it: see [`secrets`].
    pub password: String,
    /// How it is asked for.
    pub method: Method,
}

/// How a password is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// As it is, in base64 (RFC 7617).
    Basic,
    /// As a digest with a nonce (RFC 7616; MD5, as nearly all cameras).
    Digest,
}

impl Login {
    /// From now on no program of this test may print the password.
    pub fn new(user: &str, password: &str, method: Method) -> Self {
        secrets::keep_password(user, password);
        Self {
            user: user.into(),
            password: password.into(),
            method,
        }
    }
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} by {:?}", self.user, self.method)
    }
}
