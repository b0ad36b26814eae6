//! Videos that are none: an error that names the file, never a hang.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{fs, path::Path, process::Command};

use luchs_tests::{Process, assets, footage};

/// Runs `luchs eval track` on `video`; gives its exit code and what it said.
fn track(folder: &Path, video: &Path) -> (Option<i32>, String) {
    let mut process = Process::start(
        folder,
        "eval",
        luchs_tests::built().unwrap().join("luchs"),
        |command: &mut Command| {
            command
                .args(["eval", "track", "--model"])
                .arg(assets().join("models/yolox-nano"));
            command
                .arg("--video")
                .arg(video)
                .arg("--out")
                .arg(folder.join("out.txt"));
        },
    )
    .unwrap();
    (process.wait(60).unwrap().code(), process.stderr())
}

#[test]
fn an_empty_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let video = folder.path().join("empty.avi");
    fs::write(&video, "").unwrap();
    let (code, said) = track(folder.path(), &video);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("empty.avi"), "{said}");
}

#[test]
fn a_file_of_noise_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let video = folder.path().join("noise.mp4");
    fs::write(
        &video,
        (0..100_000_u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
            .collect::<Vec<_>>(),
    )
    .unwrap();
    let (code, said) = track(folder.path(), &video);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("noise.mp4"), "{said}");
}

#[test]
fn a_missing_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (code, said) = track(folder.path(), &folder.path().join("nowhere.mp4"));
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("nowhere.mp4"), "{said}");
}

#[test]
fn a_clip_that_breaks_off_is_tracked_as_far_as_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let video = folder.path().join("broken-off.avi");
    let whole = fs::read(footage()).unwrap();
    fs::write(&video, &whole[..whole.len() / 10]).unwrap();
    let (code, said) = track(folder.path(), &video);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        fs::read_to_string(folder.path().join("out.txt"))
            .unwrap()
            .lines()
            .count()
            > 50,
        "{said}"
    );
}
