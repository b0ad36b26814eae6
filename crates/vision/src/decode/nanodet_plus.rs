//! NanoDet-Plus (github.com/RangiLyu/nanodet, `nanodet_plus_head.py`).
//!
//! One tensor [1, cells, classes + 4 · bins] of strides 8, 16, 32 and 64: class scores (sigmoid done), then the
//! distributions of NanoDet. Unlike there, a cell's centre is its top left corner.

use luchs_scene::Size;

use super::{
    candidates::{Candidates, check_probability},
    grid::{cells, each_cell, grid},
    head::Head,
    nanodet::{LOOK, around},
    outputs::{exact, other_outputs, side},
};
use crate::{DecodeError, Family, InputSpec, Recognized, Tensor, TensorInfo, picture::Picture};

const STRIDES: [u32; 4] = [8, 16, 32, 64];

/// Bins of every published model (`reg_max` 7).
const BINS: usize = 8;

#[derive(Debug)]
pub(super) struct NanodetPlus {
    output: String,
    size: Size,
    classes: usize,
    bins: usize,
}

fn table(size: Size, outputs: &[TensorInfo]) -> Option<(&str, usize)> {
    outputs.iter().find_map(|output| match output.shape[..] {
        [_, rows, columns] if side(rows)? == cells(size, &STRIDES) => {
            side(columns).map(|columns| (output.name.as_str(), columns))
        }
        _ => None,
    })
}

pub(super) fn recognized(picture: &Picture, size: Size, outputs: &[TensorInfo]) -> Option<Recognized> {
    let (_, columns) = table(size, outputs).filter(|_| outputs.len() == 1)?;
    Some(Recognized {
        family: Family::NanodetPlus,
        input: picture.input(size, &LOOK),
        classes: Some(columns.checked_sub(4 * BINS).filter(|classes| *classes > 0)?),
    })
}

impl NanodetPlus {
    pub(super) fn new(input: &InputSpec, classes: Option<usize>, outputs: &[TensorInfo]) -> Result<Self, DecodeError> {
        let split = table(input.size, outputs).and_then(|(name, columns)| {
            let classes = classes.or_else(|| columns.checked_sub(4 * BINS))?;
            let boxes = columns.checked_sub(classes)?;
            (classes > 0 && boxes >= 8 && boxes.is_multiple_of(4)).then_some((name, classes, boxes / 4))
        });
        let Some((name, classes, bins)) = split else {
            let classes = classes.map_or_else(|| "classes".to_owned(), |classes| classes.to_string());
            let cells = cells(input.size, &STRIDES);
            let expected = format!("one output [1, {cells}, {classes} + 4 · bins]");
            return Err(other_outputs(Family::NanodetPlus, expected, outputs));
        };
        Ok(Self {
            output: name.to_owned(),
            size: input.size,
            classes,
            bins,
        })
    }
}

impl Head for NanodetPlus {
    fn outputs(&self) -> Vec<&str> {
        vec![&self.output]
    }

    fn collect(&self, outputs: &[Tensor<'_>], found: &mut Candidates<'_>) -> Result<(), DecodeError> {
        let columns = self.classes + 4 * self.bins;
        let tensor = exact(outputs, &self.output, &[1, cells(self.size, &STRIDES), columns])?;
        let mut rows = tensor.data.chunks_exact(columns);
        for stride in STRIDES {
            let step = stride as f32;
            for ((x, y), row) in each_cell(grid(self.size, stride)).zip(&mut rows) {
                let (scores, distributions) = row.split_at(self.classes);
                let Some((label, score)) = found.best(scores) else {
                    continue;
                };
                check_probability(&tensor, score)?;
                if found.wants(label, score) {
                    found.add(
                        around((x * step, y * step), distributions, self.bins, step),
                        label,
                        score,
                    );
                }
            }
        }
        Ok(())
    }
}
