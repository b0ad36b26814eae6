//! From a path to a model that may be given to the runtime.

use std::{
    io,
    path::{Path, PathBuf},
};

use luchs_scene::Labels;
use luchs_vision::{Decoder, Family, InputSpec, TensorInfo, Unrecognized};
use prost::bytes::Bytes;

use crate::{
    Digest, LintError, Passport, PassportError, Thresholds,
    inspect::{Signature, signature},
    lint::{MAX_BYTES, lint},
    passport, read,
};

/// A model whose bytes were hashed, compared with its passport and looked into.
#[derive(Debug)]
pub struct Model {
    /// Short name: the passport's, or the file's stem.
    pub name: String,
    /// The ONNX file.
    pub path: PathBuf,
    /// Its bytes, which are those that were checked.
    pub bytes: Bytes,
    /// Their digest.
    pub digest: Digest,
    /// How the outputs are read.
    pub family: Family,
    /// How the input is filled.
    pub input: InputSpec,
    /// Name of the input tensor.
    pub input_name: String,
    /// The outputs as declared; an open dimension is -1.
    pub outputs: Vec<TensorInfo>,
    /// How many classes the model tells apart, where outputs or labels say it.
    pub classes: Option<usize>,
    /// Their names; numbers as text if there is no labels file, empty if the classes are not known either.
    pub labels: Labels,
    /// Default thresholds.
    pub thresholds: Thresholds,
    /// The passport, for a model that has one.
    pub passport: Option<Passport>,
}

/// Why a model is not loaded. Messages name the file, the reason and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Nothing there.
    #[error("{}: no such file; check the path, or fetch the model with “luchs model fetch”", path.display())]
    NotFound {
        /// What was looked for.
        path: PathBuf,
    },
    /// A directory without a passport.
    #[error("{}: the directory has no {}; give a directory with a passport, or a .onnx file", path.display(), passport::FILE_NAME)]
    NoPassport {
        /// The directory.
        path: PathBuf,
    },
    /// A pipe, device or directory where a file should be.
    #[error("{}: not a regular file; give a .onnx file or a directory with a passport", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// No permission, a failing disk.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// More than any model of ours.
    #[error("{}: larger than {limit} bytes, which is too large for its purpose", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit in bytes.
        limit: u64,
    },
    /// A text file in another encoding, or no text at all.
    #[error("{}: not a text in UTF-8", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// The passport does not count.
    #[error(transparent)]
    Passport(#[from] PassportError),
    /// The passport speaks of other bytes.
    #[error(
        "{}: the file has the SHA-256 {found}, its passport {} says {expected}: it was altered; fetch the model again, or \
         correct the passport if the change was yours", path.display(), passport.display()
    )]
    Altered {
        /// The file.
        path: PathBuf,
        /// The passport.
        passport: PathBuf,
        /// Digest in the passport.
        expected: Digest,
        /// Digest of the file.
        found: Digest,
    },
    /// Not a file that the runtime should see.
    #[error("{}: {source}", path.display())]
    Lint {
        /// The file.
        path: PathBuf,
        /// Why.
        source: LintError,
    },
    /// Inputs that no frame can be written into.
    #[error("{}: {reason}", path.display())]
    Input {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The size of the input is nowhere said.
    #[error("{}: the model leaves the size of its input open; add width and height to [input] of its passport", path.display())]
    OpenSize {
        /// The file.
        path: PathBuf,
    },
    /// Outputs that no decoder reads.
    #[error("{}: {source}", path.display())]
    Family {
        /// The file.
        path: PathBuf,
        /// What was seen, and what is known.
        source: Unrecognized,
    },
    /// The passport's family is not what the outputs look like.
    #[error("{}: the passport says family “{declared}”, but the outputs are those of “{seen}”; correct model.family", path.display())]
    OtherFamily {
        /// The file.
        path: PathBuf,
        /// In the passport.
        declared: Family,
        /// By the outputs.
        seen: Family,
    },
    /// Labels of another model.
    #[error("{} has {labels} labels, but {} tells {classes} classes apart; use the labels file that belongs to the model", labels_path.display(), path.display())]
    LabelCount {
        /// The model.
        path: PathBuf,
        /// Its classes.
        classes: usize,
        /// The labels file.
        labels_path: PathBuf,
        /// Its labels.
        labels: usize,
    },
}

impl Model {
    /// Loads `path`: a directory with a passport, or a bare .onnx file. `labels` is a labels file to use instead of the
    /// passport's, or of the one beside a bare file (same name with .txt, or labels.txt).
    pub fn load(path: &Path, labels: Option<&Path>) -> Result<Self, LoadError> {
        if path.is_dir() {
            Self::load_directory(path, labels)
        } else {
            Self::load_bare(path, labels)
        }
    }

    /// Lets go of the file's bytes: only the making of a session needs them, and streams run for months.
    #[must_use]
    pub fn without_bytes(self) -> Self {
        Self {
            bytes: Bytes::new(),
            ..self
        }
    }

    fn load_directory(directory: &Path, labels: Option<&Path>) -> Result<Self, LoadError> {
        let passport_path = directory.join(passport::FILE_NAME);
        let (text, _) = read::text(&passport_path).map_err(|error| match error {
            LoadError::NotFound { .. } => LoadError::NoPassport {
                path: directory.to_owned(),
            },
            error => error,
        })?;
        let passport = Passport::parse(&text, &passport_path)?;
        let mut model_bytes = Vec::new();
        let mut label_text = String::new();
        for (name, &expected) in &passport.files {
            let path = directory.join(name);
            let bytes = read::bounded(&path, MAX_BYTES)?;
            let found = Digest::of(&bytes);
            if found != expected {
                return Err(LoadError::Altered {
                    path,
                    passport: passport_path,
                    expected,
                    found,
                });
            }
            if *name == passport.model.labels {
                label_text = String::from_utf8(bytes).map_err(|_| LoadError::NotText { path })?;
            } else if *name == passport.model.file {
                model_bytes = bytes;
            }
        }
        let labels = match labels {
            Some(path) => (read_labels(path)?, path.to_owned()),
            None => (Labels::parse(&label_text), directory.join(&passport.model.labels)),
        };
        let path = directory.join(&passport.model.file);
        Self::assemble(path, model_bytes.into(), Some(labels), Some(passport))
    }

    fn load_bare(path: &Path, labels: Option<&Path>) -> Result<Self, LoadError> {
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
        Self::assemble(path.to_owned(), bytes, labels, None)
    }

    fn assemble(
        path: PathBuf,
        bytes: Bytes,
        labels: Option<(Labels, PathBuf)>,
        passport: Option<Passport>,
    ) -> Result<Self, LoadError> {
        let proto = lint(&bytes).map_err(|source| LoadError::Lint {
            path: path.clone(),
            source,
        })?;
        let wanted = passport.as_ref().map(|passport| &passport.input);
        let Signature {
            inputs,
            outputs,
            size,
            image,
        } = signature(&proto, wanted).map_err(|reason| LoadError::Input {
            path: path.clone(),
            reason,
        })?;
        let recognized = luchs_vision::recognize(&inputs, &outputs);
        let (family, input, classes) = match (&passport, recognized) {
            (None, Ok(seen)) => (seen.family, seen.input, seen.classes),
            (None, Err(source)) => return Err(LoadError::Family { path, source }),
            (Some(passport), recognized) => {
                let declared = passport.model.family;
                let size = size.ok_or_else(|| LoadError::OpenSize { path: path.clone() })?;
                match recognized {
                    Ok(seen) if seen.family != declared => {
                        return Err(LoadError::OtherFamily {
                            path,
                            declared,
                            seen: seen.family,
                        });
                    }
                    Ok(seen) => (declared, passport.input.spec(size), seen.classes),
                    // A file with open output shapes is not recognised; then the passport's word counts, and the decoder
                    // checks each output as it comes.
                    Err(_) => (declared, passport.input.spec(size), None),
                }
            }
        };
        let (labels, classes) = match (labels, classes) {
            // By the decoder, because the scores of an SSD may have a column for the background, or not.
            (Some((labels, labels_path)), Some(classes))
                if labels.len() != classes && Decoder::new(family, &input, Some(labels.len()), &outputs).is_err() =>
            {
                return Err(LoadError::LabelCount {
                    path,
                    classes,
                    labels_path,
                    labels: labels.len(),
                });
            }
            (Some((labels, _)), _) => {
                let classes = labels.len();
                (labels, Some(classes))
            }
            (None, classes) => (
                Labels::new((0..classes.unwrap_or(0)).map(|class| class.to_string())),
                classes,
            ),
        };
        let stem = || {
            path.file_stem()
                .map_or_else(|| "model".into(), |stem| stem.to_string_lossy().into_owned())
        };
        Ok(Self {
            name: passport
                .as_ref()
                .map_or_else(stem, |passport| passport.model.name.clone()),
            digest: Digest::of(&bytes),
            input_name: image,
            thresholds: passport
                .as_ref()
                .map(|passport| passport.thresholds)
                .unwrap_or_default(),
            path,
            bytes,
            family,
            input,
            outputs,
            classes,
            labels,
            passport,
        })
    }
}

fn read_labels(path: &Path) -> Result<Labels, LoadError> {
    read::text(path).map(|(text, _)| Labels::parse(&text))
}
