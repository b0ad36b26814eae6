//! Points in time.

use std::{fmt, str::FromStr, time::SystemTime};

use ::time::{OffsetDateTime, format_description::well_known::Rfc3339, macros::format_description};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A point in time in UTC, to the millisecond; as text RFC 3339, `2026-11-23T14:25:39.120Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("format" = "date-time"))]
pub struct Utc(i64);

/// A text that is no point in time.
#[derive(Debug, thiserror::Error)]
#[error("“{0}” is not a time: write it as 2026-11-23T14:25:39.120Z")]
pub struct TimeError(String);

impl Utc {
    /// Milliseconds since 1970.
    pub fn from_unix_millis(millis: i64) -> Self {
        // Year 1 to 9999: what RFC 3339 can write.
        Self(millis.clamp(-62_135_596_800_000, 253_402_300_799_999))
    }

    /// Milliseconds since 1970.
    pub fn unix_millis(self) -> i64 {
        self.0
    }

    /// Milliseconds since `earlier`, 0 if it is not earlier.
    pub fn millis_since(self, earlier: Self) -> u64 {
        u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0)
    }
}

impl From<SystemTime> for Utc {
    fn from(time: SystemTime) -> Self {
        let millis = match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
        };
        Self::from_unix_millis(millis)
    }
}

impl fmt::Display for Utc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
        let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000).map_err(|_| fmt::Error)?;
        f.write_str(&time.format(format).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for Utc {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let time = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| TimeError(text.chars().take(80).collect()))?;
        Ok(Self::from_unix_millis((time.unix_timestamp_nanos() / 1_000_000) as i64))
    }
}

impl TryFrom<String> for Utc {
    type Error = TimeError;

    fn try_from(text: String) -> Result<Self, TimeError> {
        text.parse()
    }
}

impl From<Utc> for String {
    fn from(time: Utc) -> Self {
        time.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        let text = "2026-11-23T14:25:39.120Z";
        assert_eq!(text.parse::<Utc>().unwrap().to_string(), text);
        assert_eq!("2026-11-23T15:25:39.12+01:00".parse::<Utc>().unwrap().to_string(), text);
        assert!("yesterday".parse::<Utc>().is_err());
    }

    #[test]
    fn a_clock_gone_mad_still_gives_a_time() {
        assert_eq!(Utc::from_unix_millis(i64::MAX).to_string(), "9999-12-31T23:59:59.999Z");
        assert_eq!(Utc::from_unix_millis(i64::MIN).to_string(), "0001-01-01T00:00:00.000Z");
    }
}
