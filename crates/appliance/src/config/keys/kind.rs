//! What a key takes.

/// A kind of value.
#[derive(Clone, Copy, Debug)]
pub(in crate::config) enum Kind {
    /// Any text that is not empty.
    Text,
    /// A name of a device or camera.
    Name,
    /// A level of a topic: a text without `+`, `#` and blanks.
    Topic,
    /// A file or folder; relative ones begin in the folder of the configuration.
    Path,
    /// The path of a file with a user and a password; no message shows what was written instead.
    Private,
    /// A text such as `500ms`, between these milliseconds.
    Duration {
        /// Shortest.
        least: u64,
        /// Longest.
        most: u64,
    },
    /// A text such as `256MiB`, between these bytes.
    Bytes {
        /// Fewest.
        least: u64,
        /// Most.
        most: u64,
    },
    /// A whole number.
    Whole {
        /// Lowest.
        least: u64,
        /// Highest.
        most: u64,
    },
    /// A number, fractions too.
    Number {
        /// Lowest.
        least: f64,
        /// Highest.
        most: f64,
    },
    /// `true` or `false`.
    Flag,
    /// One of these.
    Word(&'static [&'static str]),
    /// A list of texts.
    Labels,
    /// `mqtts://…`.
    Broker,
    /// A camera's address.
    Camera,
    /// Where a model runs.
    Device,
    /// A rectangle.
    Region,
    /// `address:port`, or nothing.
    Listen,
}

impl Kind {
    /// In a sentence: “takes …”.
    pub(in crate::config) fn noun(self) -> String {
        match self {
            Self::Text => "a text".into(),
            Self::Name => "a name".into(),
            Self::Topic => "a part of a topic".into(),
            Self::Path | Self::Private => "a path".into(),
            Self::Duration { .. } => "a duration".into(),
            Self::Bytes { .. } => "a number of bytes".into(),
            Self::Whole { .. } => "a whole number".into(),
            Self::Number { .. } => "a number".into(),
            Self::Flag => "true or false".into(),
            Self::Word(words) => format!("one of {}", quoted(words)),
            Self::Labels => "a list of texts".into(),
            Self::Broker => "a broker's address".into(),
            Self::Camera => "a camera's address".into(),
            Self::Device => "a device".into(),
            Self::Region => "a rectangle".into(),
            Self::Listen => "an address and a port".into(),
        }
    }
}

/// `"a", "b", "c"`.
pub(in crate::config) fn quoted(words: &[&str]) -> String {
    words
        .iter()
        .map(|word| format!("\"{word}\""))
        .collect::<Vec<_>>()
        .join(", ")
}
