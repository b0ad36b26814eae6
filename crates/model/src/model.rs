//! What is known of a model before it runs.

use std::path::PathBuf;

use luchs_scene::Labels;
use luchs_vision::{Family, InputSpec, TensorInfo};
use prost::bytes::Bytes;

use crate::{Digest, Operator, Passport, Signer, Thresholds};

/// An ONNX file that was hashed and looked into.
#[derive(Clone, Debug)]
pub struct OnnxFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its bytes, which are those that were checked; with a value for `orig_target_sizes` behind them if the model asks for
    /// it.
    pub bytes: Bytes,
    /// The file's digest.
    pub digest: Digest,
    /// Whether parts of it compute with 8-bit integers.
    pub quantized: bool,
    /// Operators of Luchs's own that it needs.
    pub operators: Vec<Operator>,
    /// Name of its input, if that takes several pictures at a time: the first dimension is open.
    pub open_batch: Option<String>,
    /// How its input is filled, once [`crate::Candidate::settle`] knows it.
    pub input: Option<InputSpec>,
}

/// A model of a known family. [`crate::Candidate`] makes it.
#[derive(Debug)]
pub struct Model {
    /// Short name: the passport's, or the file's stem.
    pub name: String,
    /// The ONNX file.
    pub file: OnnxFile,
    /// How the outputs are read.
    pub family: Family,
    /// How the input is filled.
    pub input: InputSpec,
    /// Name of the input tensor.
    pub input_name: String,
    /// The outputs as declared, or as a trial run gave them; an open dimension is -1.
    pub outputs: Vec<TensorInfo>,
    /// How many classes the model tells apart, where outputs or labels say it.
    pub classes: Option<usize>,
    /// Their names; numbers as text if neither a labels file nor the model's notes say them, empty if the classes are not known either.
    pub labels: Labels,
    /// Default thresholds.
    pub thresholds: Thresholds,
    /// The passport, for a model that has one.
    pub passport: Option<Passport>,
    /// Who of the trusted signed the passport; None if nobody did.
    pub signer: Option<Signer>,
}

impl Model {
    /// Lets go of the file's bytes: only the making of a session needs them, and streams run for months.
    #[must_use]
    pub fn without_bytes(mut self) -> Self {
        self.file.bytes = Bytes::new();
        self
    }
}
