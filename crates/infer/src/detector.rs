//! The whole way of one frame: pixels, input tensor, runtime, boxes. Elements and the evaluation tools run this code.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use luchs_model::Model;
use luchs_scene::Detection;
use luchs_vision::{DecodeError, Decoder, FillError, Frame, Padding, Params, Placement, Preprocessor, SpecError};

use crate::{
    Engine, EngineError, Outputs,
    buffer::{Buffer, Values},
};

/// Finds the objects of frames of one stream. Frames may differ in size and format.
#[derive(Debug)]
pub struct Detector {
    model: Arc<Model>,
    engine: Arc<Engine>,
    preprocessor: Preprocessor,
    input: Buffer,
    /// Of `input`.
    padding: Padding,
    outputs: Outputs,
    decoder: Decoder,
}

/// Where the time of one frame went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// Pixels into the input tensor.
    pub pre: Duration,
    /// The model, and waiting for other streams that share its session.
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
    /// The input tensor does not fit the model: a bug.
    #[error("{}: {source}", model.display())]
    Fill {
        /// The model's file.
        model: PathBuf,
        /// Why.
        source: FillError,
    },
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

impl Detector {
    /// A detector of `model`, whose session `engine` is. Runs the model once on a black picture, so that a model that
    /// does not work is an error now and not at the first frame, and to know the shapes that the file leaves open.
    pub fn new(model: Arc<Model>, engine: Arc<Engine>) -> Result<Self, DetectError> {
        let decode_error = |source| DetectError::Decode {
            model: model.file.path.clone(),
            source,
        };
        let preprocessor = Preprocessor::new(model.input).map_err(|source| DetectError::Spec {
            model: model.file.path.clone(),
            source,
        })?;
        let input = Buffer::black(model.input.shape(), model.input.element);
        let mut outputs = Outputs::default();
        engine.run(input.view(), &mut outputs)?;
        let seen = outputs.infos(engine.outputs());
        let mut decoder = Decoder::new(model.family, &model.input, model.classes, &seen).map_err(decode_error)?;
        let placement = Placement::new(model.input.fit, model.input.size, model.input.size);
        let params = Params {
            threshold: 1.0,
            iou_threshold: 1.0,
            max_detections: 1,
            class_agnostic: false,
            classes: None,
        };
        decoder
            .decode(&outputs.tensors(), &placement, &params, &mut Vec::new())
            .map_err(decode_error)?;
        Ok(Self {
            model,
            engine,
            preprocessor,
            input,
            padding: Padding::default(),
            outputs,
            decoder,
        })
    }

    /// Replaces what is in `found` by the objects of `frame`, best first, in pixels of the frame.
    pub fn detect(
        &mut self,
        frame: &Frame<'_>,
        params: &Params,
        found: &mut Vec<Detection>,
    ) -> Result<Timing, DetectError> {
        found.clear();
        let started = Instant::now();
        let filled = match &mut self.input.values {
            Values::F32(tensor) => self.preprocessor.refill_f32(frame, None, tensor, &mut self.padding),
            Values::U8(tensor) => self.preprocessor.refill_u8(frame, None, tensor, &mut self.padding),
        };
        let placement = filled.map_err(|source| DetectError::Fill {
            model: self.model.file.path.clone(),
            source,
        })?;
        let ready = Instant::now();
        self.engine.run(self.input.view(), &mut self.outputs)?;
        let inferred = Instant::now();
        if let Some(output) = self.outputs.not_a_number() {
            return Err(DetectError::NotANumber {
                model: self.model.file.path.clone(),
                output: output.to_owned(),
            });
        }
        self.decoder
            .decode(&self.outputs.tensors(), &placement, params, found)
            .map_err(|source| DetectError::Decode {
                model: self.model.file.path.clone(),
                source,
            })?;
        Ok(Timing {
            pre: ready - started,
            infer: inferred - ready,
            post: inferred.elapsed(),
        })
    }

    /// The model.
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// Its session.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }
}
