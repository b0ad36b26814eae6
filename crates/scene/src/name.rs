//! Names of devices and cameras. They become parts of MQTT topics and of file names, so they are short and plain.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// 1 to 64 characters out of `A`–`Z`, `a`–`z`, `0`–`9`, `.`, `_` and `-`; the first one a letter or digit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct Name(#[schemars(regex(pattern = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"))] String);

/// A text that is no [`Name`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("“{0}” is not a name: use 1 to 64 letters, digits, “.”, “_” or “-”, beginning with a letter or digit")]
pub struct NameError(String);

/// The one name that no camera may have.
const DEVICE: &str = "device";

impl Name {
    /// `device`: stands where otherwise a camera's name stands, in events that are of the device and none of its cameras.
    pub fn of_device() -> Self {
        Self(DEVICE.to_owned())
    }

    /// Whether it is that name.
    pub fn is_of_device(&self) -> bool {
        self.0 == DEVICE
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let proper =
            text.len() <= 64 && text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(plain);
        if proper {
            Ok(Self(text.to_owned()))
        } else {
            Err(NameError(text.chars().take(80).collect()))
        }
    }
}

impl TryFrom<String> for Name {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_climb_out_of_a_topic_or_folder_is_refused() {
        for bad in ["", "a/b", "+", "#", "..", ".hidden", "ä", "a b", &"x".repeat(65)] {
            assert!(bad.parse::<Name>().is_err(), "{bad:?} was accepted");
        }
        assert_eq!(
            "gate-1.north_2".parse::<Name>().map(|n| n.to_string()),
            Ok("gate-1.north_2".into())
        );
    }
}
