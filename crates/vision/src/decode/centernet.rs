//! CenterNet, objects as points (Zhou et al. 2019, arXiv:1904.07850; github.com/xingyizhou/CenterNet).
//!
//! At stride 4: heatmap [1, classes, h, w] (logits, or with the sigmoid done), sizes [1, 2, h, w] (width, height) and
//! offsets of the centre [1, 2, h, w] (x, y), in cells. Told by their names (`hm`, `wh`, `reg`) or by this order. A
//! centre is a cell that none of its neighbours exceeds. TensorFlow's CenterNet, which ends in lists, is
//! [`Family::SsdNms`].

use luchs_scene::Size;

use super::{
    candidates::{Candidates, check_probability},
    head::Head,
    heatmap::{STRIDE, each_wanted, is_maps, is_peak, map, top},
    outputs::{check_classes, exact, is_called, other_outputs, side},
    values::{are_logits, corners_of},
};
use crate::{
    Align, ColorOrder, DecodeError, Family, Fit, InputSpec, Recognized, Tensor, TensorInfo,
    picture::{Look, Picture},
};

/// As in the reference's src/lib/opts.py.
const LOOK: Look = Look {
    order: ColorOrder::Bgr,
    fit: Fit::Letterbox {
        align: Align::Center,
        pad: 0,
    },
    mean: [104.04, 113.985, 119.85],
    std: [73.695, 69.87, 70.89],
};

#[derive(Debug)]
pub(super) struct Centernet {
    heat: String,
    sizes: String,
    offsets: String,
    size: Size,
    classes: usize,
}

/// Heatmap, sizes and offsets.
fn roles(size: Size, outputs: &[TensorInfo]) -> Option<[&TensorInfo; 3]> {
    let [a, b, c] = outputs else { return None };
    let called = |words: &[&str]| outputs.iter().find(|output| is_called(output, words));
    let named = || {
        let found = [
            called(&["hm", "heat"])?,
            called(&["wh", "size"])?,
            called(&["reg", "off"])?,
        ];
        (found[0] != found[1] && found[1] != found[2] && found[0] != found[2]).then_some(found)
    };
    let ordered = (a.shape.get(1) != Some(&2)).then_some([a, b, c]);
    let roles = named().or(ordered)?;
    let fits = is_maps(size, None, &roles[0].shape) && roles[1..].iter().all(|o| is_maps(size, Some(2), &o.shape));
    fits.then_some(roles)
}

pub(super) fn recognized(picture: &Picture, size: Size, outputs: &[TensorInfo]) -> Option<Recognized> {
    let [heat, ..] = roles(size, outputs)?;
    Some(Recognized {
        family: Family::Centernet,
        input: picture.input(size, &LOOK),
        classes: side(heat.shape[1]),
    })
}

impl Centernet {
    pub(super) fn new(input: &InputSpec, classes: Option<usize>, outputs: &[TensorInfo]) -> Result<Self, DecodeError> {
        let (width, height) = map(input.size);
        let roles = roles(input.size, outputs).and_then(|roles| Some((roles, side(roles[0].shape[1])?)));
        let Some(([heat, sizes, offsets], seen)) = roles else {
            let expected = format!(
                "three outputs, hm [1, classes, {height}, {width}], wh [1, 2, {height}, {width}] and reg [1, 2, {height}, \
                 {width}]"
            );
            return Err(other_outputs(Family::Centernet, expected, outputs));
        };
        check_classes(&heat.name, classes, seen)?;
        Ok(Self {
            heat: heat.name.clone(),
            sizes: sizes.name.clone(),
            offsets: offsets.name.clone(),
            size: input.size,
            classes: seen,
        })
    }
}

impl Head for Centernet {
    fn outputs(&self) -> Vec<&str> {
        vec![&self.heat, &self.sizes, &self.offsets]
    }

    fn collect(&self, outputs: &[Tensor<'_>], found: &mut Candidates<'_>) -> Result<(), DecodeError> {
        let (width, height) = map(self.size);
        let cells = width * height;
        let heat = exact(outputs, &self.heat, &[1, self.classes, height, width])?;
        let sizes = exact(outputs, &self.sizes, &[1, 2, height, width])?.data;
        let offsets = exact(outputs, &self.offsets, &[1, 2, height, width])?.data;
        let logits = are_logits(heat.data);
        let stride = STRIDE as f32;
        for (label, plane) in heat.data.chunks_exact(cells).enumerate() {
            if !logits {
                check_probability(&heat, top(plane))?;
            }
            each_wanted(found, label, plane, logits, |found, cell, score| {
                if !is_peak(plane, width, cell) {
                    return;
                }
                let (x, y) = ((cell % width) as f32, (cell / width) as f32);
                let (cx, cy) = (x + offsets[cell], y + offsets[cells + cell]);
                let (w, h) = (sizes[cell], sizes[cells + cell]);
                found.add(corners_of(cx, cy, w, h).map(|side| side * stride), label, score);
            });
        }
        Ok(())
    }
}
