//! BlazeFace (Bazarevsky et al. 2019, arXiv:1907.05047; MediaPipe's short-range model of 128 and its older back-camera
//! model of 256 pixels).
//!
//! Offsets [1, 896, 16]: centre, width and height in pixels relative to an anchor's centre, then six landmarks, which
//! are not used; logits [1, 896, 1]. Some exports leave both in two parts of 512 and 384 anchors. Anchors: two in each of
//! 16 × 16 cells, then six in each of 8 × 8.

use luchs_scene::Size;

use super::{
    candidates::Candidates,
    grid::each_cell,
    head::Head,
    outputs::{exact, other_outputs},
    values::{corners_of, sigmoid},
};
use crate::{
    Align, DecodeError, Family, Fit, InputSpec, Recognized, Tensor, TensorInfo,
    picture::{Look, Picture},
};

const COLUMNS: usize = 16;
/// Cells a side, and anchors of a cell.
const MAPS: [(u32, usize); 2] = [(16, 2), (8, 6)];

/// In the middle of black bars.
const FIT: Fit = Fit::Letterbox {
    align: Align::Center,
    pad: 0,
};

#[derive(Debug)]
pub(super) struct Blazeface {
    /// Anchors, offsets and logits: one part or two.
    parts: Vec<(usize, String, String)>,
    size: Size,
}

fn parts(size: Size, outputs: &[TensorInfo]) -> Option<Vec<(usize, String, String)>> {
    if size.width != size.height || ![128, 256].contains(&size.width) {
        return None;
    }
    let part = |anchors: usize| {
        let called = |columns: usize| {
            let is = |output: &&TensorInfo| output.shape.get(1..) == Some(&[anchors as i64, columns as i64]);
            outputs.iter().find(is).map(|output| output.name.clone())
        };
        Some((anchors, called(COLUMNS)?, called(1)?))
    };
    part(896)
        .map(|whole| vec![whole])
        .or_else(|| Some(vec![part(512)?, part(384)?]))
}

pub(super) fn recognized(picture: &Picture, size: Size, outputs: &[TensorInfo]) -> Option<Recognized> {
    parts(size, outputs)?;
    Some(Recognized {
        family: Family::Blazeface,
        input: picture.input(size, &Look::signed(FIT)),
        classes: Some(1),
    })
}

impl Blazeface {
    pub(super) fn new(input: &InputSpec, outputs: &[TensorInfo]) -> Result<Self, DecodeError> {
        let Some(parts) = parts(input.size, outputs) else {
            let expected = "an input of 128 × 128 or 256 × 256 and the outputs [1, 896, 16] and [1, 896, 1], or both in parts of \
                            512 and 384";
            return Err(other_outputs(Family::Blazeface, expected, outputs));
        };
        Ok(Self {
            parts,
            size: input.size,
        })
    }
}

/// Centres of the anchors, as parts of the input.
fn anchors() -> impl Iterator<Item = (f32, f32)> {
    MAPS.into_iter().flat_map(|(side, count)| {
        each_cell((side, side)).flat_map(move |(x, y)| {
            let centre = ((x + 0.5) / side as f32, (y + 0.5) / side as f32);
            std::iter::repeat_n(centre, count)
        })
    })
}

impl Head for Blazeface {
    fn outputs(&self) -> Vec<&str> {
        self.parts
            .iter()
            .flat_map(|(_, offsets, logits)| [offsets.as_str(), logits.as_str()])
            .collect()
    }

    fn collect(&self, outputs: &[Tensor<'_>], found: &mut Candidates<'_>) -> Result<(), DecodeError> {
        let mut anchors = anchors();
        let side = self.size.width as f32;
        for (count, offsets, logits) in &self.parts {
            let offsets = exact(outputs, offsets, &[1, *count, COLUMNS])?;
            let logits = exact(outputs, logits, &[1, *count, 1])?;
            let rows = offsets.data.chunks_exact(COLUMNS).zip(logits.data);
            for ((row, &logit), (x, y)) in rows.zip(&mut anchors) {
                let score = sigmoid(logit);
                if found.wants(0, score) {
                    found.add(
                        corners_of(x * side + row[0], y * side + row[1], row[2], row[3]),
                        0,
                        score,
                    );
                }
            }
        }
        Ok(())
    }
}
