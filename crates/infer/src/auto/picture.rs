//! A drawn picture with what detectors look at: slow gradients, edges, flat and striped shapes, noise. The same on every
//! machine.

use luchs_scene::Size;
use luchs_vision::{ElementType, Frame, InputSpec, Matrix, PixelFormat, Plane, Preprocessor, Range};

/// As a small camera's.
const SIZE: Size = Size {
    width: 640,
    height: 480,
};

/// The input of a run.
#[derive(Debug)]
pub(super) enum Picture {
    F32([usize; 4], Vec<f32>),
    U8([usize; 4], Vec<u8>),
}

impl Picture {
    /// Dimensions and type of the elements.
    pub(super) fn form(&self) -> ([usize; 4], ElementType) {
        match self {
            Self::F32(shape, _) => (*shape, ElementType::F32),
            Self::U8(shape, _) => (*shape, ElementType::U8),
        }
    }

    /// The picture as `spec` wants it. Errors are reasons.
    pub(super) fn new(spec: &InputSpec) -> Result<Self, String> {
        let pixels = drawn();
        let planes = [Plane {
            data: &pixels,
            stride: SIZE.width as usize * 3,
        }];
        let frame = Frame::new(PixelFormat::Rgb, SIZE, &planes, Matrix::Bt601, Range::Full);
        let frame = frame.map_err(|error| error.to_string())?;
        let mut preprocessor = Preprocessor::new(*spec).map_err(|error| error.to_string())?;
        let (shape, elements) = (spec.shape(), spec.elements());
        match spec.element {
            ElementType::F32 => {
                let mut tensor = vec![0.0; elements];
                let filled = preprocessor.fill_f32(&frame, None, &mut tensor);
                filled.map_err(|error| error.to_string())?;
                Ok(Self::F32(shape, tensor))
            }
            ElementType::U8 => {
                let mut tensor = vec![0; elements];
                let filled = preprocessor.fill_u8(&frame, None, &mut tensor);
                filled.map_err(|error| error.to_string())?;
                Ok(Self::U8(shape, tensor))
            }
        }
    }
}

/// RGB.
fn drawn() -> Vec<u8> {
    let (width, height) = (SIZE.width as usize, SIZE.height as usize);
    let mut random = Random(20_261_123);
    let shapes: Vec<_> = (0..24).map(|index| Shape::random(index, &mut random)).collect();
    let mut pixels = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            let (u, v) = (x as f32 / width as f32, y as f32 / height as f32);
            let background = [60.0 + 120.0 * u, 90.0 + 100.0 * v, 150.0 - 80.0 * u];
            let shape = shapes.iter().rev().find(|shape| shape.covers(u, v));
            let color = shape.map_or(background, |shape| shape.color(y));
            for value in color {
                let noise = random.between(-6.0, 6.0) + random.between(-6.0, 6.0);
                pixels.push((value + noise).clamp(0.0, 255.0) as u8);
            }
        }
    }
    pixels
}

/// An ellipse or a rectangle; in parts of the picture's sides.
struct Shape {
    round: bool,
    striped: bool,
    center: [f32; 2],
    half: [f32; 2],
    color: [f32; 3],
}

impl Shape {
    fn random(index: usize, random: &mut Random) -> Self {
        Self {
            round: index.is_multiple_of(2),
            striped: index.is_multiple_of(5),
            center: [random.between(0.0, 1.0), random.between(0.0, 1.0)],
            // Upright, as people are.
            half: [random.between(0.02, 0.12), random.between(0.05, 0.3)],
            color: [(); 3].map(|()| random.between(0.0, 255.0)),
        }
    }

    fn covers(&self, u: f32, v: f32) -> bool {
        let (x, y) = ((u - self.center[0]) / self.half[0], (v - self.center[1]) / self.half[1]);
        if self.round {
            x * x + y * y < 1.0
        } else {
            x.abs() < 1.0 && y.abs() < 1.0
        }
    }

    fn color(&self, row: usize) -> [f32; 3] {
        if self.striped && (row / 6).is_multiple_of(2) {
            self.color.map(|value| 255.0 - value)
        } else {
            self.color
        }
    }
}

/// Marsaglia's xorshift (2003).
struct Random(u32);

impl Random {
    fn between(&mut self, low: f32, high: f32) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        low + (high - low) * (self.0 >> 8) as f32 / (1 << 24) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_same_picture_every_time_and_has_light_dark_and_detail() {
        let pixels = drawn();
        assert_eq!(pixels, drawn());
        let share =
            |of: &dyn Fn(u8) -> bool| pixels.iter().filter(|&&value| of(value)).count() as f32 / pixels.len() as f32;
        assert!(share(&|value| value < 64) > 0.05);
        assert!(share(&|value| value > 192) > 0.05);
        let edges = pixels.windows(4).filter(|w| w[0].abs_diff(w[3]) > 40).count();
        assert!(edges > 2000, "{edges}");
    }
}
