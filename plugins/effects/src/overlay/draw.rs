//! Objects drawn onto a picture: a box, and above it what it is.

use embedded_graphics::pixelcolor::Rgb888;
use luchs_scene::{Object, Rect, Size};

use super::{
    canvas::Canvas,
    palette::{color, text_color},
    text::Typeface,
};

/// What is drawn, and how big.
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are the element's independent switches"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Style {
    /// The box.
    pub boxes: bool,
    /// The class name.
    pub labels: bool,
    /// The track id.
    pub ids: bool,
    /// The confidence.
    pub confidence: bool,
    /// Pixels; 0: as fits the picture's height.
    pub line_width: u32,
    /// Text height in tens of pixels; 0: as fits the picture's height.
    pub font_scale: u32,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            boxes: true,
            labels: true,
            ids: true,
            confidence: true,
            line_width: 0,
            font_scale: 0,
        }
    }
}

/// A longer caption would cover its neighbours.
const MAX_CAPTION: usize = 48;

/// Draws `objects`, their captions on top of all boxes.
pub fn draw(canvas: &mut Canvas<'_>, objects: &[Object], style: &Style) {
    let size = canvas.size();
    let line = line_width(style, size);
    if style.boxes {
        for object in objects {
            if let Some(edges) = Edges::of(&object.rect, size) {
                outline(canvas, edges, line, color(object));
            }
        }
    }
    let face = Typeface::near(text_height(style, size));
    for object in objects {
        let text = caption(object, style);
        if let (Some(edges), false) = (Edges::of(&object.rect, size), text.is_empty()) {
            tag(canvas, edges, face, &text, color(object));
        }
    }
}

fn line_width(style: &Style, size: Size) -> i64 {
    if style.line_width > 0 {
        i64::from(style.line_width)
    } else {
        (i64::from(size.height) + 135) / 270
    }
    .max(1)
}

fn text_height(style: &Style, size: Size) -> u32 {
    if style.font_scale > 0 {
        style.font_scale.saturating_mul(10)
    } else {
        (size.height / 40).max(10)
    }
}

/// A box in whole pixels, inside the picture; right and bottom are the first ones outside of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Edges {
    left: i64,
    top: i64,
    right: i64,
    bottom: i64,
}

impl Edges {
    /// None for a box that is no box or lies outside.
    fn of(rect: &Rect, size: Size) -> Option<Self> {
        if !rect.is_proper() {
            return None;
        }
        let inside = rect.clipped(size);
        let (left, top) = (inside.x.floor() as i64, inside.y.floor() as i64);
        let (right, bottom) = (inside.right().ceil() as i64, inside.bottom().ceil() as i64);
        (inside.w > 0.0 && inside.h > 0.0).then_some(Self {
            left,
            top,
            right,
            bottom,
        })
    }
}

fn outline(canvas: &mut Canvas<'_>, edges: Edges, line: i64, color: Rgb888) {
    let Edges {
        left,
        top,
        right,
        bottom,
    } = edges;
    // Where the box is thinner than two lines, one line is all of it.
    let (x, y) = ((left + line).min(right), (top + line).min(bottom));
    canvas.fill(left, top, right, y, color);
    canvas.fill(left, (bottom - line).max(top), right, bottom, color);
    canvas.fill(left, top, x, bottom, color);
    canvas.fill((right - line).max(left), top, right, bottom, color);
}

/// The caption on a filled ground: above the box, or inside where there is no room, and never beyond the right edge.
fn tag(canvas: &mut Canvas<'_>, edges: Edges, face: Typeface, text: &str, ground: Rgb888) {
    let size = canvas.size();
    let pad = i64::from(face.height() / 8).max(1);
    let (width, height) = (i64::from(face.width(text)) + 2 * pad, i64::from(face.height()) + pad);
    let left = edges.left.min(i64::from(size.width) - width).max(0);
    let top = if edges.top >= height {
        edges.top - height
    } else {
        edges.top
    };
    canvas.fill(left, top, left + width, top + height, ground);
    face.write(canvas, left + pad, top + pad / 2, text, text_color(ground));
}

/// “person #12 87%”, as far as it is asked for and known.
fn caption(object: &Object, style: &Style) -> String {
    let label = (style.labels && !object.label.is_empty()).then(|| object.label.to_string());
    let id = object.track_id.filter(|_| style.ids).map(|id| format!("#{id}"));
    let sure = style.confidence && object.confidence.is_finite();
    let confidence = sure.then(|| format!("{:.0}%", object.confidence.clamp(0.0, 1.0) * 100.0));
    let parts: Vec<String> = [label, id, confidence].into_iter().flatten().collect();
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    parts.join(" ").chars().map(plain).take(MAX_CAPTION).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::overlay::canvas::{Colorimetry, Layout, Plane};

    fn object(x: f32, y: f32, w: f32, h: f32) -> Object {
        Object {
            rect: Rect { x, y, w, h },
            label_id: 0,
            label: "person".into(),
            confidence: 0.87,
            track_id: Some(1),
        }
    }

    /// The picture after drawing, one RGB triple a pixel, rows without padding.
    fn picture(size: Size, objects: &[Object], style: &Style) -> Vec<[u8; 3]> {
        let mut data = vec![0; size.width as usize * size.height as usize * 3];
        let stride = size.width as usize * 3;
        let planes = vec![Plane {
            data: &mut data,
            stride,
        }];
        draw(
            &mut Canvas::new(Layout::Rgb { step: 3 }, Colorimetry::BT601, size, planes),
            objects,
            style,
        );
        data.chunks_exact(3).map(|p| [p[0], p[1], p[2]]).collect()
    }

    fn only_boxes() -> Style {
        Style {
            labels: false,
            ids: false,
            confidence: false,
            line_width: 2,
            ..Style::default()
        }
    }

    const SIZE: Size = Size { width: 40, height: 30 };

    #[test]
    fn a_box_is_a_frame_of_the_lines_width_and_hollow() {
        let colored = picture(SIZE, &[object(10.0, 5.0, 20.0, 15.0)], &only_boxes());
        let at = |x: usize, y: usize| colored[y * 40 + x] != [0; 3];
        assert!(at(10, 5) && at(11, 6) && at(29, 19) && at(28, 18) && at(10, 12) && at(20, 19));
        assert!(!at(12, 7) && !at(20, 12) && !at(30, 12) && !at(9, 5) && !at(20, 20) && !at(20, 4));
    }

    #[test]
    fn a_box_that_reaches_out_is_closed_at_the_edge() {
        let colored = picture(SIZE, &[object(-1e9, -5.0, 2e9, 1e9)], &only_boxes());
        let at = |x: usize, y: usize| colored[y * 40 + x] != [0; 3];
        assert!(at(0, 0) && at(39, 29) && at(0, 15) && at(39, 15) && !at(20, 15));
    }

    #[test]
    fn what_is_no_box_draws_nothing() {
        let outside = object(100.0, 100.0, 5.0, 5.0);
        let objects = [
            object(f32::NAN, 0.0, 5.0, 5.0),
            object(5.0, 5.0, 0.0, 5.0),
            object(0.0, 0.0, f32::INFINITY, 2.0),
            outside,
        ];
        assert!(picture(SIZE, &objects, &Style::default()).iter().all(|p| *p == [0; 3]));
    }

    #[test]
    fn any_size_and_any_style_can_be_drawn() {
        for (width, height) in [(1, 1), (1, 9), (3, 2), (17, 17), (641, 481)] {
            for font_scale in [0, 1, 7] {
                let style = Style {
                    font_scale,
                    line_width: font_scale * 9,
                    ..Style::default()
                };
                let drawn = picture(Size { width, height }, &[object(0.0, 0.0, 300.0, 300.0)], &style);
                assert!(drawn.iter().any(|p| *p != [0; 3]), "{width}×{height}");
            }
        }
    }

    #[test]
    fn the_caption_says_what_is_asked_for() {
        let style = Style::default();
        assert_eq!(caption(&object(0.0, 0.0, 1.0, 1.0), &style), "person #1 87%");
        assert_eq!(
            caption(
                &object(0.0, 0.0, 1.0, 1.0),
                &Style {
                    labels: false,
                    ids: false,
                    ..style.clone()
                }
            ),
            "87%"
        );
        let strange = Object {
            label: "a\nb".repeat(100).into(),
            confidence: f32::NAN,
            track_id: None,
            ..object(0.0, 0.0, 1.0, 1.0)
        };
        let text = caption(&strange, &style);
        assert!(
            text.starts_with("a ba b") && !text.contains('%') && text.chars().count() == MAX_CAPTION,
            "{text}"
        );
    }

    #[test]
    fn the_caption_is_readable_on_its_ground_and_stays_in_the_picture() {
        let size = Size {
            width: 200,
            height: 100,
        };
        let style = Style {
            boxes: false,
            ..Style::default()
        };
        let drawn = picture(size, &[object(150.0, 60.0, 40.0, 30.0)], &style);
        let ground = color(&object(0.0, 0.0, 1.0, 1.0));
        let ground = [embedded_graphics::pixelcolor::RgbColor::r(&ground), 180, 233];
        let columns: Vec<usize> = drawn
            .iter()
            .enumerate()
            .filter(|(_, p)| **p == ground)
            .map(|(i, _)| i % 200)
            .collect();
        let rows: Vec<usize> = drawn
            .iter()
            .enumerate()
            .filter(|(_, p)| **p == ground)
            .map(|(i, _)| i / 200)
            .collect();
        assert_eq!(
            (columns.iter().max(), rows.iter().max()),
            (Some(&199), Some(&59)),
            "not above the box, at the edge"
        );
        let text_pixels = drawn[49 * 200..60 * 200].iter().filter(|p| **p == [0; 3]).count();
        assert!(columns.iter().min() > Some(&100) && text_pixels > 100, "{text_pixels}");
    }
}
