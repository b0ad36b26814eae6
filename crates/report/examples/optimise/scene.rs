//! A picture that nobody had to be photographed for: a shop floor with people, as seen from the ceiling's edge.

use image::{Rgb, RgbImage};

/// Size of the picture in pixels.
pub(crate) const WIDTH: u32 = 640;
/// Size of the picture in pixels.
pub(crate) const HEIGHT: u32 = 360;

/// A person: where the feet are and how tall, in pixels.
#[derive(Clone, Copy)]
pub(crate) struct Person {
    /// Of the feet.
    pub(crate) x: f32,
    /// Of the feet.
    pub(crate) y: f32,
    /// In pixels.
    pub(crate) height: f32,
    /// Colour of the coat.
    pub(crate) coat: [u8; 3],
}

impl Person {
    /// Left, top, right and bottom edge in pixels.
    pub(crate) fn edges(&self) -> [f32; 4] {
        let half = self.height * 0.17;
        [self.x - half, self.y - self.height, self.x + half, self.y]
    }
}

/// The picture; `seed` changes its noise and its light.
pub(crate) fn draw(people: &[Person], seed: u32) -> RgbImage {
    let mut image = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| room(x as f32, y as f32));
    for person in people {
        paint(&mut image, person);
    }
    let mut noise = seed.wrapping_mul(2_654_435_761) | 1;
    let light = 0.86 + 0.1 * (seed % 3) as f32;
    for pixel in image.pixels_mut() {
        noise ^= noise << 13;
        noise ^= noise >> 17;
        noise ^= noise << 5;
        let grain = (noise % 15) as f32 - 7.0;
        pixel.0 = pixel
            .0
            .map(|value| (f32::from(value) * light + grain).clamp(0.0, 255.0) as u8);
    }
    image
}

/// Back wall, shelves at both sides, tiles on the floor.
fn room(x: f32, y: f32) -> Rgb<u8> {
    let horizon = 92.0;
    if y < horizon {
        let shelf = (x / 46.0).floor() + (y / 23.0).floor();
        let goods = 150.0 + 34.0 * (shelf * 2.4).sin();
        let board = if y % 23.0 < 3.0 { 70.0 } else { goods };
        return Rgb([board as u8, (board * 0.96) as u8, (board * 0.88) as u8]);
    }
    let depth = (y - horizon) / (360.0 - horizon);
    let side = 250.0 * (1.0 - depth) + 40.0;
    if (x - 320.0).abs() > 320.0 - side * 0.45 {
        let row = (y / (12.0 + 20.0 * depth)).floor();
        let goods = 92.0 + 46.0 * ((x / 18.0).floor() * 1.7 + row * 2.3).sin();
        return Rgb([(goods * 1.1) as u8, goods as u8, (goods * 0.82) as u8]);
    }
    let column = ((x - 320.0) / (22.0 + 90.0 * depth)).floor();
    let row = (depth.sqrt() * 9.0).floor();
    let tile = if (column + row).rem_euclid(2.0) < 1.0 {
        172.0
    } else {
        160.0
    };
    let floor = tile - 22.0 * (1.0 - depth);
    Rgb([floor as u8, (floor * 0.99) as u8, (floor * 0.96) as u8])
}

fn paint(image: &mut RgbImage, person: &Person) {
    let Person { x, y, height, coat } = *person;
    let ellipse = |px: f32, py: f32, cx: f32, cy: f32, rx: f32, ry: f32| {
        ((px - cx) / rx).powi(2) + ((py - cy) / ry).powi(2) <= 1.0
    };
    for (column, row, pixel) in image.enumerate_pixels_mut() {
        let (px, py) = (column as f32, row as f32);
        let part = (y - py) / height;
        if ellipse(px, py, x + height * 0.06, y, height * 0.22, height * 0.045) {
            pixel.0 = pixel.0.map(|value| (f32::from(value) * 0.62) as u8);
        }
        let leg = (px - x).abs() > height * 0.015 && (px - x).abs() < height * 0.085;
        if (0.0..0.48).contains(&part) && leg {
            *pixel = Rgb([44, 48, 60]);
        }
        if ellipse(px, py, x, y - height * 0.62, height * 0.155, height * 0.23) {
            let shade = 1.0 - 0.35 * ((px - x) / (height * 0.16)).abs();
            *pixel = Rgb(coat.map(|value| (f32::from(value) * shade) as u8));
        }
        if ellipse(px, py, x, y - height * 0.91, height * 0.066, height * 0.088) {
            let hair = py < y - height * 0.93;
            *pixel = if hair { Rgb([58, 44, 36]) } else { Rgb([205, 164, 138]) };
        }
    }
}
