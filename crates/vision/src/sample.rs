//! One row of the model's input out of a frame, scaled: red, green and blue, or Y, U and V.

use crate::{
    Frame, Isa, PixelFormat,
    kernel::{Columns, Lines, pair, single, triple},
    plan::{Axes, Plan, Tap},
};

/// Scaled channels of one row of the input.
#[derive(Debug, Default)]
pub(crate) struct Row(pub(crate) [Vec<f32>; 3]);

impl Row {
    /// Makes room for `width` pixels.
    pub(crate) fn resize(&mut self, width: usize) {
        for channel in &mut self.0 {
            channel.resize(Columns::room(width), 0.0);
        }
    }

    /// Samples row `y` of the input. Grey frames fill the first channel only.
    pub(crate) fn sample(&mut self, isa: Isa, frame: &Frame<'_>, plan: &Plan, y: usize) {
        let [r, g, b] = &mut self.0;
        match frame.format() {
            PixelFormat::Gray8 => single(isa, &lines(frame, 0, &plan.full, y), &plan.full.x, r),
            PixelFormat::Rgb | PixelFormat::Rgba | PixelFormat::Rgbx => {
                triple(isa, &lines(frame, 0, &plan.full, y), &plan.full.x, [r, g, b]);
            }
            PixelFormat::Bgr | PixelFormat::Bgra | PixelFormat::Bgrx => {
                triple(isa, &lines(frame, 0, &plan.full, y), &plan.full.x, [b, g, r]);
            }
            PixelFormat::Nv12 => {
                single(isa, &lines(frame, 0, &plan.full, y), &plan.full.x, r);
                pair(isa, &lines(frame, 1, &plan.half, y), &plan.half.x, g, b);
            }
            PixelFormat::I420 => {
                single(isa, &lines(frame, 0, &plan.full, y), &plan.full.x, r);
                single(isa, &lines(frame, 1, &plan.half, y), &plan.half.x, g);
                single(isa, &lines(frame, 2, &plan.half, y), &plan.half.x, b);
            }
        }
    }
}

/// The two rows of a plane for row `y` of the input.
fn lines<'a>(frame: &Frame<'a>, plane: usize, axes: &Axes, y: usize) -> Lines<'a> {
    let rows = |tap: Tap| [tap.first, tap.second].map(|row| frame.row(plane, row as usize));
    let tap = axes.y[y];
    let next = axes.y.get(y + 1).copied().unwrap_or(tap);
    Lines::new(rows(tap), tap.share, rows(next))
}
