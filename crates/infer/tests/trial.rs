//! A model that nobody who is trusted signed is tried out in another process before it is opened; one that is signed is not.

#![expect(clippy::unwrap_used, reason = "in a test a panic is a failure")]

mod models;
mod process;

use std::{
    fs,
    path::{Path, PathBuf},
};

use luchs_infer::{Device, EngineOptions, ModelSource};
use luchs_model::Digest;
use process::{child, is_child, say};

const MODEL: &str = "LUCHS_TEST_MODEL";

/// Opens the model that the parent named, and says how that went.
fn open() {
    let path = PathBuf::from(std::env::var_os(MODEL).unwrap());
    let source = ModelSource {
        path: &path,
        labels: None,
        id: None,
        options: EngineOptions {
            device: Device::Cpu,
            ..EngineOptions::default()
        },
    };
    match source.open() {
        Ok((model, _)) => say(format_args!("opened {} {}", model.name, model.outputs.len())),
        Err(error) => say(error),
    }
}

/// What opening `model` says in a process with `variables`.
fn opened(name: &str, model: &Path, variables: &[(&str, Option<&str>)]) -> String {
    let model = model.to_str().unwrap();
    let mut all = vec![
        (MODEL, Some(model)),
        ("LUCHS_MODEL_TRUST", None),
        ("LUCHS_MODEL_KEYS", None),
        ("LUCHS_MODEL_TRIAL", Some(env!("CARGO_BIN_EXE_luchs-model-trial"))),
    ];
    all.retain(|(name, _)| variables.iter().all(|(other, _)| other != name));
    all.extend(variables);
    child(name, &all).join("\n")
}

fn written(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn a_bare_model_opens_after_its_trial_only() {
    if is_child() {
        return open();
    }
    let opened = |path: &Path, variables: &[_]| opened("a_bare_model_opens_after_its_trial_only", path, variables);
    let folder = tempfile::tempdir().unwrap();
    let well = written(folder.path(), "well.onnx", &models::bytes(&models::yolox()));
    assert_eq!(opened(&well, &[]), "opened well 1");
    // The shapes that the file leaves open are those that the trial saw.
    let open = models::bytes(&models::with_open_outputs(models::nanodet()));
    let open = written(folder.path(), "open.onnx", &open);
    assert_eq!(opened(&open, &[]), "opened open 6");

    for (helper, expected) in [
        (
            "/nonexistent/luchs-model-trial",
            "cannot be tried out: /nonexistent/luchs-model-trial: No such file",
        ),
        ("/bin/true", "cannot be tried out"),
        ("/bin/false", "cannot be tried out"),
    ] {
        let said = opened(&well, &[("LUCHS_MODEL_TRIAL", Some(helper))]);
        assert!(said.contains("well.onnx") && said.contains(expected), "{said}");
    }
    let endless = models::hostile::corpus()
        .into_iter()
        .find(|hostile| hostile.name == "endless");
    let endless = written(folder.path(), "endless.onnx", &endless.unwrap().bytes);
    let said = opened(&endless, &[]);
    assert!(
        said.contains("endless.onnx: in its trial the model took more than 3 seconds"),
        "{said}"
    );
}

#[test]
fn a_signed_model_opens_without_a_trial() {
    if is_child() {
        return open();
    }
    let opened = |path: &Path, variables: &[_]| opened("a_signed_model_opens_without_a_trial", path, variables);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let onnx = models::bytes(&models::yolox());
    written(path, "m.onnx", &onnx);
    written(path, "l.txt", b"a\nb\nc\n");
    let passport = format!(
        "[model]\nname = \"n\"\nversion = \"1\"\nfile = \"m.onnx\"\nlabels = \"l.txt\"\nfamily = \"yolox\"\n\
         licence = \"MIT\"\nsource = \"a test\"\n[input]\nlayout = \"nchw\"\ntype = \"f32\"\ncolor = \"bgr\"\n\
         fit = \"stretch\"\n[files]\n\"m.onnx\" = \"{}\"\n\"l.txt\" = \"{}\"\n",
        Digest::of(&onnx),
        Digest::of(b"a\nb\nc\n")
    );
    written(path, "model.toml", passport.as_bytes());
    let pair = minisign::KeyPair::generate_unencrypted_keypair().unwrap();
    let signature = minisign::sign(None, &pair.sk, passport.as_bytes(), None, None).unwrap();
    let keys = path.join("keys");
    fs::create_dir(&keys).unwrap();
    let unsigned = [("LUCHS_MODEL_TRIAL", Some("/nonexistent"))];
    let said = opened(path, &unsigned);
    assert!(said.contains("cannot be tried out"), "{said}");

    written(&keys, "ours.pub", pair.pk.to_box().unwrap().into_string().as_bytes());
    let here = [unsigned[0], ("LUCHS_MODEL_KEYS", keys.to_str())];
    let said = opened(path, &here);
    assert!(
        said.contains("model.toml: the model is not signed, and only signed ones"),
        "{said}"
    );
    written(path, "model.toml.minisig", signature.into_string().as_bytes());
    assert_eq!(opened(path, &here), "opened n 1");
}
