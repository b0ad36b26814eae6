//! What a key of the file was read as.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use luchs_infer::Device;
use luchs_scene::Name;

use super::{Region, Source};

/// A value that is as its key wants it.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    Name(Name),
    Path(PathBuf),
    Duration(Duration),
    Whole(u64),
    Number(f64),
    Flag(bool),
    Labels(Vec<String>),
    Source(Source),
    Device(Device),
    Region(Region),
    /// None: switched off.
    Listen(Option<SocketAddr>),
}

/// A field of the configuration that a value becomes.
pub(super) trait FromValue: Sized {
    /// None if the value is of another kind, which is a mistake in the list of keys.
    fn from_value(value: &Value) -> Option<Self>;
}

macro_rules! from_value {
    ($($member:ident => $type:ty,)+) => {
        $(impl FromValue for $type {
            fn from_value(value: &Value) -> Option<Self> {
                match value {
                    Value::$member(value) => Some(value.clone()),
                    _ => None,
                }
            }
        })+
    };
}

from_value! {
    Text => String,
    Name => Name,
    Path => PathBuf,
    Duration => Duration,
    Whole => u64,
    Number => f64,
    Flag => bool,
    Labels => Vec<String>,
    Source => Source,
    Device => Device,
    Region => Region,
    Listen => Option<SocketAddr>,
}

impl FromValue for u32 {
    fn from_value(value: &Value) -> Option<Self> {
        u64::from_value(value).and_then(|value| value.try_into().ok())
    }
}

impl FromValue for f32 {
    fn from_value(value: &Value) -> Option<Self> {
        f64::from_value(value).map(|value| value as Self)
    }
}
