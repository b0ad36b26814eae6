//! Why the broker refuses an event for good.

/// A reason that does not pass by itself: the event is put aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Refusal {
    /// We may not write on the topic.
    NotAuthorized,
    /// The broker does not take the topic.
    TopicInvalid,
    /// The event is larger than the broker takes.
    TooLarge,
    /// The broker examines contents, and does not take this one.
    FormatInvalid,
}

impl Refusal {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::NotAuthorized,
        Self::TopicInvalid,
        Self::TooLarge,
        Self::FormatInvalid,
    ];

    /// The name, for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotAuthorized => "not-authorized",
            Self::TopicInvalid => "topic-invalid",
            Self::TooLarge => "too-large",
            Self::FormatInvalid => "format-invalid",
        }
    }

    /// The same for a person, with the remedy.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::NotAuthorized => "the device may not write there: check the broker's rights",
            Self::TopicInvalid => "the broker does not take the topic: check the topic prefix",
            Self::TooLarge => "larger than the broker takes: raise its max_packet_size",
            Self::FormatInvalid => "the broker does not take the format: check what it examines",
        }
    }

    /// The reason code of MQTT 5, by which it is kept in the file.
    pub(super) fn number(self) -> i64 {
        match self {
            Self::NotAuthorized => 0x87,
            Self::TopicInvalid => 0x90,
            Self::TooLarge => 0x95,
            Self::FormatInvalid => 0x99,
        }
    }

    pub(super) fn of(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|refusal| refusal.number() == number)
    }
}
