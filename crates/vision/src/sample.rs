//! One row of the model's input out of a frame, scaled, as red, green and blue.

use crate::{
    Frame, PixelFormat,
    color::YuvToRgb,
    plan::{Axes, Plan, Tap},
};

/// Scaled channels of one row of the input.
#[derive(Debug, Default)]
pub(crate) struct Row(pub(crate) [Vec<f32>; 3]);

impl Row {
    /// Makes room for `width` pixels.
    pub(crate) fn resize(&mut self, width: usize) {
        for channel in &mut self.0 {
            channel.resize(width, 0.0);
        }
    }

    /// Samples row `y` of the input. Grey frames fill the first channel only.
    pub(crate) fn sample(&mut self, frame: &Frame<'_>, plan: &Plan, y: usize) {
        let [r, g, b] = &mut self.0;
        match frame.format() {
            PixelFormat::Gray8 => plane(frame, 0, &plan.full, y, [0], [r]),
            PixelFormat::Rgb | PixelFormat::Rgba | PixelFormat::Rgbx => {
                plane(frame, 0, &plan.full, y, [0, 1, 2], [r, g, b]);
            }
            PixelFormat::Bgr | PixelFormat::Bgra | PixelFormat::Bgrx => {
                plane(frame, 0, &plan.full, y, [2, 1, 0], [r, g, b]);
            }
            PixelFormat::Nv12 => {
                plane(frame, 0, &plan.full, y, [0], [r]);
                plane(frame, 1, &plan.half, y, [0, 1], [g, b]);
                self.convert(frame);
            }
            PixelFormat::I420 => {
                plane(frame, 0, &plan.full, y, [0], [r]);
                plane(frame, 1, &plan.half, y, [0], [g]);
                plane(frame, 2, &plan.half, y, [0], [b]);
                self.convert(frame);
            }
        }
    }

    fn convert(&mut self, frame: &Frame<'_>) {
        let (matrix, range) = frame.colorimetry();
        YuvToRgb::new(matrix, range).convert(&mut self.0);
    }
}

/// Samples `N` interleaved channels of a plane for row `y` of the input. `offsets`: of each channel in a pixel.
fn plane<const N: usize>(
    frame: &Frame<'_>,
    plane: usize,
    axes: &Axes,
    y: usize,
    offsets: [usize; N],
    mut out: [&mut Vec<f32>; N],
) {
    let rows = axes.y[y];
    let (top, bottom) = (
        frame.row(plane, rows.first as usize),
        frame.row(plane, rows.second as usize),
    );
    for (x, Tap { first, second, share }) in axes.x.iter().enumerate() {
        for (offset, out) in offsets.iter().zip(&mut out) {
            let (first, second) = (*first as usize + offset, *second as usize + offset);
            let upper = mix(f32::from(top[first]), f32::from(top[second]), *share);
            let lower = mix(f32::from(bottom[first]), f32::from(bottom[second]), *share);
            out[x] = mix(upper, lower, rows.share);
        }
    }
}

fn mix(first: f32, second: f32, share: f32) -> f32 {
    first + (second - first) * share
}
