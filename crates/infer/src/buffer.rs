//! An input tensor in memory.

use luchs_vision::ElementType;

use crate::Input;

/// The input of one stream; its memory is used again by the next frame.
#[derive(Debug)]
pub(crate) struct Buffer {
    shape: [usize; 4],
    pub(crate) values: Values,
}

/// The elements.
#[derive(Debug)]
pub(crate) enum Values {
    F32(Vec<f32>),
    U8(Vec<u8>),
}

impl Buffer {
    /// A black picture, before mean and std.
    pub(crate) fn black(shape: [usize; 4], element: ElementType) -> Self {
        let elements = shape.iter().product();
        let values = match element {
            ElementType::F32 => Values::F32(vec![0.0; elements]),
            ElementType::U8 => Values::U8(vec![0; elements]),
        };
        Self { shape, values }
    }

    pub(crate) fn view(&self) -> Input<'_> {
        match &self.values {
            Values::F32(values) => Input::F32(self.shape, values),
            Values::U8(values) => Input::U8(self.shape, values),
        }
    }
}
