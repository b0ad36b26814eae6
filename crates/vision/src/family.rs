//! The families of detectors that can be decoded.

use std::{fmt, str::FromStr};

/// How a detector's outputs are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// YOLOX's raw head: one tensor, an anchor-free cell a row, strides 8, 16 and 32.
    Yolox,
    /// NanoDet: per stride 8, 16 and 32 a tensor of class scores and one of box distributions.
    Nanodet,
    /// SSD without non-maximum suppression: boxes and scores per anchor.
    Ssd,
    /// SSD with non-maximum suppression inside: boxes, classes, scores and their count.
    SsdNms,
}

/// A text that names no [`Family`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("“{0}” is no model family: use one of yolox, nanodet, ssd, ssd-nms")]
pub struct FamilyError(String);

impl Family {
    /// Every family.
    pub const ALL: [Self; 4] = [Self::Yolox, Self::Nanodet, Self::Ssd, Self::SsdNms];

    /// Its name as in a passport.
    pub fn name(self) -> &'static str {
        match self {
            Self::Yolox => "yolox",
            Self::Nanodet => "nanodet",
            Self::Ssd => "ssd",
            Self::SsdNms => "ssd-nms",
        }
    }
}

impl FromStr for Family {
    type Err = FamilyError;

    fn from_str(text: &str) -> Result<Self, FamilyError> {
        let family = Self::ALL.into_iter().find(|family| family.name() == text);
        family.ok_or_else(|| FamilyError(text.chars().take(80).collect()))
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_back() {
        for family in Family::ALL {
            assert_eq!(family.to_string().parse(), Ok(family));
        }
        assert!("YOLOX".parse::<Family>().unwrap_err().to_string().contains("ssd-nms"));
    }
}
