//! YOLOX (Ge et al. 2021, arXiv:2107.08430), raw head as exported without `--decode_in_inference`.
//!
//! One tensor [1, cells, 5 + classes]: cells of stride 8, then 16, then 32, row by row. Per cell the centre relative to
//! the cell in strides, the logarithm of width and height in strides, objectness and class scores (sigmoid done).

use luchs_scene::Size;

use super::{
    candidates::{Candidates, check_probability},
    decoder::Head,
    outputs::{find, greatest},
};
use crate::{DecodeError, Family, InputSpec, Tensor, TensorInfo, tensor::list};

const STRIDES: [u32; 3] = [8, 16, 32];
const BOX: usize = 5;

#[derive(Debug)]
pub(super) struct Yolox {
    output: String,
    size: Size,
    classes: usize,
    expected: String,
}

/// Cells of an input of `size`.
pub(crate) fn cells(size: Size) -> usize {
    STRIDES
        .iter()
        .map(|stride| (size.width / stride) as usize * (size.height / stride) as usize)
        .sum()
}

impl Yolox {
    pub(super) fn new(input: &InputSpec, classes: Option<usize>, outputs: &[TensorInfo]) -> Result<Self, DecodeError> {
        let cells = cells(input.size);
        let found = outputs.iter().find_map(|output| match output.shape[..] {
            [_, n, columns] if (n < 0 || n as usize == cells) && columns > BOX as i64 => {
                Some((output, columns as usize - BOX))
            }
            _ => None,
        });
        let Some((output, columns)) = found else {
            let expected = format!("one output [1, {cells}, 5 + classes]");
            return Err(DecodeError::Outputs {
                family: Family::Yolox,
                expected,
                seen: list(outputs),
            });
        };
        if let Some(expected) = classes.filter(|&classes| classes != columns) {
            return Err(DecodeError::Classes {
                name: output.name.clone(),
                expected,
                got: columns,
            });
        }
        let expected = format!("[1, {cells}, {}]", BOX + columns);
        Ok(Self {
            output: output.name.clone(),
            size: input.size,
            classes: columns,
            expected,
        })
    }
}

impl Head for Yolox {
    fn outputs(&self) -> Vec<&str> {
        vec![&self.output]
    }

    fn collect(&self, outputs: &[Tensor<'_>], found: &mut Candidates<'_>) -> Result<(), DecodeError> {
        let columns = BOX + self.classes;
        let tensor = find(outputs, &self.output, &self.expected, |shape| {
            shape == [1, cells(self.size), columns]
        })?;
        let mut rows = tensor.data.chunks_exact(columns);
        for stride in STRIDES {
            let (width, height) = (self.size.width / stride, self.size.height / stride);
            let stride = stride as f32;
            for ((y, x), row) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))).zip(&mut rows) {
                let (label, class) = greatest(&row[BOX..]);
                let score = row[4] * class;
                // Each factor, as the product of one too large and one too small may look right.
                check_probability(&tensor, row[4])?;
                check_probability(&tensor, class)?;
                if !found.wants(label, score) || row[4] < 0.0 {
                    continue;
                }
                let (cx, cy) = ((row[0] + x as f32) * stride, (row[1] + y as f32) * stride);
                let (w, h) = (row[2].exp() * stride / 2.0, row[3].exp() * stride / 2.0);
                found.add([cx - w, cy - h, cx + w, cy + h], label, score);
            }
        }
        Ok(())
    }
}
