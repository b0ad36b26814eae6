//! Running `luchs optimise`, with the real tool or with one that stands in for it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use image::{Rgb, RgbImage};

use crate::common::Said;

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// The demo's model; `make test` fetches it.
pub(crate) fn model() -> PathBuf {
    root().join("target/assets/models/yolox-nano")
}

/// Pedestrians; `make setup` fetches them.
pub(crate) fn clip() -> PathBuf {
    root().join("target/assets/footage/vtest.avi")
}

/// `luchs optimise MODEL --footage FOOTAGE --to FOLDER/result`, with a tool that stands in for the real one.
pub(crate) fn optimise(folder: &Path, model: &Path, footage: &Path) -> Command {
    optimise_to(folder, model, footage, "result", 48)
}

/// The same with a result elsewhere, or of more frames.
pub(crate) fn optimise_to(folder: &Path, model: &Path, footage: &Path, to: &str, frames: u32) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_luchs"));
    command.current_dir(folder).arg("optimise").arg(model);
    command
        .arg("--footage")
        .arg(footage)
        .args(["--to", to, "--frames"])
        .arg(frames.to_string());
    let tool = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/optimise/tool.py");
    command.arg("--python").arg(tool);
    command
}

/// Runs it to its end.
pub(crate) fn said(command: &mut Command) -> Said {
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Said {
        code: output.status.code().unwrap_or(-1),
        out: text(&output.stdout),
        err: text(&output.stderr),
    }
}

/// Runs it, which ends with `code` and says each of `expected`; what was in `folder` before is all there is afterwards.
pub(crate) fn refused(folder: &Path, command: &mut Command, code: i32, expected: &[&str]) {
    let before = contents(folder);
    let said = said(command);
    assert_eq!(said.code, code, "{}{}", said.out, said.err);
    for words in expected {
        assert!(said.err.contains(words), "nothing about “{words}” in: {}", said.err);
    }
    assert!(!said.err.contains("Traceback"), "{}", said.err);
    assert!(contents(folder) == before, "files were changed or left behind");
}

/// Every file below `folder`.
pub(crate) fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.insert(path.clone(), Vec::new());
            all.extend(contents(&path));
        } else {
            all.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    all
}

/// A folder with `count` pictures, each with the colour of `pixel` (picture, x, y).
pub(crate) fn pictures(folder: &Path, count: u32, pixel: impl Fn(u32, u32, u32) -> [u8; 3]) -> PathBuf {
    let target = folder.join("pictures");
    fs::create_dir(&target).unwrap();
    for number in 0..count {
        let picture = RgbImage::from_fn(160, 120, |x, y| Rgb(pixel(number, x, y)));
        picture.save(target.join(format!("{number:03}.png"))).unwrap();
    }
    target
}

/// Stripes that differ from picture to picture: something, but no object.
pub(crate) fn stripes(number: u32, x: u32, y: u32) -> [u8; 3] {
    [
        (x * 4) as u8,
        (y * 4 + number) as u8,
        ((x + y + number) % 17 * 15) as u8,
    ]
}

/// An older result, which nothing may change.
pub(crate) fn older_result(folder: &Path) {
    let result = folder.join("result");
    fs::create_dir(&result).unwrap();
    fs::write(result.join("report.json"), "{\"schema\": \"luchs.report/1\"}").unwrap();
    fs::write(result.join("model.toml"), "the model before").unwrap();
}
