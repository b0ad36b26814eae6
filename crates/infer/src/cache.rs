//! Where things are kept that can be made again: what `device=auto` measured, engines that a GPU's compiler built.

use std::{
    env,
    ffi::OsString,
    fs::{self, DirBuilder, File},
    io::{self, Write as _},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    process,
};

/// Environment variable with the cache directory.
pub const CACHE_VARIABLE: &str = "LUCHS_CACHE_DIR";

/// Why nothing can be kept. Never fatal: without a cache things are made again.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// No place is known.
    #[error(
        "no directory is known for what can be made again: neither {CACHE_VARIABLE} nor HOME is set; set one of them"
    )]
    NoPlace,
    /// The place cannot be written.
    #[error("{} cannot be written: {reason}; give the user that runs this access, or set {CACHE_VARIABLE} to another directory", path.display())]
    Write {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
}

/// The cache directory: `$LUCHS_CACHE_DIR`, or what systemd gives a service (`$CACHE_DIRECTORY`), or `luchs` in
/// `$XDG_CACHE_HOME` or `~/.cache`. It need not exist.
pub fn directory() -> Result<PathBuf, CacheError> {
    place(|name| env::var_os(name)).ok_or(CacheError::NoPlace)
}

fn place(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    // Relative paths would mean another place for each working directory; XDG demands that they are ignored.
    let path = |name| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    // systemd lists several directories with colons between them.
    let service = || {
        let list = variable("CACHE_DIRECTORY")?;
        env::split_paths(&list).find(|path| path.is_absolute())
    };
    variable(CACHE_VARIABLE)
        .filter(|named| !named.is_empty())
        .map(|named| std::path::absolute(&named).unwrap_or_else(|_| named.into()))
        .or_else(service)
        .or_else(|| Some(path("XDG_CACHE_HOME")?.join("luchs")))
        .or_else(|| Some(path("HOME")?.join(".cache/luchs")))
}

/// A directory in the cache, made if it is missing. Only its owner may enter: compiled engines are code.
pub(crate) fn folder(name: &str) -> Result<PathBuf, CacheError> {
    let path = directory()?.join(name);
    let made = DirBuilder::new().recursive(true).mode(0o700).create(&path);
    made.map_err(|error| failed(&path, &error))?;
    Ok(path)
}

/// Writes a file so that others see all of it or nothing.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), CacheError> {
    let unfinished = path.with_extension(format!("{}.new", process::id()));
    let written = write_and_rename(&unfinished, path, text);
    written.map_err(|error| {
        // What was begun is of no use; that it cannot be removed either says nothing new.
        let _ = fs::remove_file(&unfinished);
        failed(path, &error)
    })
}

fn write_and_rename(unfinished: &Path, path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create(unfinished)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(unfinished, path)
}

fn failed(path: &Path, error: &io::Error) -> CacheError {
    CacheError::Write {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Option<PathBuf> {
        place(|name| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| value.into())
        })
    }

    #[test]
    fn the_variable_wins_then_the_service_then_the_user() {
        let home = ("HOME", "/home/a");
        let xdg = ("XDG_CACHE_HOME", "/x");
        let service = ("CACHE_DIRECTORY", "/var/cache/luchs:/var/cache/other");
        let own = (CACHE_VARIABLE, "/own");
        assert_eq!(with(&[home]), Some("/home/a/.cache/luchs".into()));
        assert_eq!(with(&[home, xdg]), Some("/x/luchs".into()));
        assert_eq!(with(&[home, xdg, service]), Some("/var/cache/luchs".into()));
        assert_eq!(with(&[home, xdg, service, own]), Some("/own".into()));
        assert_eq!(with(&[]), None);
    }

    #[test]
    fn empty_and_relative_places_are_passed_over() {
        let home = ("HOME", "/home/a");
        assert_eq!(
            with(&[home, (CACHE_VARIABLE, ""), ("XDG_CACHE_HOME", "cache")]),
            Some("/home/a/.cache/luchs".into())
        );
    }

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.toml");
        for text in ["first", "second"] {
            write(&path, text).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named_with_the_remedy() {
        let message = write(Path::new("/proc/luchs/a.toml"), "").unwrap_err().to_string();
        assert!(
            message.starts_with("/proc/luchs/a.toml cannot be written: ") && message.contains(CACHE_VARIABLE),
            "{message}"
        );
    }
}
