//! An output of a run, as 32-bit floats.

use luchs_vision::Tensor;
use ort::Error;

use super::raw::{Elements, Shape, Target};

/// One output of a slot. Keeps its memory from run to run.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) name: String,
    pub(super) target: Target,
    shape: Shape,
    /// The values, where they are not read from `target`.
    copy: Vec<f32>,
    copied: bool,
    /// The type of its elements, if no decoder reads it.
    unreadable: Option<&'static str>,
}

impl Output {
    pub(super) fn new(name: String, target: Target) -> Self {
        Self {
            name,
            target,
            shape: Shape::new(),
            copy: Vec::new(),
            copied: false,
            unreadable: None,
        }
    }

    /// Makes the result of a run readable.
    pub(super) fn settle(&mut self) -> Result<(), Error> {
        let Self {
            target, shape, copy, ..
        } = self;
        let mut convert = |values: &mut dyn Iterator<Item = f32>| {
            copy.clear();
            copy.extend(values);
        };
        self.copied = true;
        let (sides, elements) = target.read()?;
        *shape = sides;
        match elements {
            Elements::F32(_) => self.copied = false,
            Elements::F64(values) => convert(&mut values.iter().map(|&v| v as f32)),
            Elements::U8(values) => convert(&mut values.iter().map(|&v| f32::from(v))),
            Elements::I8(values) => convert(&mut values.iter().map(|&v| f32::from(v))),
            Elements::I32(values) => convert(&mut values.iter().map(|&v| v as f32)),
            Elements::I64(values) => convert(&mut values.iter().map(|&v| v as f32)),
            Elements::Other(kind) => self.unreadable = Some(kind),
        }
        Ok(())
    }

    /// The type of its elements, if no decoder reads it.
    pub(super) fn unreadable(&self) -> Option<&'static str> {
        self.unreadable
    }

    /// Takes frame `index` of `count` from the same output of a batch.
    pub(super) fn take(&mut self, batch: &Tensor<'_>, index: usize, count: usize) {
        let length = batch.data.len() / count.max(1);
        self.shape.clear();
        self.shape.push(1);
        self.shape.extend(batch.shape.iter().skip(1).copied());
        self.copy.clear();
        self.copy.extend(batch.data.iter().skip(index * length).take(length));
        self.copied = true;
    }

    /// The values of the last run.
    pub(super) fn tensor(&self) -> Tensor<'_> {
        let data = match self.target.read() {
            Ok((_, Elements::F32(values))) if !self.copied => values,
            _ => &self.copy,
        };
        Tensor {
            name: &self.name,
            shape: &self.shape,
            data,
        }
    }
}
