//! Values that stand in a passport by their names.

use std::fmt::Display;

use serde::{Deserializer, Serializer, de::Error as _};

/// One of them.
pub(super) mod one {
    use std::str::FromStr;

    use super::{Deserializer, Display, Serializer, parsed};

    pub(in super::super) fn serialize<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(in super::super) fn deserialize<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        parsed(deserializer, |name: String| {
            name.parse().map_err(|error: T::Err| error.to_string())
        })
    }
}

/// A list of them.
pub(super) mod list {
    use std::str::FromStr;

    use super::{Deserializer, Display, Serializer, parsed};

    pub(in super::super) fn serialize<T: Display, S: Serializer>(
        values: &[T],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(values.iter().map(ToString::to_string))
    }

    pub(in super::super) fn deserialize<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<T>, D::Error> {
        parsed(deserializer, |names: Vec<String>| {
            let values = names.iter().map(|name| name.parse());
            values.collect::<Result<_, T::Err>>().map_err(|error| error.to_string())
        })
    }
}

/// What `parse` makes of what is read.
fn parsed<'de, R: serde::Deserialize<'de>, T, D: Deserializer<'de>>(
    deserializer: D,
    parse: impl FnOnce(R) -> Result<T, String>,
) -> Result<T, D::Error> {
    parse(R::deserialize(deserializer)?).map_err(D::Error::custom)
}
