//! `luchs model fetch` asks the registry's client for one package of one digest, and believes no recipe that wants more;
//! `keygen`, `sign` and `verify` speak minisign's language.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;
#[path = "../../infer/tests/models/mod.rs"]
mod models;

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output},
};

use common::luchs;

const RECIPE: &str = r#"
[package]
registry = "pypi"
name = "NAME"
version = "1.0"
file = "p-1.0-py3-none-any.whl"
sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

[[file]]
member = "p/m.onnx"
to = "m.onnx"
sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
"#;

/// Fetches by a recipe for the package `name`, with a client that only writes down what it was asked.
fn fetch(folder: &Path, name: &str) -> Output {
    let bin = folder.join("bin");
    fs::create_dir_all(&bin).unwrap();
    fs::create_dir_all(folder.join("recipes/m")).unwrap();
    fs::write(folder.join("recipes/m/fetch.toml"), RECIPE.replace("NAME", name)).unwrap();
    let client = bin.join("python3");
    let script = "#!/bin/sh\nfor word; do echo \"$word\"; done > asked\nfor word; do :; done\ncat \"$word\" >> asked\n";
    fs::write(&client, script).unwrap();
    fs::set_permissions(&client, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", bin.display());
    Command::new(env!("CARGO_BIN_EXE_luchs"))
        .args(["model", "fetch", "--recipes", "recipes", "--to", "models", "m"])
        .env("PATH", path)
        .current_dir(folder)
        .output()
        .unwrap()
}

#[test]
fn the_client_is_bound_to_the_digest_and_runs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let output = fetch(folder.path(), "p");
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let asked = fs::read_to_string(folder.path().join("asked")).unwrap();
    for option in ["--require-hashes", "--no-deps", "--only-binary=:all:"] {
        assert!(asked.lines().any(|line| line == option), "{option}: {asked}");
    }
    let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(asked.lines().last(), Some(&*format!("p==1.0 --hash=sha256:{digest}")));
}

#[test]
fn a_recipe_that_names_a_folder_or_an_option_is_refused_before_anything_runs() {
    for name in ["./evil", "-e.", "p @ file:///tmp/p"] {
        let folder = tempfile::tempdir().unwrap();
        let output = fetch(folder.path(), name);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(
            said.contains("recipes/m/fetch.toml") && said.contains("package.name"),
            "{said}"
        );
        assert!(!folder.path().join("asked").exists(), "{name} reached the client");
    }
}

/// The folder of a model with a passport.
fn model(folder: &Path) -> std::path::PathBuf {
    let model = folder.join("m");
    fs::create_dir(&model).unwrap();
    let onnx = models::bytes(&models::yolox());
    let labels = b"a\nb\nc\n";
    fs::write(model.join("m.onnx"), &onnx).unwrap();
    fs::write(model.join("labels.txt"), labels).unwrap();
    let (onnx, labels) = (luchs_model::Digest::of(&onnx), luchs_model::Digest::of(labels));
    let passport = format!(
        "[model]\nname = \"eyes\"\nversion = \"7\"\nfile = \"m.onnx\"\nlabels = \"labels.txt\"\nfamily = \"yolox\"\n\
         licence = \"MIT\"\nsource = \"a test\"\n[input]\nlayout = \"nchw\"\ntype = \"f32\"\ncolor = \"bgr\"\n\
         fit = \"stretch\"\n[files]\n\"m.onnx\" = \"{onnx}\"\n\"labels.txt\" = \"{labels}\"\n"
    );
    fs::write(model.join("model.toml"), passport).unwrap();
    model
}

/// A folder with a model, and with keys `ours` and `other` that need no password; the model is signed by `ours`.
fn signed() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    model(folder.path());
    for name in ["ours", "other"] {
        let said = luchs(
            folder.path(),
            &["model", "keygen", "--name", name, "--dir", name, "--no-password"],
        );
        assert_eq!(said.code, 0, "{}", said.err);
    }
    sign(folder.path());
    folder
}

fn sign(folder: &Path) {
    let said = luchs(folder, &["model", "sign", "m", "--key", "ours/ours.key"]);
    assert_eq!(said.code, 0, "{}", said.err);
}

fn minisign(folder: &Path, arguments: &[&str]) -> bool {
    let output = Command::new("minisign")
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("Debian's minisign is installed by make setup");
    output.status.success()
}

fn verified_by(folder: &Path, key: &str) -> common::Said {
    luchs(folder, &["model", "verify", "m", "--key", key])
}

#[test]
fn a_signed_model_is_verified_here_and_by_minisign() {
    let folder = signed();
    let said = verified_by(folder.path(), "ours/ours.pub");
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("signature  by ours (timestamp:"), "{}", said.out);
    assert!(
        said.out.contains("model:eyes\\tversion:7") && said.out.contains("trial      passed"),
        "{}",
        said.out
    );
    let mode = fs::metadata(folder.path().join("ours/ours.key"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);

    let path = folder.path();
    assert!(minisign(path, &["-Vm", "m/model.toml", "-p", "ours/ours.pub"]));
    assert!(!minisign(path, &["-Vm", "m/model.toml", "-p", "other/other.pub"]));
}

#[test]
fn a_signature_of_minisign_counts_and_its_key_signs() {
    let folder = signed();
    let path = folder.path();
    fs::remove_file(path.join("m/model.toml.minisig")).unwrap();
    assert!(minisign(path, &["-G", "-W", "-p", "mini.pub", "-s", "mini.key"]));
    assert!(minisign(path, &["-S", "-s", "mini.key", "-m", "m/model.toml"]));
    let said = verified_by(path, "mini.pub");
    assert_eq!(said.code, 0, "{}", said.err);
    let said = luchs(path, &["model", "sign", "m", "--key", "mini.key"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(minisign(path, &["-Vm", "m/model.toml", "-p", "mini.pub"]));
}

#[test]
fn a_key_with_a_password_signs_with_that_password_only() {
    let folder = tempfile::tempdir().unwrap();
    model(folder.path());
    for (name, text) in [("right", "correct horse\n"), ("wrong", "battery\n")] {
        fs::write(folder.path().join(name), text).unwrap();
        fs::set_permissions(folder.path().join(name), fs::Permissions::from_mode(0o600)).unwrap();
    }
    let keygen = [
        "model",
        "keygen",
        "--name",
        "k",
        "--dir",
        ".",
        "--password-file",
        "right",
    ];
    assert_eq!(luchs(folder.path(), &keygen).code, 0);
    let sign = |password| {
        luchs(
            folder.path(),
            &["model", "sign", "m", "--key", "k.key", "--password-file", password],
        )
    };
    let said = sign("wrong");
    assert!(said.code == 2 && said.err.contains("k.key"), "{}", said.err);
    let said = sign("right");
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(minisign(folder.path(), &["-Vm", "m/model.toml", "-p", "k.pub"]));
}

#[test]
fn whatever_is_changed_after_signing_is_noticed() {
    let cases = [
        (
            "m/model.toml",
            "model.toml.minisig: the signature is not one of this passport by the key “ours”",
        ),
        ("m/m.onnx", "m.onnx: the file has the SHA-256"),
        ("m/labels.txt", "labels.txt: the file has the SHA-256"),
        ("m/model.toml.minisig", "model.toml.minisig: "),
    ];
    for (name, expected) in cases {
        let folder = signed();
        let path = folder.path().join(name);
        let mut bytes = fs::read(&path).unwrap();
        // A letter of the last line, so that a text stays one.
        let position = bytes.len() - 4;
        bytes[position] = if bytes[position] == b'a' { b'b' } else { b'a' };
        fs::write(&path, bytes).unwrap();
        let said = verified_by(folder.path(), "ours/ours.pub");
        assert!(
            said.code == 1 && said.err.contains(expected),
            "{name}: {} {}",
            said.code,
            said.err
        );
    }
}

#[test]
fn a_stranger_and_nobody_are_refused_where_a_signature_is_demanded() {
    let folder = signed();
    let said = verified_by(folder.path(), "other/other.pub");
    assert!(
        said.code == 1 && said.err.contains("not trusted here (trusted are: other)"),
        "{}",
        said.err
    );
    fs::remove_file(folder.path().join("m/model.toml.minisig")).unwrap();
    let said = verified_by(folder.path(), "ours/ours.pub");
    assert!(
        said.code == 1 && said.err.contains("m/model.toml: the model is not signed"),
        "{}",
        said.err
    );
    let said = luchs(folder.path(), &["model", "verify", "m/m.onnx", "--keys", "ours"]);
    assert!(
        said.code == 1 && said.err.contains("m/m.onnx: the model is not signed"),
        "{}",
        said.err
    );
}

#[test]
fn keys_in_the_machines_folder_make_a_signature_mandatory_unless_it_says_otherwise() {
    let folder = signed();
    let show = |keys: &str, demand: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_luchs"))
            .args(["model", "show", "m"])
            .current_dir(folder.path())
            .envs([("LUCHS_MODEL_KEYS", keys), ("LUCHS_MODEL_TRUST", demand)])
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&text).into_owned())
    };
    let cases = [
        ("ours", "", 0, "signed      by ours"),
        ("other", "", 2, "signed by a key that is not trusted here"),
        ("other", "tried", 0, "signed      by nobody who is trusted here"),
        ("ours", "always", 2, "LUCHS_MODEL_TRUST is “always”"),
        ("nowhere", "", 2, "nowhere: the keys of trusted models cannot be read"),
    ];
    for (keys, demand, code, expected) in cases {
        let (found, said) = show(keys, demand);
        assert!(
            found == Some(code) && said.contains(expected),
            "{keys} {demand}: {found:?} {said}"
        );
    }
    // Whoever can add a key can have any model loaded.
    fs::set_permissions(folder.path().join("ours"), fs::Permissions::from_mode(0o777)).unwrap();
    let (code, said) = show("ours", "");
    assert!(code == Some(2) && said.contains("others may change the keys"), "{said}");
}

#[test]
fn what_would_not_load_is_not_signed() {
    let folder = signed();
    fs::write(folder.path().join("m/labels.txt"), "a\n").unwrap();
    let said = luchs(folder.path(), &["model", "sign", "m", "--key", "ours/ours.key"]);
    assert!(said.code == 2 && said.err.contains("it was altered"), "{}", said.err);
    let said = luchs(folder.path(), &["model", "sign", "m/m.onnx", "--key", "ours/ours.key"]);
    assert!(
        said.code == 2 && said.err.contains("only a model with a passport can be signed"),
        "{}",
        said.err
    );
    let said = luchs(
        folder.path(),
        &["model", "keygen", "--name", "ours", "--dir", "ours", "--no-password"],
    );
    assert!(said.code == 3 && said.err.contains("exists already"), "{}", said.err);
}

#[test]
fn a_private_key_that_others_can_read_does_not_sign() {
    let folder = signed();
    let key = folder.path().join("ours/ours.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let said = luchs(folder.path(), &["model", "sign", "m", "--key", "ours/ours.key"]);
    assert!(said.code == 2 && said.err.contains("chmod 600"), "{}", said.err);
}

/// What stands in the passport of a model that was made of another one and measured.
const MADE: &str = r#"
[made]
by = "luchs 0.1.0"
forced = "speed: 1.05 times as fast, 1.1 wanted"

[made.parent]
name = "eyes"
version = "6"
sha256 = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

[made.recipe]
form = "nhwc"
ranges = "mse"
pointwise = "table"
float = ["Conv_41", "Conv_44"]
steps = ["stem folded"]

[made.calibration]
sha256 = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
frames = 128
footage = "gate.mp4"

[made.tools]
onnx = "1.20.1"
onnxruntime = "1.32.0"

[[made.chain]]
what = "eyes.onnx of the package eyes 6"
sha256 = "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

[[made.chain]]
what = "cleaned"
sha256 = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

[[accuracy]]
metric = "map"
value = 0.3278
interval = [0.31, 0.345]
parent = 0.336
change = [-0.014, -0.002]
dataset = "coco/validation"
images = 64

[[accuracy]]
metric = "agreement"
value = 0.981
dataset = "gate.mp4"
images = 200
device = "cpu"

[[latency]]
hardware = "A CPU"
device = "cpu"
threads = 1
ms = 7.3
parent-ms = 12.4
ratio = 1.699
"#;

#[test]
fn show_tells_what_a_model_was_made_of_and_what_was_measured() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("m");
    fs::create_dir(&model).unwrap();
    let onnx = models::quantized::with_table(models::yolox(), &[0; 256]);
    models::quantized::save(&model, &onnx, models::quantized::NEEDS_TABLE, models::quantized::FLOATS);
    let passport = fs::read_to_string(model.join("model.toml")).unwrap();
    fs::write(model.join("model.toml"), passport + MADE).unwrap();
    // Of a file that this test makes, which may change with the others that use it.
    let digest = luchs_model::Digest::of(&models::bytes(&onnx)).to_string();
    let show = |arguments: &[&str]| {
        let said = luchs(folder.path(), &[&["model", "show", "m"], arguments].concat());
        assert_eq!(said.code, 0, "{}", said.err);
        said.out.replace(&digest, "DIGEST")
    };
    insta::assert_snapshot!("made", show(&[]));
    let json: serde_json::Value = serde_json::from_str(&show(&["--json"])).unwrap();
    insta::assert_snapshot!("made_json", serde_json::to_string_pretty(&json).unwrap());
}

#[test]
fn show_tells_little_of_a_bare_file_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let onnx = models::bytes(&models::yolox());
    fs::write(folder.path().join("eyes.onnx"), &onnx).unwrap();
    let said = luchs(folder.path(), &["model", "show", "eyes.onnx"]);
    assert_eq!(said.code, 0, "{}", said.err);
    for part in ["yolox, 3 classes", "no passport: recognised by its outputs"] {
        assert!(said.out.contains(part), "{}", said.out);
    }
    let said = luchs(folder.path(), &["model", "show", "--json", "eyes.onnx"]);
    let json: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(
        (&json["passport"], &json["classes"]),
        (&serde_json::Value::Null, &3.into())
    );
    assert_eq!(json["input"]["shape"], serde_json::json!([1, 3, 64, 64]));
}
