//! YOLOX (Ge et al. 2021, arXiv:2107.08430), raw head as exported without `--decode_in_inference`.
//!
//! One tensor [1, cells, 5 + classes]: cells of stride 8, then 16, then 32, row by row. Per cell the centre relative to
//! the cell in strides, the logarithm of width and height in strides, objectness and class scores (sigmoid done).

use luchs_scene::Size;

use super::{
    candidates::{Candidates, check_probability},
    grid::each_cell,
    head::Head,
    outputs::{check_classes, exact, other_outputs, side},
    values::{corners_of, greatest},
};
use crate::{
    Align, ColorOrder, DecodeError, Family, Fit, InputSpec, Recognized, Tensor, TensorInfo,
    picture::{Look, Picture},
};

const STRIDES: [u32; 3] = [8, 16, 32];
const BOX: usize = 5;

/// As `preproc` in `yolox/data/data_augment.py`.
const LOOK: Look = Look {
    order: ColorOrder::Bgr,
    fit: Fit::Letterbox {
        align: Align::TopLeft,
        pad: 114,
    },
    mean: [0.0; 3],
    std: [1.0; 3],
};

#[derive(Debug)]
pub(super) struct Yolox {
    output: String,
    size: Size,
    classes: usize,
}

/// Cells of an input of `size`.
fn cells(size: Size) -> usize {
    STRIDES
        .iter()
        .map(|stride| (size.width / stride) as usize * (size.height / stride) as usize)
        .sum()
}

pub(super) fn recognized(picture: &Picture, size: Size, outputs: &[TensorInfo]) -> Option<Recognized> {
    let [TensorInfo { shape, .. }] = outputs else {
        return None;
    };
    let [_, rows, columns] = shape[..] else { return None };
    (side(rows)? == cells(size)).then_some(())?;
    Some(Recognized {
        family: Family::Yolox,
        input: picture.input(size, &LOOK),
        classes: Some(side(columns)?.checked_sub(BOX).filter(|classes| *classes > 0)?),
    })
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
            return Err(other_outputs(Family::Yolox, expected, outputs));
        };
        check_classes(&output.name, classes, columns)?;
        Ok(Self {
            output: output.name.clone(),
            size: input.size,
            classes: columns,
        })
    }
}

impl Head for Yolox {
    fn outputs(&self) -> Vec<&str> {
        vec![&self.output]
    }

    fn collect(&self, outputs: &[Tensor<'_>], found: &mut Candidates<'_>) -> Result<(), DecodeError> {
        let columns = BOX + self.classes;
        let tensor = exact(outputs, &self.output, &[1, cells(self.size), columns])?;
        let mut rows = tensor.data.chunks_exact(columns);
        for stride in STRIDES {
            let (width, height) = (self.size.width / stride, self.size.height / stride);
            let stride = stride as f32;
            for ((x, y), row) in each_cell((width, height)).zip(&mut rows) {
                if found.hopeless(row[4]) {
                    continue;
                }
                let (label, class) = greatest(&row[BOX..]);
                let score = row[4] * class;
                // Each factor, as the product of one too large and one too small may look right.
                check_probability(&tensor, row[4])?;
                check_probability(&tensor, class)?;
                if !found.wants(label, score) || row[4] < 0.0 {
                    continue;
                }
                let (cx, cy) = ((row[0] + x) * stride, (row[1] + y) * stride);
                let (w, h) = (row[2].exp() * stride, row[3].exp() * stride);
                found.add(corners_of(cx, cy, w, h), label, score);
            }
        }
        Ok(())
    }
}
