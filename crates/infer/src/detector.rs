//! The whole way of one frame: pixels, input tensor, engine, boxes. Elements and the evaluation tools run this code.

use std::{
    collections::VecDeque,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use luchs_model::Model;
use luchs_scene::{Detection, Rect};
use luchs_vision::{
    DecodeError, Decoder, FillError, Frame, Padding, Params, Placement, Preprocessor, SpecError, Tensor,
};
use smallvec::SmallVec;

use crate::{
    Engine, EngineError,
    engine::{Stream, Values},
};

/// Finds the objects of frames of one stream. Frames may differ in size and format. Several may be under way; they come
/// out in the order in which they went in.
#[derive(Debug)]
pub struct Detector {
    model: Arc<Model>,
    stream: Stream,
    preprocessor: Preprocessor,
    /// Per slot of the stream.
    padding: Vec<Padding>,
    underway: VecDeque<Underway>,
    /// The slot of the next frame.
    next: usize,
    /// The slot of the frame that was taken out last.
    last: Option<usize>,
    decoder: Decoder,
    /// Which of the model's outputs the decoder reads.
    read: Vec<bool>,
}

/// A frame that was submitted.
#[derive(Debug)]
struct Underway {
    slot: usize,
    placement: Placement,
    pre: Duration,
}

/// Where the time of one frame went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// Pixels into the input tensor.
    pub pre: Duration,
    /// Waiting for a worker.
    pub queue: Duration,
    /// The model.
    pub infer: Duration,
    /// Outputs into boxes.
    pub post: Duration,
}

/// Why a frame, or any frame, cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum DetectError {
    /// The model's input is impossible.
    #[error("{}: {source}", model.display())]
    Spec {
        /// The model's file.
        model: PathBuf,
        /// Why.
        source: SpecError,
    },
    /// The runtime failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The input tensor does not fit the model or the region not the frame.
    #[error("{}: {source}", model.display())]
    Fill {
        /// The model's file.
        model: PathBuf,
        /// Why.
        source: FillError,
    },
    /// The input tensor cannot be written to: a bug.
    #[error("{}: the input cannot be written to: {reason}", model.display())]
    Input {
        /// The model's file.
        model: PathBuf,
        /// What the runtime says.
        reason: String,
    },
    /// As many frames as there are places are under way: a bug of the caller.
    #[error("{capacity} frames are under way already, and no more can be: take one out first")]
    Full {
        /// Most frames under way.
        capacity: usize,
    },
    /// No frame is under way: a bug of the caller.
    #[error("no frame is under way that could be taken out")]
    Empty,
    /// The outputs are not those of the model's family.
    #[error("{}: {source}", model.display())]
    Decode {
        /// The model's file.
        model: PathBuf,
        /// Why.
        source: DecodeError,
    },
    /// The outputs are no numbers.
    #[error(
        "{}: output “{output}” holds values that are not numbers (NaN): the model or its quantization is broken, or the device \
         computes wrongly; compare with device=cpu", model.display()
    )]
    NotANumber {
        /// The model's file.
        model: PathBuf,
        /// The output.
        output: String,
    },
}

impl DetectError {
    /// Whether the next frame may be well although this one is lost.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::NotANumber { .. }
                | Self::Engine(EngineError::Worker { .. })
                | Self::Decode {
                    source: DecodeError::NoNumbers { .. },
                    ..
                }
        )
    }
}

impl Detector {
    /// A detector of `model`, which runs on `engine`, with one frame under way. Runs the model once on a black picture, so
    /// that a model that does not work is an error now and not at the first frame, and to know the shapes that the file
    /// leaves open.
    pub fn new(model: Arc<Model>, engine: Arc<Engine>) -> Result<Self, DetectError> {
        Self::with_capacity(model, engine, 1)
    }

    /// As [`Detector::new`], with up to `frames` frames under way. One more than the engine has workers keeps them busy.
    pub fn with_capacity(model: Arc<Model>, engine: Arc<Engine>, frames: usize) -> Result<Self, DetectError> {
        let path = || model.file.path.clone();
        let decode_error = |source| DetectError::Decode { model: path(), source };
        let preprocessor =
            Preprocessor::new(model.input).map_err(|source| DetectError::Spec { model: path(), source })?;
        let stream = engine.stream(model.input.shape(), model.input.element, frames)?;
        let engine = stream.engine();
        for slot in stream.slots() {
            engine.run_now(slot)?;
        }
        let tensors = stream.slots()[0].tensors();
        let seen = tensors.infos(engine.outputs());
        let mut decoder = Decoder::new(model.family, &model.input, model.classes, &seen).map_err(decode_error)?;
        let names = decoder.outputs();
        if let Some((name, kind)) = tensors.unreadable().find(|(name, _)| names.contains(name)) {
            return Err(DetectError::Engine(EngineError::Output {
                model: path(),
                name: name.to_owned(),
                reason: format!("has elements of type {kind}; export the model with 32-bit float outputs"),
            }));
        }
        let read: Vec<bool> = seen.iter().map(|info| names.contains(&info.name.as_str())).collect();
        let params = Params {
            threshold: 1.0,
            iou_threshold: 1.0,
            max_detections: 1,
            class_agnostic: false,
            classes: None,
        };
        let placement = Placement::new(model.input.fit, model.input.size, model.input.size);
        let outputs: Vec<Tensor<'_>> = tensors.outputs().collect();
        decoder
            .decode(&outputs, &placement, &params, &mut Vec::new())
            .map_err(decode_error)?;
        drop(outputs);
        drop(tensors);
        let capacity = stream.slots().len();
        Ok(Self {
            stream,
            preprocessor,
            padding: vec![Padding::default(); capacity],
            underway: VecDeque::with_capacity(capacity),
            next: 0,
            last: None,
            decoder,
            read,
            model,
        })
    }

    /// Replaces what is in `found` by the objects of `frame`, best first, in pixels of the whole frame. `region`: the part
    /// of the frame to look at, in pixels; all of it if there is none. For a detector with nothing under way.
    pub fn detect(
        &mut self,
        frame: &Frame<'_>,
        region: Option<Rect>,
        params: &Params,
        found: &mut Vec<Detection>,
    ) -> Result<Timing, DetectError> {
        self.submit(frame, region)?;
        self.finish(params, found)
    }

    /// Puts a frame under way: fills the input tensor and hands it to the engine. With a capacity of 1 the model may run on
    /// this thread, in the place of a worker; otherwise this waits for nothing. `frame` is not needed any more when it returns. An error if [`Detector::pending`] is [`Detector::capacity`].
    pub fn submit(&mut self, frame: &Frame<'_>, region: Option<Rect>) -> Result<(), DetectError> {
        let capacity = self.capacity();
        if self.pending() == capacity {
            return Err(DetectError::Full { capacity });
        }
        let started = Instant::now();
        let index = self.next;
        let slot = &self.stream.slots()[index];
        let mut tensors = slot.tensors();
        let values = tensors.input().map_err(|error| DetectError::Input {
            model: self.model.file.path.clone(),
            reason: error.to_string(),
        })?;
        let padding = &mut self.padding[index];
        let filled = match values {
            Values::F32(tensor) => self.preprocessor.refill_f32(frame, region, tensor, padding),
            Values::U8(tensor) => self.preprocessor.refill_u8(frame, region, tensor, padding),
        };
        let placement = filled.map_err(|source| DetectError::Fill {
            model: self.model.file.path.clone(),
            source,
        })?;
        drop(tensors);
        // Before a worker may begin, so that the parts of a frame's way never overlap.
        let pre = started.elapsed();
        self.stream.submit(slot);
        self.next = (index + 1) % capacity;
        self.underway.push_back(Underway {
            slot: index,
            placement,
            pre,
        });
        Ok(())
    }

    /// Frames under way.
    pub fn pending(&self) -> usize {
        self.underway.len()
    }

    /// Most frames under way.
    pub fn capacity(&self) -> usize {
        self.stream.slots().len()
    }

    /// Whether [`Detector::finish`] would not wait.
    pub fn ready(&self) -> bool {
        let oldest = self.underway.front();
        oldest.is_some_and(|oldest| self.stream.slots()[oldest.slot].is_done())
    }

    /// Takes out the oldest frame under way and waits for it. Replaces what is in `found` by its objects, as
    /// [`Detector::detect`].
    pub fn finish(&mut self, params: &Params, found: &mut Vec<Detection>) -> Result<Timing, DetectError> {
        found.clear();
        let Underway { slot, placement, pre } = self.underway.pop_front().ok_or(DetectError::Empty)?;
        self.last = Some(slot);
        let slot = &self.stream.slots()[slot];
        let ran = slot.wait()?;
        let started = Instant::now();
        let tensors = slot.tensors();
        let outputs: SmallVec<[Tensor<'_>; 16]> = tensors
            .outputs()
            .zip(&self.read)
            .filter_map(|(tensor, read)| read.then_some(tensor))
            .collect();
        if let Some(output) = outputs.iter().find(|output| has_nan(output.data)) {
            return Err(DetectError::NotANumber {
                model: self.model.file.path.clone(),
                output: output.name.to_owned(),
            });
        }
        self.decoder
            .decode(&outputs, &placement, params, found)
            .map_err(|source| DetectError::Decode {
                model: self.model.file.path.clone(),
                source,
            })?;
        Ok(Timing {
            pre,
            queue: ran.queue,
            infer: ran.infer,
            post: started.elapsed(),
        })
    }

    /// The input of the frame that was taken out last, exactly as the model got it, in the order of its shape; for a detector
    /// with nothing under way. None before the first frame, and for a model that takes bytes.
    pub fn last_input(&self) -> Option<Vec<f32>> {
        let slot = &self.stream.slots()[self.last?];
        match slot.tensors().input() {
            Ok(Values::F32(values)) => Some(values.to_vec()),
            _ => None,
        }
    }

    /// Waits for all frames under way and forgets them.
    pub fn discard(&mut self) {
        for Underway { slot, .. } in self.underway.drain(..) {
            // Nobody wants to know any more.
            let _ = self.stream.slots()[slot].wait();
        }
    }

    /// The model.
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// What it runs on.
    pub fn engine(&self) -> &Arc<Engine> {
        self.stream.engine()
    }
}

impl Drop for Detector {
    fn drop(&mut self) {
        self.discard();
    }
}

/// Whether one of `values` is not a number.
fn has_nan(values: &[f32]) -> bool {
    // Without an early exit, so that it runs in vector registers.
    let nan = |chunk: &[f32]| chunk.iter().fold(false, |nan, value| nan | value.is_nan());
    values.chunks(4096).any(nan)
}
