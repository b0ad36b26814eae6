//! A process of its own for each case: the runtime is loaded once in a process, from where its environment says.

#![allow(unreachable_pub, reason = "a module of tests")]
#![allow(
    clippy::allow_attributes,
    reason = "whether something is reachable differs from test file to test file"
)]

use std::{env, ffi::OsStr, process::Command};

const MARK: &str = "LUCHS_TEST_CHILD";

/// Runs the test `name` of this file again as a child, with `variables` (None: without that variable), and gives what it
/// said with [`say`].
pub fn child<V: AsRef<OsStr>>(name: &str, variables: &[(&str, Option<V>)]) -> Vec<String> {
    let mut command = Command::new(env::current_exe().expect("a test has a program"));
    command.args(["--exact", name, "--nocapture"]).env(MARK, "1");
    for (variable, value) in variables {
        match value {
            Some(value) => command.env(variable, value),
            None => command.env_remove(variable),
        };
    }
    let output = command.output().expect("a test can be run again");
    let (text, errors) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{text}{errors}");
    let said = text
        .lines()
        .filter_map(|line| Some(line.split_once(MARK)?.1.trim().to_owned()));
    said.collect()
}

/// Whether this is the child.
pub fn is_child() -> bool {
    env::var_os(MARK).is_some()
}

/// Tells the parent.
#[expect(clippy::print_stdout, reason = "the way to the parent")]
pub fn say(text: impl std::fmt::Display) {
    println!("{MARK} {}", text.to_string().replace('\n', " "));
}
