//! Where the tool, its set-up and its Python are.

use std::{
    env,
    path::{Path, PathBuf},
};

use super::ToolError;

/// Where the package installs the tool.
const INSTALLED: &str = "/usr/share/luchs/optimise";
/// Where its Python goes if the package is used by root.
const SHARED_ENVIRONMENT: &str = "/var/cache/luchs/optimise";

/// The tool's own files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Folder with the package `luchs_optimise`.
    pub modules: PathBuf,
    /// The program that makes an environment.
    pub setup: PathBuf,
}

/// Where its Python packages are, or are put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Environment {
    /// A Python that has them already; nothing is set up.
    Python(PathBuf),
    /// A folder of our own.
    Folder(PathBuf),
}

impl Place {
    /// `named`, or else beside this program (in a checkout), or else where the package installs it.
    pub fn find(named: Option<&Path>) -> Result<Self, ToolError> {
        let program = env::current_exe().ok();
        let checkout = program.as_deref().and_then(checkout);
        let places = match named {
            Some(named) => vec![Self::in_folder(named)],
            None => checkout
                .iter()
                .map(|root| Self::in_checkout(root))
                .chain([Self::in_folder(INSTALLED.as_ref())])
                .collect(),
        };
        let there = |place: &&Self| place.modules.join("luchs_optimise/__main__.py").is_file();
        match places.iter().find(there) {
            Some(place) => Ok(place.clone()),
            None => Err(ToolError::NoTool {
                places: places.into_iter().map(|place| place.modules).collect(),
            }),
        }
    }

    /// The same tool, set up so that it can prune.
    pub(crate) fn for_pruning(&self) -> Self {
        Self {
            modules: self.modules.clone(),
            setup: self.setup.with_file_name("prune.sh"),
        }
    }

    fn in_folder(folder: &Path) -> Self {
        Self {
            modules: folder.to_owned(),
            setup: folder.join("optimise.sh"),
        }
    }

    fn in_checkout(root: &Path) -> Self {
        Self {
            modules: root.join("tools/optimise"),
            setup: root.join("setup/optimise.sh"),
        }
    }
}

impl Environment {
    /// `python` if it is named; else beside this program (in a checkout), in the cache of the machine (as root) or in that of
    /// the person.
    pub fn find(python: Option<&Path>) -> Self {
        if let Some(python) = python {
            return Self::Python(python.to_owned());
        }
        let program = env::current_exe().ok();
        if let Some(root) = program.as_deref().and_then(checkout) {
            return Self::Folder(root.join("target/assets/optimise"));
        }
        if rustix::process::geteuid().is_root() {
            return Self::Folder(SHARED_ENVIRONMENT.into());
        }
        let cache = env::var_os("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute());
        let home = || env::var_os("HOME").map(|home| Path::new(&home).join(".cache"));
        Self::Folder(cache.or_else(home).unwrap_or_else(env::temp_dir).join("luchs/optimise"))
    }

    /// Where the packages are that pruning needs as well: beside the others. A named Python has to have them, too.
    pub(crate) fn for_pruning(&self) -> Self {
        match self {
            Self::Python(python) => Self::Python(python.clone()),
            Self::Folder(folder) => Self::Folder(folder.with_file_name("prune")),
        }
    }

    /// The Python to run.
    pub fn python(&self) -> PathBuf {
        match self {
            Self::Python(python) => python.clone(),
            Self::Folder(folder) => folder.join("bin/python"),
        }
    }
}

/// The checkout that `program` was built in: `ROOT/target/PROFILE/luchs`, or a test one folder deeper.
fn checkout(program: &Path) -> Option<PathBuf> {
    let above = program.ancestors().skip(2).take(2);
    let mut roots = above
        .filter(|folder| folder.ends_with("target"))
        .filter_map(Path::parent);
    roots
        .find(|root| root.join("tools/optimise").is_dir())
        .map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_program_that_was_built_here_knows_its_checkout() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("tools/optimise")).unwrap();
        let at = |path: &str| checkout(&root.path().join(path));
        assert_eq!(at("target/release/luchs"), Some(root.path().to_owned()));
        assert_eq!(at("target/debug/deps/luchs-1234"), Some(root.path().to_owned()));
        assert_eq!(at("usr/bin/luchs"), None);
        assert_eq!(checkout(Path::new("/usr/bin/luchs")), None);
    }

    #[test]
    fn a_tool_that_is_not_there_is_looked_for_in_places_that_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let message = Place::find(Some(folder.path())).unwrap_err().to_string();
        assert!(message.contains(&*folder.path().to_string_lossy()), "{message}");
        fs::create_dir(folder.path().join("luchs_optimise")).unwrap();
        fs::write(folder.path().join("luchs_optimise/__main__.py"), "").unwrap();
        assert_eq!(
            Place::find(Some(folder.path())).unwrap().setup,
            folder.path().join("optimise.sh")
        );
    }

    #[test]
    fn a_named_python_is_used_as_it_is() {
        let environment = Environment::find(Some(Path::new("/opt/python")));
        assert_eq!(environment.python(), Path::new("/opt/python"));
        assert_eq!(Environment::Folder("/e".into()).python(), Path::new("/e/bin/python"));
    }

    #[test]
    fn pruning_has_an_environment_of_its_own_beside_the_other() {
        let installed = Place::in_folder(INSTALLED.as_ref()).for_pruning();
        assert_eq!(installed.setup, Path::new("/usr/share/luchs/optimise/prune.sh"));
        assert_eq!(installed.modules, Path::new(INSTALLED));
        let environment = Environment::Folder(SHARED_ENVIRONMENT.into()).for_pruning();
        assert_eq!(environment.python(), Path::new("/var/cache/luchs/prune/bin/python"));
        let named = Environment::Python("/opt/python".into());
        assert_eq!(named.for_pruning(), named);
    }
}
