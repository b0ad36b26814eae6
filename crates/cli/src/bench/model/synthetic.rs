//! A made-up picture that is as hard to sample and to decode as one of a camera: shading, edges at all scales, noise.

use luchs_scene::Size;

/// RGB, rows without padding; always the same.
pub(super) fn picture(size: Size) -> Vec<u8> {
    let (width, height) = (size.width as usize, size.height as usize);
    let mut noise = 0x9e37_79b9_u32;
    let mut pixels = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            noise ^= noise << 13;
            noise ^= noise >> 17;
            noise ^= noise << 5;
            let grain = (noise & 15) as i32 - 8;
            let shade = 60 + (90 * y / height) as i32;
            for channel in 0..3 {
                let value = shade + block(x, y, width, channel) + grain;
                pixels.push(value.clamp(0, 255) as u8);
            }
        }
    }
    pixels
}

/// Boxes in boxes, of colours that depend on where they are: edges from a quarter of the picture down to a few pixels.
fn block(x: usize, y: usize, width: usize, channel: usize) -> i32 {
    let mut value = 0;
    let mut side = (width / 4).max(1);
    let mut weight = 48;
    while side >= 6 && weight > 2 {
        let cell = (x / side).wrapping_mul(73_856_093) ^ (y / side).wrapping_mul(19_349_663) ^ (channel * 83_492_791);
        value += if (cell >> 4).is_multiple_of(4) {
            weight
        } else {
            -weight / 4
        };
        side /= 3;
        weight /= 2;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_contrast_and_is_the_same_each_time() {
        let size = Size {
            width: 320,
            height: 180,
        };
        let picture_1 = picture(size);
        assert_eq!(picture_1, picture(size));
        assert_eq!(picture_1.len(), 320 * 180 * 3);
        let mean = picture_1.iter().map(|v| f64::from(*v)).sum::<f64>() / picture_1.len() as f64;
        let deviation = picture_1.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / picture_1.len() as f64;
        assert!(
            deviation.sqrt() > 15.0 && (40.0..220.0).contains(&mean),
            "{mean} ± {deviation}"
        );
    }
}
