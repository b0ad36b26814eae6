//! From a path to a model that may be given to the runtime.

use std::path::{Path, PathBuf};

use luchs_scene::Labels;
use luchs_vision::{Decoder, ElementType, Family, InputSpec, TensorInfo, candidates, recognize_with};
use prost::bytes::Bytes;

use crate::{
    Digest, LoadError, Model, OnnxFile, Passport, Signer, Trust,
    description::Description,
    inspect::{Signature, signature},
    lint::{Linted, MAX_BYTES, lint},
    modelinfo,
    onnx::ModelProto,
    passport, read, target_size,
};

/// A model whose bytes were hashed, compared with its passport and looked into. A bare file may leave the shapes of its
/// outputs open; then a trial run has to tell what it is.
#[derive(Debug)]
pub struct Candidate {
    file: OnnxFile,
    signature: Signature,
    description: Description,
    /// With the file that they are from.
    labels: Option<(Labels, PathBuf)>,
    passport: Option<Passport>,
    /// The passport's file.
    passport_bytes: Option<Vec<u8>>,
    signer: Option<Signer>,
}

/// The input of a trial run: one black picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trial {
    /// Dimensions of the tensor.
    pub shape: [usize; 4],
    /// Type of its elements.
    pub element: ElementType,
}

impl Candidate {
    /// Reads `path`: a directory with a passport, or a bare .onnx file. `labels` is a labels file to use instead of the
    /// passport's, or of the one beside a bare file (same name with .txt, or labels.txt). Signatures are not looked at.
    pub fn read(path: &Path, labels: Option<&Path>) -> Result<Self, LoadError> {
        Self::read_trusted(path, labels, &Trust::nobody())
    }

    /// The same for a model that fulfils the demand of `trust`.
    pub fn read_trusted(path: &Path, labels: Option<&Path>, trust: &Trust) -> Result<Self, LoadError> {
        if path.is_dir() {
            Self::read_directory(path, labels, trust)
        } else {
            Self::read_bare(path, labels, trust)
        }
    }

    /// Who of the trusted signed the passport.
    pub fn signer(&self) -> Option<&Signer> {
        self.signer.as_ref()
    }

    /// The passport as it was read and checked, to be signed.
    pub fn passport_bytes(&self) -> Option<&[u8]> {
        self.passport_bytes.as_deref()
    }

    /// The file, for the runtime.
    pub fn file(&self) -> &OnnxFile {
        &self.file
    }

    /// The run that would tell what the file leaves open; None if the file or its passport says enough, or if no run
    /// would help.
    pub fn trial(&self) -> Option<Trial> {
        let Signature { inputs, outputs, .. } = &self.signature;
        let hints = &self.description.hints;
        let [input] = inputs.as_slice() else { return None };
        // A shape without dimensions may be a number, or of open rank.
        let open = |output: &TensorInfo| output.shape.is_empty() || output.shape.contains(&-1);
        if self.passport.is_some() || !outputs.iter().any(open) || recognize_with(inputs, outputs, hints).is_ok() {
            return None;
        }
        self.signature.size?;
        let mut shape = [0; 4];
        for (side, &declared) in shape.iter_mut().zip(&input.shape) {
            *side = usize::try_from(declared).ok()?;
        }
        let element = match input.element.as_str() {
            "f32" => ElementType::F32,
            "u8" => ElementType::U8,
            _ => return None,
        };
        Some(Trial { shape, element })
    }

    /// Takes the outputs as the trial run gave them for those that the file declares.
    #[must_use]
    pub fn tried(mut self, outputs: Vec<TensorInfo>) -> Self {
        self.signature.outputs = outputs;
        self
    }

    /// The model, if its family, input and labels are clear and fit each other.
    pub fn settle(self) -> Result<Model, LoadError> {
        let (family, input, classes) = self.kind()?;
        let (labels, classes) = self.named(family, &input, classes)?;
        let Self {
            file,
            signature,
            passport,
            signer,
            ..
        } = self;
        let stem = || {
            let stem = file.path.file_stem();
            stem.map_or_else(|| "model".into(), |stem| stem.to_string_lossy().into_owned())
        };
        Ok(Model {
            name: passport
                .as_ref()
                .map_or_else(stem, |passport| passport.model.name.clone()),
            file: OnnxFile {
                input: Some(input),
                ..file
            },
            family,
            input,
            input_name: signature.image,
            outputs: signature.outputs,
            classes,
            labels,
            thresholds: passport
                .as_ref()
                .map(|passport| passport.thresholds)
                .unwrap_or_default(),
            passport,
            signer,
        })
    }

    /// Family and input, and how many classes the outputs have if they tell.
    fn kind(&self) -> Result<(Family, InputSpec, Option<usize>), LoadError> {
        let path = || self.file.path.clone();
        let Signature { inputs, outputs, .. } = &self.signature;
        let Some(passport) = &self.passport else {
            if let Some(task) = &self.description.task
                && !["detect", "classify"].contains(&task.as_str())
            {
                let task = task.clone();
                return Err(LoadError::Task { path: path(), task });
            }
            let seen = recognize_with(inputs, outputs, &self.description.hints)
                .map_err(|source| LoadError::Family { path: path(), source })?;
            return Ok((seen.family, seen.input, seen.classes));
        };
        let declared = passport.model.family;
        let size = self
            .signature
            .size
            .ok_or_else(|| LoadError::OpenSize { path: path() })?;
        let input = passport.input.spec(size);
        let mut fitting = candidates(inputs, outputs);
        if let Some(seen) = fitting.iter().find(|seen| seen.family == declared) {
            return Ok((declared, input, seen.classes));
        }
        // A file with open output shapes is not recognised, and some layouts only if they are declared; then the passport's
        // word counts, and the decoder checks the outputs as they come.
        match fitting.pop() {
            Some(seen) if Decoder::new(declared, &input, None, outputs).is_err() => Err(LoadError::OtherFamily {
                path: path(),
                declared,
                seen: seen.family,
            }),
            _ => Ok((declared, input, None)),
        }
    }

    /// The names of the classes and their number.
    fn named(
        &self,
        family: Family,
        input: &InputSpec,
        classes: Option<usize>,
    ) -> Result<(Labels, Option<usize>), LoadError> {
        let Some((labels, labels_path)) = &self.labels else {
            let numbers = (0..classes.unwrap_or(0)).map(|class| class.to_string());
            return Ok((Labels::new(numbers), classes));
        };
        match classes {
            // By the decoder, because the scores of an SSD may have a column for the background, or not.
            Some(classes)
                if labels.len() != classes
                    && Decoder::new(family, input, Some(labels.len()), &self.signature.outputs).is_err() =>
            {
                Err(LoadError::LabelCount {
                    path: self.file.path.clone(),
                    classes,
                    labels_path: labels_path.clone(),
                    labels: labels.len(),
                })
            }
            _ => Ok((labels.clone(), Some(labels.len()))),
        }
    }

    fn read_directory(directory: &Path, labels: Option<&Path>, trust: &Trust) -> Result<Self, LoadError> {
        let passport_path = directory.join(passport::FILE_NAME);
        let (text, bytes) = read::text(&passport_path).map_err(|error| match error {
            LoadError::NotFound { .. } => LoadError::NoPassport {
                path: directory.to_owned(),
            },
            error => error,
        })?;
        let signer = trust.signer(&passport_path, &bytes)?;
        let passport = Passport::parse(&text, &passport_path)?;
        let mut model_bytes = Vec::new();
        let mut label_text = String::new();
        for (name, &expected) in &passport.files {
            let path = directory.join(name);
            let (is_labels, is_model) = (*name == passport.model.labels, *name == passport.model.file);
            let (bytes, found) = if is_labels || is_model {
                let bytes = read::bounded(&path, if is_model { MAX_BYTES } else { read::TEXT })?;
                let found = Digest::of(&bytes);
                (bytes, found)
            } else {
                (Vec::new(), read::digest(&path, MAX_BYTES)?)
            };
            if found != expected {
                return Err(LoadError::Altered {
                    path,
                    passport: passport_path,
                    expected,
                    found,
                });
            }
            if is_labels {
                label_text = String::from_utf8(bytes).map_err(|_| LoadError::NotText { path })?;
            } else if is_model {
                model_bytes = bytes;
            }
        }
        let labels = match labels {
            Some(path) => (read_labels(path)?, path.to_owned()),
            None => (Labels::parse(&label_text), directory.join(&passport.model.labels)),
        };
        let path = directory.join(&passport.model.file);
        let candidate = Self::checked(path, model_bytes.into(), Some(labels), Some(passport))?;
        Ok(Self {
            passport_bytes: Some(bytes),
            signer,
            ..candidate
        })
    }

    fn read_bare(path: &Path, labels: Option<&Path>, trust: &Trust) -> Result<Self, LoadError> {
        trust.unsigned(path)?;
        let bytes = read::bounded(path, MAX_BYTES)?.into();
        let beside = || {
            [path.with_extension("txt"), path.with_file_name("labels.txt")]
                .into_iter()
                .find(|p| p.is_file())
        };
        let labels = match labels.map(Path::to_owned).or_else(beside) {
            Some(labels) => Some((read_labels(&labels)?, labels)),
            None => None,
        };
        let mut candidate = Self::checked(path.to_owned(), bytes, labels, None)?;
        let mut info_path = path.as_os_str().to_owned();
        info_path.push(".modelinfo");
        let info_path = PathBuf::from(info_path);
        if info_path.is_file() {
            let info = modelinfo::parse(&read::text(&info_path)?.0, &info_path)?;
            let hints = &mut candidate.description.hints;
            hints.scaling = info.scaling.or(hints.scaling);
            if !info.families.is_empty() {
                hints.families = info.families;
            }
        }
        Ok(candidate)
    }

    fn checked(
        path: PathBuf,
        bytes: Bytes,
        labels: Option<(Labels, PathBuf)>,
        passport: Option<Passport>,
    ) -> Result<Self, LoadError> {
        let declared = passport.as_ref().map_or(&[][..], |passport| &passport.model.operators);
        let Linted {
            model: proto,
            operators,
        } = match lint(&bytes, declared) {
            Ok(linted) => linted,
            Err(source) => return Err(LoadError::Lint { path, source }),
        };
        let wanted = passport.as_ref().map(|passport| &passport.input);
        let mut description = Description::of(&proto);
        let signature = match signature(&proto, wanted, description.size) {
            Ok(signature) => signature,
            Err(reason) => return Err(LoadError::Input { path, reason }),
        };
        let digest = Digest::of(&bytes);
        let bytes = match signature.size {
            Some(size) if signature.target_size => target_size::filled_in(&bytes, size),
            _ => bytes,
        };
        let labels = labels.or_else(|| description.labels.take().map(|labels| (labels, path.clone())));
        Ok(Self {
            file: OnnxFile {
                path,
                bytes,
                digest,
                quantized: is_quantized(&proto),
                operators,
                open_batch: open_batch(&proto, &signature.image),
                input: None,
            },
            signature,
            description,
            labels,
            passport,
            passport_bytes: None,
            signer: None,
        })
    }
}

/// The input `image`, if its first dimension is open.
fn open_batch(model: &ModelProto, image: &str) -> Option<String> {
    let mut inputs = model.graph.iter().flat_map(|graph| &graph.input);
    let (_, shape) = inputs.find(|input| input.name == image)?.element_and_shape()?;
    (shape.first() == Some(&-1)).then(|| image.to_owned())
}

/// Whether operators of `model` compute with 8-bit integers, either themselves or by what stands around them.
fn is_quantized(model: &ModelProto) -> bool {
    const PREFIXES: [&str; 5] = [
        "DequantizeLinear",
        "QLinear",
        "ConvInteger",
        "MatMulInteger",
        "DynamicQuantize",
    ];
    let nodes = model.graph.iter().flat_map(|graph| &graph.node);
    nodes
        .into_iter()
        .any(|node| PREFIXES.iter().any(|prefix| node.op_type.starts_with(prefix)))
}

fn read_labels(path: &Path) -> Result<Labels, LoadError> {
    read::text(path).map(|(text, _)| Labels::parse(&text))
}
