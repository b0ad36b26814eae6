//! Finding and starting ONNX Runtime, once per process.

use std::{
    env,
    panic::{self, AssertUnwindSafe},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use ort::{environment::Environment, logging::LogLevel};

use crate::{operator, telemetry};

/// Environment variable with the path of the library.
pub const LIBRARY_VARIABLE: &str = "ORT_DYLIB_PATH";

/// Where the packages install the library.
pub const BUNDLED_LIBRARY: &str = "/usr/lib/luchs/libonnxruntime.so";

/// Why there is no runtime.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RuntimeError {
    /// Neither place has one.
    #[error(
        "ONNX Runtime was not found: {LIBRARY_VARIABLE} is not set and {BUNDLED_LIBRARY} does not exist; install the luchs \
         package, or set {LIBRARY_VARIABLE} to the path of libonnxruntime.so"
    )]
    NotFound,
    /// The variable leads nowhere.
    #[error("ONNX Runtime was not found: {LIBRARY_VARIABLE} is {}, which is not a file; correct or unset it", path.display())]
    Variable {
        /// The variable's value.
        path: PathBuf,
    },
    /// Not a library, too old, or without what it needs itself.
    #[error(
        "ONNX Runtime cannot be loaded from {}: {reason}; install the luchs package, or set {LIBRARY_VARIABLE} to a \
         libonnxruntime.so of version 1.{} or newer", path.display(), ort::MINOR_VERSION
    )]
    Load {
        /// The library.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Loaded, but it did not start.
    #[error(
        "ONNX Runtime from {} did not start: {reason}; install the luchs package, or set {LIBRARY_VARIABLE} to another \
         libonnxruntime.so", path.display()
    )]
    Start {
        /// The library.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// The library that is used: of the environment variable `ORT_DYLIB_PATH`, or else the one of the packages.
pub fn library_path() -> Result<PathBuf, RuntimeError> {
    choose(
        env::var_os(LIBRARY_VARIABLE).map(PathBuf::from),
        Path::new(BUNDLED_LIBRARY),
    )
}

fn choose(named: Option<PathBuf>, bundled: &Path) -> Result<PathBuf, RuntimeError> {
    match named.filter(|path| !path.as_os_str().is_empty()) {
        // Relative paths are those of the working directory, as in a shell; ort would take the program's.
        Some(path) if path.is_file() => Ok(std::path::absolute(&path).unwrap_or(path)),
        Some(path) => Err(RuntimeError::Variable { path }),
        None if bundled.is_file() => Ok(bundled.to_owned()),
        None => Err(RuntimeError::NotFound),
    }
}

/// The process's environment. ort holds it weakly and allows only one, so it is kept here for good; a failed start may be
/// tried again.
pub(crate) fn environment() -> Result<Environment, RuntimeError> {
    static ENVIRONMENT: Mutex<Option<Environment>> = Mutex::new(None);
    let mut slot = ENVIRONMENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(environment) = &*slot {
        return Ok(environment.clone());
    }
    let path = library_path()?;
    telemetry::turn_off();
    // Without a loaded library every other function of ort panics, even the making of errors.
    let builder = ort::init_from(&path).map_err(|error| RuntimeError::Load {
        path: path.clone(),
        reason: reason(&error),
    })?;
    let start = AssertUnwindSafe(|| builder.with_name("luchs").with_telemetry(false).build());
    let started = panic::catch_unwind(start);
    let started = match started {
        Ok(result) => result.map_err(|error| error.to_string()),
        // ort panics where a library names a version whose interface it does not have.
        Err(_) => Err(format!(
            "it does not have the interface of version 1.{}",
            ort::MINOR_VERSION
        )),
    };
    let environment = started.map_err(|reason| RuntimeError::Start {
        path: path.clone(),
        reason,
    })?;
    environment.set_log_level(LogLevel::Warning);
    tracing::info!(library = %path.display(), "ONNX Runtime loaded");
    operator::announce(&environment);
    Ok(slot.insert(environment).clone())
}

fn reason(error: &ort::LoadDynamicError) -> String {
    use ort::LoadDynamicError::{BadVersion, Dlopen, InvalidVersionString, MissingApi};
    match error {
        Dlopen { error, path } => not_loaded(path, std::error::Error::source(error).unwrap_or(error)),
        MissingApi { .. } => "it is a library, but not ONNX Runtime (it has no OrtGetApiBase)".to_owned(),
        InvalidVersionString => "its version is not readable".to_owned(),
        BadVersion { version_str, .. } => format!("it is version {version_str}, which is too old"),
    }
}

fn not_loaded(path: &Path, error: &dyn std::error::Error) -> String {
    let linker = error.to_string();
    let own = path.display().to_string();
    // The linker names the file that is wrong, which may be another one that this one needs.
    match linker
        .strip_prefix(&own)
        .map(|rest| rest.trim_start_matches([':', ' ']))
    {
        Some(rest) if rest.contains("ELF") || rest.contains("file too short") => {
            format!("it is no shared library for this kind of computer ({rest})")
        }
        Some(rest) => rest.to_owned(),
        None => linker,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_library_is_explained_with_both_places() {
        let missing = Path::new("/nonexistent/libonnxruntime.so");
        let message = choose(None, missing).unwrap_err().to_string();
        assert!(
            message.contains(LIBRARY_VARIABLE) && message.contains(BUNDLED_LIBRARY),
            "{message}"
        );
        let message = choose(Some("/nonexistent/other.so".into()), missing)
            .unwrap_err()
            .to_string();
        assert!(message.contains("/nonexistent/other.so"), "{message}");
    }

    #[test]
    fn the_variable_wins_over_the_package() {
        let this = env::current_exe().unwrap();
        assert_eq!(choose(Some(this.clone()), Path::new("/nonexistent")).unwrap(), this);
        assert_eq!(choose(Some(PathBuf::new()), &this).unwrap(), this);
    }
}
