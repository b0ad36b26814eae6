//! The memory of a run: its input and its outputs.

use luchs_vision::{ElementType, Tensor, TensorInfo};
use ort::{
    Error,
    memory::Allocator,
    value::{DynTensor, TensorElementType},
};
use smallvec::SmallVec;

use super::{
    output::Output,
    raw::{Program, Target},
};

/// What is known of an output before a run: its name, and its type and the dimensions of one frame if they are fixed.
#[derive(Clone, Debug)]
pub(crate) struct OutputPlan {
    pub(super) name: String,
    pub(super) fixed: Option<(TensorElementType, Vec<i64>)>,
}

/// Input and outputs of a run, used again by the next one.
#[derive(Debug)]
pub(crate) struct Tensors {
    input: DynTensor,
    shape: [usize; 4],
    element: ElementType,
    outputs: Vec<Output>,
}

/// The elements of an input.
#[derive(Debug)]
pub(crate) enum Values<'a> {
    F32(&'a mut [f32]),
    U8(&'a mut [u8]),
}

impl Tensors {
    /// Memory for `frames` frames at once; `shape` is that of one frame's input. It is black, before mean and std.
    pub(crate) fn new(
        shape: [usize; 4],
        element: ElementType,
        plans: &[OutputPlan],
        frames: usize,
    ) -> Result<Self, Error> {
        let allocator = Allocator::default();
        let kind = match element {
            ElementType::F32 => TensorElementType::Float32,
            ElementType::U8 => TensorElementType::Uint8,
        };
        let [_, a, b, c] = shape;
        let input = DynTensor::new(&allocator, kind, [frames, a, b, c])?;
        let outputs = plans.iter().map(|plan| {
            let target = match &plan.fixed {
                Some((kind, shape)) => {
                    let sides = std::iter::once(frames as i64).chain(shape.iter().skip(1).copied());
                    // Of an output without a batch axis nothing is known for more frames than one.
                    let sides: Vec<i64> = if frames == 1 { shape.clone() } else { sides.collect() };
                    Target::Bound(DynTensor::new(&allocator, *kind, sides)?)
                }
                None => Target::Made(None),
            };
            Ok(Output::new(plan.name.clone(), target))
        });
        Ok(Self {
            input,
            shape,
            element,
            outputs: outputs.collect::<Result<_, Error>>()?,
        })
    }

    /// Dimensions of one frame's input and the type of its elements.
    pub(super) fn form(&self) -> ([usize; 4], ElementType) {
        (self.shape, self.element)
    }

    /// The input, to be filled.
    pub(crate) fn input(&mut self) -> Result<Values<'_>, Error> {
        Ok(match self.element {
            ElementType::F32 => Values::F32(self.input.try_extract_tensor_mut()?.1),
            ElementType::U8 => Values::U8(self.input.try_extract_tensor_mut()?.1),
        })
    }

    /// Runs the model on what is in the input.
    pub(crate) fn run(&mut self, program: &Program) -> Result<(), Error> {
        let mut targets: SmallVec<[&mut Target; 16]> =
            self.outputs.iter_mut().map(|output| &mut output.target).collect();
        let ran = program.run(&self.input, &mut targets);
        drop(targets);
        ran?;
        self.outputs.iter_mut().try_for_each(Output::settle)
    }

    /// Copies the input of `other` to place `index` of this batch.
    pub(super) fn put(&mut self, index: usize, other: &mut Self) -> Result<(), Error> {
        match (self.input()?, other.input()?) {
            (Values::F32(batch), Values::F32(frame)) => copy(batch, frame, index),
            (Values::U8(batch), Values::U8(frame)) => copy(batch, frame, index),
            _ => {}
        }
        Ok(())
    }

    /// Copies the outputs of place `index` of a batch of `count` into the outputs of `other`.
    pub(super) fn give(&self, index: usize, count: usize, other: &mut Self) {
        for (batch, frame) in self.outputs.iter().zip(&mut other.outputs) {
            frame.take(&batch.tensor(), index, count);
        }
    }

    /// The outputs of the last run, in the model's order.
    pub(crate) fn outputs(&self) -> impl ExactSizeIterator<Item = Tensor<'_>> {
        self.outputs.iter().map(Output::tensor)
    }

    /// The outputs whose elements are of a type that no decoder reads: name and type.
    pub(crate) fn unreadable(&self) -> impl Iterator<Item = (&str, &'static str)> {
        self.outputs
            .iter()
            .filter_map(|output| Some((output.name.as_str(), output.unreadable()?)))
    }

    /// The outputs without their values; `declared` has their element types.
    pub(crate) fn infos(&self, declared: &[TensorInfo]) -> Vec<TensorInfo> {
        let element = |name: &str| {
            let info = declared.iter().find(|info| info.name == name);
            info.map(|info| info.element.clone()).unwrap_or_default()
        };
        self.outputs()
            .map(|tensor| TensorInfo {
                name: tensor.name.to_owned(),
                shape: tensor.shape.iter().map(|&side| side as i64).collect(),
                element: element(tensor.name),
            })
            .collect()
    }
}

fn copy<T: Copy>(batch: &mut [T], frame: &[T], index: usize) {
    let start = index * frame.len();
    if let Some(place) = batch.get_mut(start..start + frame.len()) {
        place.copy_from_slice(frame);
    }
}
