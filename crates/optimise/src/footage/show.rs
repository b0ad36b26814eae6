//! Looking at a frame without a model.

use image::{ExtendedColorType, codecs::jpeg::JpegEncoder};
use luchs_scene::Size;
use luchs_vision::{ColorOrder, ElementType, FillError, Fit, Frame, InputSpec, Layout, Preprocessor};

use super::FootageError;

/// Side of the picture that is looked at to see whether there is anything.
const GLANCE: u32 = 64;
/// Least standard deviation of its values (0 to 255) of a frame that shows something. The noise of a camera in the dark has
/// 1 to 3, the plainest corridor 10.
const PLAIN: f64 = 5.0;
const QUALITY: u8 = 80;

/// Whether `frame` shows nothing: a covered lens, a dark room, no signal.
pub fn is_blank(frame: &Frame<'_>) -> Result<bool, FootageError> {
    let glance = Size {
        width: GLANCE,
        height: GLANCE,
    };
    let values = rgb(frame, glance)?;
    // Each channel for itself: a screen that is all blue shows nothing either.
    let flat = (0..3).all(|channel| deviation(values.iter().skip(channel).step_by(3)) < PLAIN);
    Ok(flat)
}

fn deviation<'a>(values: impl Iterator<Item = &'a u8>) -> f64 {
    let (mut count, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for value in values.map(|value| f64::from(*value)) {
        count += 1.0;
        sum += value;
        squares += value * value;
    }
    let mean: f64 = sum / count;
    (squares / count - mean * mean).max(0.0).sqrt()
}

/// `frame` as a JPEG file of at most `width` pixels, and its size.
pub fn thumbnail(frame: &Frame<'_>, width: u32) -> Result<(Vec<u8>, Size), FootageError> {
    let full = frame.size();
    let width = width.min(full.width).max(1);
    let height = (u64::from(full.height) * u64::from(width) / u64::from(full.width)).max(1) as u32;
    let size = Size { width, height };
    let pixels = rgb(frame, size)?;
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, QUALITY)
        .encode(&pixels, width, height, ExtendedColorType::Rgb8)
        .map_err(|error| failed(&error))?;
    Ok((file, size))
}

/// The whole frame in another size, 3 bytes a pixel.
fn rgb(frame: &Frame<'_>, size: Size) -> Result<Vec<u8>, FootageError> {
    let spec = InputSpec {
        size,
        layout: Layout::Nhwc,
        element: ElementType::U8,
        order: ColorOrder::Rgb,
        fit: Fit::Stretch,
        mean: [0.0; 3],
        std: [1.0; 3],
    };
    let mut preprocessor = Preprocessor::new(spec).map_err(|error| failed(&error))?;
    let mut pixels = vec![0; spec.elements()];
    preprocessor
        .fill_u8(frame, None, &mut pixels)
        .map_err(|error: FillError| failed(&error))?;
    Ok(pixels)
}

fn failed(error: &dyn std::error::Error) -> FootageError {
    FootageError::Decode {
        name: "a frame".to_owned(),
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::footage::Still;

    const SIZE: Size = Size { width: 160, height: 90 };

    fn still(pixel: impl Fn(usize) -> [u8; 3]) -> Still {
        Still::rgb(SIZE, (0..160 * 90).flat_map(pixel).collect())
    }

    #[test]
    fn darkness_and_a_covered_lens_show_nothing_even_with_noise() {
        let noise = |index: usize| (index.wrapping_mul(2_654_435_761) >> 13) as u8 % 7;
        let blank = |still: Still| is_blank(&still.frame().unwrap()).unwrap();
        assert!(blank(still(|_| [0; 3])));
        assert!(blank(still(|index| [noise(index); 3])));
        assert!(blank(still(|index| [20, 30, 200 + noise(index)])));
        assert!(!blank(still(|index| if index % 160 < 40 { [10; 3] } else { [60; 3] })));
        assert!(!blank(still(|index| [0, 0, (index % 160) as u8])));
    }

    #[test]
    fn a_thumbnail_keeps_the_shape_and_never_grows() {
        let still = still(|index| [(index % 160) as u8; 3]);
        let (file, size) = thumbnail(&still.frame().unwrap(), 80).unwrap();
        assert_eq!((size.width, size.height), (80, 45));
        let decoded = image::load_from_memory(&file).unwrap();
        assert_eq!((decoded.width(), decoded.height()), (80, 45));
        assert_eq!(thumbnail(&still.frame().unwrap(), 999).unwrap().1, SIZE);
    }
}
