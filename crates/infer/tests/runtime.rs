//! Libraries that are not the ONNX Runtime that is needed: each is refused with its name, the reason and the remedy.

#![expect(clippy::unwrap_used, reason = "in a test a panic is a failure")]

mod models;
mod process;

use std::{fs, path::Path, process::Command};

use luchs_infer::{Engine, EngineOptions, LIBRARY_VARIABLE, ModelSource, OPENVINO_VARIABLE};
use process::{child, is_child, say};

/// In the child: opens a model and says how that ended.
fn open(device: &str) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("model.onnx");
    fs::write(&path, models::bytes(&models::yolox())).unwrap();
    let options = EngineOptions {
        device: device.parse().unwrap(),
        threads: 1,
        ..EngineOptions::default()
    };
    let source = ModelSource {
        path: &path,
        labels: None,
        id: None,
        options: options.clone(),
    };
    let model = source.model().unwrap();
    // Again: a failed start has to fail in the same way and not in another.
    for _ in 0..2 {
        match Engine::new(&model.file, &options) {
            Ok(engine) => say(engine.active_device()),
            Err(error) => say(error),
        }
    }
}

/// What is said with `library` as the runtime.
fn refusal(test: &str, library: &Path) -> String {
    let said = child(test, &[(LIBRARY_VARIABLE, Some(library))]);
    assert_eq!(said.len(), 2, "{said:?}");
    assert_eq!(said[0], said[1]);
    assert!(said[0].contains(library.to_str().unwrap()), "{}", said[0]);
    assert!(said[0].contains(LIBRARY_VARIABLE), "{}", said[0]);
    said[0].clone()
}

/// A shared library of this C source.
fn compiled(directory: &Path, source: &str) -> std::path::PathBuf {
    let (code, library) = (directory.join("shim.c"), directory.join("libonnxruntime.so"));
    fs::write(&code, source).unwrap();
    let status = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .arg(&library)
        .arg(&code)
        .status();
    assert!(status.unwrap().success());
    library
}

/// The one symbol of the runtime, for a version whose interface this library does not have.
fn shim(version: &str) -> String {
    format!(
        "static const void *api(unsigned v) {{ (void)v; return 0; }}\n\
         static const char *version(void) {{ return \"{version}\"; }}\n\
         static const struct {{ const void *(*a)(unsigned); const char *(*v)(void); }} base = {{ api, version }};\n\
         const void *OrtGetApiBase(void) {{ return &base; }}\n"
    )
}

#[test]
fn a_runtime_that_is_too_old() {
    if is_child() {
        return open("cpu");
    }
    let directory = tempfile::tempdir().unwrap();
    let text = refusal(
        "a_runtime_that_is_too_old",
        &compiled(directory.path(), &shim("1.12.0")),
    );
    assert!(text.contains("it is version 1.12.0, which is too old"), "{text}");
    assert!(text.contains("of version 1.22 or newer"), "{text}");
}

#[test]
fn a_runtime_that_lies_about_its_version() {
    if is_child() {
        return open("cpu");
    }
    let directory = tempfile::tempdir().unwrap();
    let text = refusal(
        "a_runtime_that_lies_about_its_version",
        &compiled(directory.path(), &shim("1.99.0")),
    );
    assert!(
        text.contains("it does not have the interface of version 1.22"),
        "{text}"
    );
}

#[test]
fn a_library_that_is_something_else() {
    if is_child() {
        return open("cpu");
    }
    let directory = tempfile::tempdir().unwrap();
    let text = refusal(
        "a_library_that_is_something_else",
        &compiled(directory.path(), "int nothing(void) { return 0; }\n"),
    );
    assert!(text.contains("it is a library, but not ONNX Runtime"), "{text}");
}

#[test]
fn a_file_that_is_no_library() {
    if is_child() {
        return open("cpu");
    }
    let directory = tempfile::tempdir().unwrap();
    let library = directory.path().join("libonnxruntime.so");
    fs::write(
        &library,
        "A text, long enough to be looked at as if it were a library. ".repeat(20),
    )
    .unwrap();
    let text = refusal("a_file_that_is_no_library", &library);
    assert!(
        text.contains("it is no shared library for this kind of computer"),
        "{text}"
    );
}

#[test]
fn a_runtime_that_misses_a_library_itself() {
    if is_child() {
        return open("cpu");
    }
    let directory = tempfile::tempdir().unwrap();
    let other = tempfile::tempdir().unwrap();
    let needed = compiled(other.path(), "int needed(void) { return 1; }\n");
    let (code, library) = (directory.path().join("a.c"), directory.path().join("libonnxruntime.so"));
    fs::write(&code, "int needed(void); int uses(void) { return needed(); }\n").unwrap();
    let needed_name = needed.with_file_name("libneeded-by-luchs-test.so");
    fs::rename(&needed, &needed_name).unwrap();
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-o"])
        .arg(&library)
        .arg(&code)
        .arg("-L")
        .arg(other.path());
    assert!(cc.arg("-lneeded-by-luchs-test").status().unwrap().success());
    let text = refusal("a_runtime_that_misses_a_library_itself", &library);
    assert!(
        text.contains("libneeded-by-luchs-test.so: cannot open shared object file"),
        "{text}"
    );
}

#[test]
fn a_plug_in_that_is_something_else() {
    if is_child() {
        return open("openvino:CPU");
    }
    let directory = tempfile::tempdir().unwrap();
    let cases = [
        (
            compiled(directory.path(), "int nothing(void) { return 0; }\n"),
            "does not load: ",
        ),
        (directory.path().join("shim.c"), "does not load: "),
        (
            "/nonexistent/plugin.so".into(),
            "LUCHS_OPENVINO is /nonexistent/plugin.so",
        ),
    ];
    for (library, expected) in cases {
        let said = child(
            "a_plug_in_that_is_something_else",
            &[(OPENVINO_VARIABLE, Some(&library))],
        );
        for text in said {
            assert!(text.starts_with("device openvino:CPU cannot be used: "), "{text}");
            assert!(
                text.contains(library.to_str().unwrap()) && text.contains(expected),
                "{text}"
            );
            assert!(text.ends_with("or choose device=cpu"), "{text}");
        }
    }
}

#[test]
fn a_runtime_without_a_plug_in_beside_it() {
    if is_child() {
        return open("openvino:CPU");
    }
    let directory = tempfile::tempdir().unwrap();
    let link = directory.path().join("libonnxruntime.so");
    std::os::unix::fs::symlink(luchs_infer::library_path().unwrap(), &link).unwrap();
    let said = child(
        "a_runtime_without_a_plug_in_beside_it",
        &[(LIBRARY_VARIABLE, Some(&link))],
    );
    for text in said {
        let expected = directory.path().join("providers/openvino");
        assert!(
            text.contains("OpenVINO is not installed: ") && text.contains(expected.to_str().unwrap()),
            "{text}"
        );
        assert!(
            text.contains(OPENVINO_VARIABLE) && text.contains("luchs-openvino"),
            "{text}"
        );
    }
}

#[test]
fn the_runtime_says_which_version_it_is() {
    let version = luchs_infer::runtime_version().unwrap().unwrap();
    let parts: Vec<u32> = version.split('.').take(2).map(|part| part.parse().unwrap()).collect();
    assert!(parts >= vec![1, 22], "{version}");
}
