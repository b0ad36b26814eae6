//! NanoDet (github.com/RangiLyu/nanodet), first generation.
//!
//! Per stride 8, 16 and 32 a tensor of scores [1, cells, classes] (sigmoid done) and one of box distributions
//! [1, cells, 4 · bins]: left, top, right and bottom distance from the cell's centre, in strides, as the mean of a
//! softmax over the bins (Generalized Focal Loss, Li et al. 2020, arXiv:2006.04388).

use luchs_scene::Size;

use super::{
    candidates::{Candidates, check_probability},
    grid::{each_cell, grid},
    head::Head,
    outputs::{exact, other_outputs},
    values::mean_bin,
};
use crate::{
    ColorOrder, DecodeError, Family, Fit, InputSpec, Recognized, Tensor, TensorInfo,
    picture::{Look, Picture},
};

const STRIDES: [u32; 3] = [8, 16, 32];

/// Blue, green and red with the mean and deviation of ImageNet, as in the reference's configurations.
pub(super) const LOOK: Look = Look {
    order: ColorOrder::Bgr,
    fit: Fit::Stretch,
    mean: [103.53, 116.28, 123.675],
    std: [57.375, 57.12, 58.395],
};

/// Columns of the published models' distributions: 8 bins (NanoDet-m) and 11 bins (NanoDet-g).
const PUBLISHED: [i64; 2] = [32, 44];

#[derive(Debug)]
pub(super) struct Nanodet {
    levels: Vec<Level>,
    classes: usize,
    bins: usize,
}

#[derive(Debug)]
struct Level {
    stride: u32,
    width: u32,
    height: u32,
    scores: String,
    boxes: String,
}

impl Level {
    fn cells(&self) -> usize {
        self.width as usize * self.height as usize
    }
}

/// The outputs of a NanoDet, sorted out.
#[derive(Debug)]
struct Pair<'a> {
    /// Per stride the names of scores and boxes.
    levels: Vec<(&'a str, &'a str)>,
    /// Columns of the scores.
    classes: usize,
    /// A quarter of the columns of the boxes.
    bins: usize,
}

pub(super) fn recognized(picture: &Picture, size: Size, outputs: &[TensorInfo]) -> Option<Recognized> {
    let pair = pair(size, None, outputs).filter(|_| outputs.len() == 6)?;
    Some(Recognized {
        family: Family::Nanodet,
        input: picture.input(size, &LOOK),
        classes: Some(pair.classes),
    })
}

/// Sorts `outputs` out: exporters write them in any order and under any name, so only shapes tell them apart.
fn pair(size: Size, classes: Option<usize>, outputs: &[TensorInfo]) -> Option<Pair<'_>> {
    let mut levels = Vec::new();
    let mut columns = None;
    for stride in STRIDES {
        let (width, height) = grid(size, stride);
        let cells = i64::from(width) * i64::from(height);
        let mut fitting = outputs.iter().filter_map(|output| match output.shape[..] {
            [_, n, columns] if n == cells && columns > 0 => Some((output.name.as_str(), columns)),
            _ => None,
        });
        let (Some(one), Some(other), None) = (fitting.next(), fitting.next(), fitting.next()) else {
            return None;
        };
        let ((scores, scores_columns), (boxes, boxes_columns)) = match is_boxes(one.1, other.1, classes) {
            Some(true) => (other, one),
            Some(false) => (one, other),
            None => return None,
        };
        if *columns.get_or_insert((scores_columns, boxes_columns)) != (scores_columns, boxes_columns) {
            return None;
        }
        levels.push((scores, boxes));
    }
    let (scores, boxes) = columns?;
    (boxes % 4 == 0 && boxes >= 8).then_some(Pair {
        levels,
        classes: scores as usize,
        bins: boxes as usize / 4,
    })
}

/// Whether the tensor with `columns` holds boxes and the one with `other` scores; None if that cannot be told.
fn is_boxes(columns: i64, other: i64, classes: Option<usize>) -> Option<bool> {
    let told_apart = |property: &dyn Fn(i64) -> bool| match (property(columns), property(other)) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    };
    match classes {
        Some(classes) => told_apart(&|columns| columns != classes as i64),
        None => told_apart(&|columns| PUBLISHED.contains(&columns)).or_else(|| told_apart(&|columns| columns % 4 == 0)),
    }
}

impl Nanodet {
    pub(super) fn new(input: &InputSpec, classes: Option<usize>, outputs: &[TensorInfo]) -> Result<Self, DecodeError> {
        let Some(pair) = pair(input.size, classes, outputs) else {
            let cells = STRIDES.map(|stride| {
                let (width, height) = grid(input.size, stride);
                u64::from(width) * u64::from(height)
            });
            let classes = classes.map_or_else(|| "classes".to_owned(), |classes| classes.to_string());
            let expected = format!("for each n of {cells:?} an output [1, n, {classes}] and one [1, n, 4 · bins]");
            return Err(other_outputs(Family::Nanodet, expected, outputs));
        };
        let levels = STRIDES.into_iter().zip(&pair.levels).map(|(stride, &(scores, boxes))| {
            let (width, height) = grid(input.size, stride);
            Level {
                stride,
                width,
                height,
                scores: scores.to_owned(),
                boxes: boxes.to_owned(),
            }
        });
        Ok(Self {
            levels: levels.collect(),
            classes: pair.classes,
            bins: pair.bins,
        })
    }
}

impl Head for Nanodet {
    fn outputs(&self) -> Vec<&str> {
        self.levels
            .iter()
            .flat_map(|level| [level.scores.as_str(), level.boxes.as_str()])
            .collect()
    }

    fn collect(&self, outputs: &[Tensor<'_>], found: &mut Candidates<'_>) -> Result<(), DecodeError> {
        for level in &self.levels {
            let scores = exact(outputs, &level.scores, &[1, level.cells(), self.classes])?;
            let boxes = exact(outputs, &level.boxes, &[1, level.cells(), self.bins * 4])?;
            let stride = level.stride as f32;
            let rows = scores
                .data
                .chunks_exact(self.classes)
                .zip(boxes.data.chunks_exact(self.bins * 4));
            for ((x, y), (scores_row, boxes_row)) in each_cell((level.width, level.height)).zip(rows) {
                let Some((label, score)) = found.best(scores_row) else {
                    continue;
                };
                check_probability(&scores, score)?;
                if !found.wants(label, score) {
                    continue;
                }
                let centre = ((x + 0.5) * stride, (y + 0.5) * stride);
                found.add(around(centre, boxes_row, self.bins, stride), label, score);
            }
        }
        Ok(())
    }
}

/// Corners of the box whose sides are as far from `centre` as the means of four distributions say, in strides.
pub(super) fn around((cx, cy): (f32, f32), distributions: &[f32], bins: usize, stride: f32) -> [f32; 4] {
    let mut sides = [0.0; 4];
    for (side, bins) in sides.iter_mut().zip(distributions.chunks_exact(bins)) {
        *side = mean_bin(bins) * stride;
    }
    let [left, top, right, bottom] = sides;
    [cx - left, cy - top, cx + right, cy + bottom]
}
