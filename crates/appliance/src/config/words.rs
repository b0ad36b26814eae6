//! Choices that are made with one word.

/// An enumeration whose members are words of the configuration.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $member:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$doc])* $member,)+
        }

        impl $name {
            /// The words, as the file of configuration has them.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// As the file of configuration has it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$member => $word,)+
                }
            }

            /// The member that `word` stands for.
            pub fn of(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$member),)+
                    _ => None,
                }
            }
        }

        impl super::value::FromValue for $name {
            fn from_value(value: &super::value::Value) -> Option<Self> {
                String::from_value(value).and_then(|word| Self::of(&word))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// How an RTSP camera's stream travels.
    Transport {
        /// In the RTSP connection: nothing is lost or out of order.
        Tcp = "tcp",
        /// In UDP packets.
        Udp = "udp",
        /// UDP, and TCP when nothing comes.
        Auto = "auto",
    }
}

words! {
    /// Which camera gives way when the work exceeds the box; the lowest first.
    Priority {
        /// Gives way first.
        Low = "low",
        /// In between.
        Normal = "normal",
        /// Gives way last.
        High = "high",
    }
}

words! {
    /// Which frames of a camera are in the detector at a time.
    SchedulingPolicy {
        /// One.
        Latency = "latency",
        /// As many as the engine has workers and one more.
        Throughput = "throughput",
    }
}

words! {
    /// How objects are followed.
    TrackingType {
        /// Confident detections first, uncertain ones to go on with a track.
        ByteTrack = "bytetrack",
        /// Confident detections only.
        Sort = "sort",
    }
}
