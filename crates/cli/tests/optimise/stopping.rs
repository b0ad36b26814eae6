//! Ctrl-C in the middle.

use std::{
    fs,
    path::Path,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::support::{clip, contents, model, older_result, optimise, optimise_to};

const PATIENCE: Duration = Duration::from_secs(90);

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "not in time: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn interrupt(child: &Child) {
    let pid = rustix::process::Pid::from_child(child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
}

#[test]
fn ctrl_c_stops_the_tool_and_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    older_result(folder.path());
    let before = contents(folder.path());
    let notes = tempfile::tempdir().unwrap();
    let pid = notes.path().join("pid");
    let mut command = optimise(folder.path(), &model(), &clip());
    command
        .env("TOOL", "hang")
        .env("TOOL_PID", &pid)
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let started = || fs::read_to_string(&pid).is_ok_and(|text| text.ends_with('\n'));
    until("the tool works on candidates", started);
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("stopped; nothing was changed"), "{said}");
    assert!(contents(folder.path()) == before, "files were changed or left behind");
    let number = fs::read_to_string(&pid).unwrap();
    until("the tool is gone", || {
        !Path::new("/proc").join(number.trim()).join("cwd").exists()
    });
}

#[test]
fn ctrl_c_while_models_run_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    older_result(folder.path());
    let before = contents(folder.path());
    let mut command = optimise_to(folder.path(), &model(), &clip(), "result", 600);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    // Frames are in the folder of work: it is in the middle of it.
    let works = || fs::read_dir(folder.path()).unwrap().count() > before.keys().filter(|path| path.is_dir()).count();
    until("it works", works);
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(3));
    assert!(contents(folder.path()) == before, "files were changed or left behind");
}
