//! CenterFace (Xu et al. 2019, arXiv:1911.03599; github.com/Star-Clouds/CenterFace).
//!
//! At stride 4: heatmap of faces [1, 1, h, w] (sigmoid done), logarithm of the sizes [1, 2, h, w] (height, width),
//! offsets of the centre [1, 2, h, w] (y, x), in cells; landmarks [1, 10, h, w], which are not used. Sizes and offsets
//! have the same shape, so they are told by their names or by this order. The input is RGB of 0 to 255, its sides
//! multiples of 32.

use luchs_scene::Size;

use super::{
    candidates::{Candidates, check_probability},
    head::Head,
    heatmap::{STRIDE, each_wanted, is_maps, map, top},
    outputs::{exact, is_called, other_outputs},
    values::corners_of,
};
use crate::{
    ColorOrder, DecodeError, Family, Fit, InputSpec, Recognized, Tensor, TensorInfo,
    picture::{Look, Picture},
};

const LOOK: Look = Look {
    order: ColorOrder::Rgb,
    fit: Fit::Stretch,
    mean: [0.0; 3],
    std: [1.0; 3],
};

#[derive(Debug)]
pub(super) struct Centerface {
    heat: String,
    sizes: String,
    offsets: String,
    size: Size,
}

/// Heatmap, sizes and offsets.
fn roles(size: Size, outputs: &[TensorInfo]) -> Option<[&str; 3]> {
    let of = |channels| {
        outputs
            .iter()
            .filter(move |output| is_maps(size, Some(channels), &output.shape))
    };
    let (mut heat, mut pairs) = (of(1), of(2));
    of(10).next()?;
    let (Some(heat), None) = (heat.next(), heat.next()) else {
        return None;
    };
    let (Some(one), Some(other), None) = (pairs.next(), pairs.next(), pairs.next()) else {
        return None;
    };
    let swapped = is_called(one, &["off"]) || is_called(other, &["scale", "size", "wh"]);
    let (sizes, offsets) = if swapped { (other, one) } else { (one, other) };
    Some([&heat.name, &sizes.name, &offsets.name])
}

pub(super) fn recognized(picture: &Picture, size: Size, outputs: &[TensorInfo]) -> Option<Recognized> {
    roles(size, outputs)?;
    Some(Recognized {
        family: Family::Centerface,
        input: picture.input(size, &LOOK),
        classes: Some(1),
    })
}

impl Centerface {
    pub(super) fn new(input: &InputSpec, outputs: &[TensorInfo]) -> Result<Self, DecodeError> {
        let Some([heat, sizes, offsets]) = roles(input.size, outputs) else {
            let (width, height) = map(input.size);
            let expected = format!(
                "outputs of {height} × {width} cells: heatmap [1, 1, …], sizes [1, 2, …], offsets [1, 2, …] and landmarks \
                 [1, 10, …]"
            );
            return Err(other_outputs(Family::Centerface, expected, outputs));
        };
        Ok(Self {
            heat: heat.to_owned(),
            sizes: sizes.to_owned(),
            offsets: offsets.to_owned(),
            size: input.size,
        })
    }
}

impl Head for Centerface {
    fn outputs(&self) -> Vec<&str> {
        vec![&self.heat, &self.sizes, &self.offsets]
    }

    fn collect(&self, outputs: &[Tensor<'_>], found: &mut Candidates<'_>) -> Result<(), DecodeError> {
        let (width, height) = map(self.size);
        let cells = width * height;
        let heat = exact(outputs, &self.heat, &[1, 1, height, width])?;
        let sizes = exact(outputs, &self.sizes, &[1, 2, height, width])?.data;
        let offsets = exact(outputs, &self.offsets, &[1, 2, height, width])?.data;
        let stride = STRIDE as f32;
        check_probability(&heat, top(heat.data))?;
        each_wanted(found, 0, heat.data, false, |found, cell, score| {
            let (x, y) = ((cell % width) as f32, (cell / width) as f32);
            let (cy, cx) = (y + offsets[cell] + 0.5, x + offsets[cells + cell] + 0.5);
            let (h, w) = (sizes[cell].exp(), sizes[cells + cell].exp());
            found.add(corners_of(cx, cy, w, h).map(|side| side * stride), 0, score);
        });
        Ok(())
    }
}
