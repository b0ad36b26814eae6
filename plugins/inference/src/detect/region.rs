//! The property inference-region: which part of a frame is looked at.

use std::str::FromStr;

use luchs_scene::{Rect, Size};

/// The value that stands for all of the frame, as other elements call it.
pub(super) const FULL_FRAME: &str = "full-frame";

/// A rectangle in parts of the frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Region {
    x: f32,
    y: f32,
    w: f32,
    h: f32,
}

/// A text that is no region.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "inference-region: “{text}” {reason}; use full-frame, or x,y,width,height in parts of the frame between 0 and 1, such as \
     0.5,0,0.5,1 for its right half"
)]
pub(super) struct RegionError {
    text: String,
    reason: &'static str,
}

/// None for the whole frame.
pub(super) fn parse(text: &str) -> Result<Option<Region>, RegionError> {
    match text.trim() {
        "" | FULL_FRAME => Ok(None),
        text => text.parse().map(Some),
    }
}

impl FromStr for Region {
    type Err = RegionError;

    fn from_str(text: &str) -> Result<Self, RegionError> {
        let error = |reason| RegionError {
            text: luchs_scene::printable(text).chars().take(80).collect(),
            reason,
        };
        let mut numbers = [0.0_f32; 4];
        let mut parts = text.split(',');
        for number in &mut numbers {
            let part = parts.next().ok_or_else(|| error("has fewer than four numbers"))?;
            *number = part.trim().parse().map_err(|_| error("is not made of numbers"))?;
        }
        if parts.next().is_some() {
            return Err(error("has more than four numbers"));
        }
        // So that a NaN is outside, too.
        if !numbers.iter().all(|number| (0.0..=1.0).contains(number)) {
            return Err(error("reaches out of the frame"));
        }
        let [x, y, w, h] = numbers;
        // Thirds do not add up to 1 exactly.
        if x + w > 1.001 || y + h > 1.001 {
            return Err(error("reaches out of the frame"));
        }
        if w <= 0.0 || h <= 0.0 {
            return Err(error("is empty"));
        }
        Ok(Self { x, y, w, h })
    }
}

impl Region {
    /// In pixels of a frame of `size`, inside of it and at least a pixel large.
    pub(super) fn of(self, size: Size) -> Rect {
        let (width, height) = (size.width as f32, size.height as f32);
        let span = |at: f32, length: f32, side: f32| {
            let start = (at * side).min(side - 1.0).max(0.0);
            (start, (length * side).max(1.0).min(side - start))
        };
        let ((x, w), (y, h)) = (span(self.x, self.w, width), span(self.y, self.h, height));
        Rect { x, y, w, h }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_become_pixels_inside_of_any_frame() {
        let half = parse(" 0.5, 0, 0.5, 1 ").unwrap().unwrap();
        let size = |width, height| Size { width, height };
        let rect = |x, y, w, h| Rect { x, y, w, h };
        assert_eq!(half.of(size(640, 480)), rect(320.0, 0.0, 320.0, 480.0));
        let thirds = parse("0.6667,0.3333,0.3334,0.6667").unwrap().unwrap();
        for size in [size(1, 1), size(3, 2), size(7681, 4321)] {
            for region in [half, thirds, parse("0.999,0.999,0.001,0.001").unwrap().unwrap()] {
                let r = region.of(size);
                assert!(r.x >= 0.0 && r.w >= 1.0 && r.right() <= size.width as f32, "{r:?}");
                assert!(r.y >= 0.0 && r.h >= 1.0 && r.bottom() <= size.height as f32, "{r:?}");
            }
        }
    }

    #[test]
    fn the_whole_frame_has_two_names() {
        assert_eq!(parse(""), Ok(None));
        assert_eq!(parse("full-frame"), Ok(None));
    }

    #[test]
    fn mistakes_name_the_text_and_the_remedy() {
        for (text, reason) in [
            ("roi-list", "“roi-list” is not made of numbers"),
            ("0,0,1", "has fewer than four numbers"),
            ("0,0,1,1,1", "has more than four numbers"),
            ("0,0,640,480", "reaches out of the frame"),
            ("NaN,0,1,1", "reaches out of the frame"),
            ("0.6,0,0.6,1", "reaches out of the frame"),
            ("-0.1,0,1,1", "reaches out of the frame"),
            ("0,0,0,1", "is empty"),
        ] {
            let message = parse(text).unwrap_err().to_string();
            assert!(message.contains(reason) && message.contains("0.5,0,0.5,1"), "{message}");
        }
    }
}
