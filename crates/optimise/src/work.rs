//! Where the work is done and how its result takes the place of an older one: beside it, whole, and in one step.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use tempfile::TempDir;

/// What every result has; a folder without it is somebody else's.
pub const REPORT: &str = "report.json";
/// What stands in it.
const OURS: &str = "\"luchs.report/";

/// Why there is no place to work, or why the result is not where it should be.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// Something else is there.
    #[error("{}: there is something already that is no result of luchs optimise; name another folder with --to", path.display())]
    Occupied {
        /// Where the result should go.
        path: PathBuf,
    },
    /// The disk or its permissions are in the way.
    #[error("{}: {source}; {}", path.display(), remedy(source))]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// What a person can do about it.
fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            "make room, or name a folder on another disk with --to"
        }
        _ => "name a folder that can be written to with --to",
    }
}

impl WorkError {
    /// `error` at `path`.
    pub fn disk(path: &Path, source: io::Error) -> Self {
        Self::Disk {
            path: path.to_owned(),
            source,
        }
    }
}

/// A folder beside the result's, gone when this is dropped.
#[derive(Debug)]
pub struct Work {
    folder: TempDir,
    target: PathBuf,
}

impl Work {
    /// Begins to work on a result for `target`, which is not there, empty, or an older result.
    pub fn begin(target: &Path) -> Result<Self, WorkError> {
        let target = std::path::absolute(target).map_err(|source| WorkError::disk(target, source))?;
        if !is_replaceable(&target) {
            return Err(WorkError::Occupied { path: target });
        }
        let parent = target.parent().unwrap_or(Path::new("/"));
        fs::create_dir_all(parent).map_err(|source| WorkError::disk(parent, source))?;
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let folder = TempDir::with_prefix_in(format!(".{name}.work-"), parent);
        let folder = folder.map_err(|source| WorkError::disk(parent, source))?;
        let work = Self { folder, target };
        work.folder("result")?;
        Ok(work)
    }

    /// A file or folder to work with.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes a folder to work in.
    pub fn folder(&self, name: &str) -> Result<PathBuf, WorkError> {
        let path = self.path(name);
        fs::create_dir(&path).map_err(|source| WorkError::disk(&path, source))?;
        Ok(path)
    }

    /// The folder that [`Work::publish`] puts in its place.
    pub fn result(&self) -> PathBuf {
        self.path("result")
    }

    /// Where the result goes.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Puts the result in its place, and says where that is. Whatever goes wrong, there is the old one or the new one, whole.
    pub fn publish(self) -> Result<PathBuf, WorkError> {
        let target = self.target.clone();
        self.put(&target)?;
        Ok(target)
    }

    /// Puts it beside that place, under the same name with `ending` behind it: what is there stays.
    pub fn publish_beside(self, ending: &str) -> Result<PathBuf, WorkError> {
        let mut name = self.target.file_name().unwrap_or_default().to_owned();
        name.push(ending);
        let target = self.target.with_file_name(name);
        if !is_replaceable(&target) {
            return Err(WorkError::Occupied { path: target });
        }
        self.put(&target)?;
        Ok(target)
    }

    fn put(&self, target: &Path) -> Result<(), WorkError> {
        let result = self.result();
        sync(&result)?;
        let at = |source: io::Error| WorkError::disk(target, source);
        if target.exists() {
            match renameat_with(CWD, &result, CWD, target, RenameFlags::EXCHANGE) {
                // The old one is where the new one was, and goes with the rest.
                Ok(()) => {}
                // Some file systems cannot exchange.
                Err(_) => self.swap(&result, target)?,
            }
        } else {
            fs::rename(&result, target).map_err(at)?;
        }
        let parent = target.parent().unwrap_or(Path::new("/"));
        File::open(parent).and_then(|folder| folder.sync_all()).map_err(at)
    }

    fn swap(&self, result: &Path, target: &Path) -> Result<(), WorkError> {
        let at = |source| WorkError::disk(target, source);
        let old = self.path("old");
        fs::rename(target, &old).map_err(at)?;
        fs::rename(result, target).or_else(|error| {
            fs::rename(&old, target).map_err(at)?;
            Err(at(error))
        })
    }
}

fn is_replaceable(target: &Path) -> bool {
    match fs::read_dir(target) {
        Ok(mut entries) => {
            let report = fs::read_to_string(target.join(REPORT)).unwrap_or_default();
            report.contains(OURS) || entries.next().is_none()
        }
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

/// Everything in `folder` onto the disk.
fn sync(folder: &Path) -> Result<(), WorkError> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source| WorkError::Disk { path, source }
    };
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        if path.is_dir() {
            sync(&path)?;
        } else {
            File::open(&path).and_then(|file| file.sync_all()).map_err(at(&path))?;
        }
    }
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(at(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    fn report(version: &str) -> String {
        format!("{{\"schema\": \"luchs.report/1\", \"version\": {version}}}")
    }

    fn result(target: &Path, version: &str) -> Work {
        let work = Work::begin(target).unwrap();
        fs::write(work.result().join(REPORT), report(version)).unwrap();
        work
    }

    #[test]
    fn a_result_takes_the_place_of_an_older_one_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("deep/model");
        for version in ["1", "2", "3"] {
            assert_eq!(result(&target, version).publish().unwrap(), target);
            assert_eq!(fs::read_to_string(target.join(REPORT)).unwrap(), report(version));
            assert_eq!(entries(&folder.path().join("deep")), ["model"]);
        }
        let work = result(&target, "4");
        work.swap(&work.result(), &target).unwrap();
        assert_eq!(fs::read_to_string(target.join(REPORT)).unwrap(), report("4"));
    }

    #[test]
    fn work_that_is_given_up_leaves_the_old_result_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("model");
        result(&target, "1").publish().unwrap();
        drop(result(&target, "2"));
        assert_eq!(fs::read_to_string(target.join(REPORT)).unwrap(), report("1"));
        assert_eq!(entries(folder.path()), ["model"]);
    }

    #[test]
    fn what_somebody_else_put_there_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let other = folder.path().join("other");
        fs::create_dir(&other).unwrap();
        assert!(Work::begin(&other).is_ok(), "an empty folder is taken");
        fs::write(other.join(REPORT), "{}").unwrap();
        let message = Work::begin(&other).unwrap_err().to_string();
        assert!(message.contains("/other") && message.contains("--to"), "{message}");
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(matches!(Work::begin(&file), Err(WorkError::Occupied { .. })));
        assert_eq!(entries(folder.path()), ["file", "other"]);
    }

    #[test]
    fn a_report_without_a_model_goes_beside() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("model");
        result(&target, "1").publish().unwrap();
        for version in ["2", "3"] {
            let beside = result(&target, version).publish_beside(".rejected").unwrap();
            assert_eq!(fs::read_to_string(beside.join(REPORT)).unwrap(), report(version));
        }
        assert_eq!(fs::read_to_string(target.join(REPORT)).unwrap(), report("1"));
        assert_eq!(entries(folder.path()), ["model", "model.rejected"]);
    }

    #[test]
    fn a_place_that_cannot_be_written_to_is_named_before_any_work() {
        let message = Work::begin(Path::new("/proc/nowhere/model")).unwrap_err().to_string();
        assert!(
            message.contains("/proc/nowhere") && message.contains("--to"),
            "{message}"
        );
    }
}
