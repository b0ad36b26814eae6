//! Text in the sizes that a picture needs, from bitmap fonts.

use std::convert::Infallible;

use embedded_graphics::{
    Pixel,
    draw_target::DrawTarget,
    geometry::{Dimensions, Point, Size},
    mono_font::{
        MonoFont, MonoTextStyle,
        iso_8859_1::{FONT_6X10, FONT_6X12, FONT_7X14_BOLD, FONT_9X15_BOLD, FONT_9X18_BOLD, FONT_10X20},
    },
    pixelcolor::Rgb888,
    primitives::Rectangle,
    text::Baseline,
    text::renderer::TextRenderer,
};

use super::canvas::Canvas;

/// A bitmap font and how many pixels wide one of its dots is painted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Typeface {
    font: &'static MonoFont<'static>,
    factor: u32,
}

const FONTS: [&MonoFont<'static>; 6] = [
    &FONT_10X20,
    &FONT_9X18_BOLD,
    &FONT_9X15_BOLD,
    &FONT_7X14_BOLD,
    &FONT_6X12,
    &FONT_6X10,
];
const MAX_FACTOR: u32 = 32;

impl Typeface {
    /// The one whose lines are closest to `height` pixels high.
    pub(super) fn near(height: u32) -> Self {
        let all = (1..=MAX_FACTOR).flat_map(|factor| FONTS.map(|font| Self { font, factor }));
        all.min_by_key(|face| face.height().abs_diff(height)).unwrap_or(Self {
            font: &FONT_6X10,
            factor: 1,
        })
    }

    /// Pixels from line to line.
    pub(super) fn height(self) -> u32 {
        self.font.character_size.height * self.factor
    }

    /// Width of `text` in pixels.
    pub(super) fn width(self, text: &str) -> u32 {
        let advance = self.font.character_size.width + self.font.character_spacing;
        u32::try_from(text.chars().count())
            .unwrap_or(u32::MAX)
            .saturating_mul(advance)
            .saturating_mul(self.factor)
    }

    /// Writes one line of text whose top left corner is (`left`, `top`).
    pub(super) fn write(self, canvas: &mut Canvas<'_>, left: i64, top: i64, text: &str, color: Rgb888) {
        let style = MonoTextStyle::new(self.font, color);
        let mut dots = Dots {
            canvas,
            left,
            top,
            factor: i64::from(self.factor),
        };
        // Painting cannot fail, and the position after the text is of no use.
        let Ok(_) = style.draw_string(text, Point::zero(), Baseline::Top, &mut dots);
    }
}

/// Paints each dot of a font as a square.
struct Dots<'a, 'b> {
    canvas: &'a mut Canvas<'b>,
    left: i64,
    top: i64,
    factor: i64,
}

impl Dimensions for Dots<'_, '_> {
    fn bounding_box(&self) -> Rectangle {
        Rectangle::new(Point::zero(), Size::new(u32::from(u16::MAX), u32::from(u16::MAX)))
    }
}

impl DrawTarget for Dots<'_, '_> {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I>(&mut self, pixels: I) -> Result<(), Infallible>
    where
        I: IntoIterator<Item = Pixel<Rgb888>>,
    {
        for Pixel(at, color) in pixels {
            let (x, y) = (
                self.left + i64::from(at.x) * self.factor,
                self.top + i64::from(at.y) * self.factor,
            );
            self.canvas.fill(x, y, x + self.factor, y + self.factor, color);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_face_within_a_fifth_of_any_height() {
        for height in 10..500 {
            let got = Typeface::near(height).height();
            assert!(got.abs_diff(height) * 5 <= height, "{got} for {height}");
        }
    }
}
