//! A candidate's folder: its file, its labels, and a passport with which an element opens it.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use luchs_model::{
    Digest, Model, Operator, Passport,
    passport::{self, Accuracy, Identity, Input, Latency, Made},
};
use luchs_vision::InputSpec;

/// Name of the labels file in every folder that is written here.
const LABELS: &str = "labels.txt";
/// What stands in a passport where its parent, a bare file, does not say it.
pub(crate) const UNKNOWN: &str = "unknown";

/// A candidate, and what its passport says beside what its parent's does.
#[derive(Clone, Debug)]
pub(crate) struct Draft<'a> {
    /// The model it was made of.
    pub(crate) parent: &'a Model,
    /// What is added to the parent's name.
    pub(crate) suffix: &'a str,
    /// How its input is filled.
    pub(crate) input: InputSpec,
    /// Operators of Luchs's own that it needs.
    pub(crate) operators: Vec<Operator>,
    /// How it was made.
    pub(crate) made: Option<Made>,
    /// How good it is.
    pub(crate) accuracy: Vec<Accuracy>,
    /// How fast it is.
    pub(crate) latency: Vec<Latency>,
}

impl Draft<'_> {
    /// Makes `folder`, moves the ONNX file at `onnx` into it, and writes labels and passport. Gives the file's new path.
    pub(crate) fn write(&self, folder: &Path, onnx: &Path) -> io::Result<PathBuf> {
        fs::create_dir_all(folder)?;
        let target = folder.join(self.file());
        fs::rename(onnx, &target)?;
        let labels: String = self.parent.labels.iter().flat_map(|label| [label, "\n"]).collect();
        fs::write(folder.join(LABELS), &labels)?;
        let files = [
            (self.file(), Digest::of(&fs::read(&target)?)),
            (LABELS.to_owned(), Digest::of(labels.as_bytes())),
        ];
        let path = folder.join(passport::FILE_NAME);
        let text = self.passport(files.into()).to_text(&path).map_err(io::Error::other)?;
        fs::write(path, text)?;
        Ok(target)
    }

    /// Name of the ONNX file.
    fn file(&self) -> String {
        let stem = self.parent.file.path.file_stem().unwrap_or_default().to_string_lossy();
        format!("{stem}-{}.onnx", self.suffix)
    }

    fn passport(&self, files: BTreeMap<String, Digest>) -> Passport {
        let parent = self.parent;
        let identity = parent.passport.as_ref().map(|passport| &passport.model);
        let known =
            |of: fn(&Identity) -> &String| identity.map_or_else(|| UNKNOWN.to_owned(), |identity| of(identity).clone());
        Passport {
            model: Identity {
                name: format!("{}-{}", parent.name, self.suffix),
                version: known(|identity| &identity.version),
                file: self.file(),
                labels: LABELS.to_owned(),
                family: parent.family,
                operators: self.operators.clone(),
                licence: known(|identity| &identity.licence),
                source: known(|identity| &identity.source),
            },
            input: Input::of(&self.input, false),
            thresholds: parent.thresholds,
            files,
            made: self.made.clone(),
            accuracy: self.accuracy.clone(),
            latency: self.latency.clone(),
        }
    }
}
