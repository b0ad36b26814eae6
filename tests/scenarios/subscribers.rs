//! Anyone can read the events: the examples in Python and Node use stock libraries only.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use luchs_tests::{Process, Site, assets, publisher, root, until};

fn arguments(site: &Site) -> Vec<String> {
    let paths = [
        site.pki.ca_file(),
        site.viewer.certificate.clone(),
        site.viewer.key.clone(),
        site.file("viewer/recipient.jwk"),
        site.file("device/device.pub.jwk"),
    ];
    let mut arguments = vec!["127.0.0.1".to_owned(), site.broker.port().to_string()];
    arguments.extend(paths.iter().map(|path| path.to_string_lossy().into_owned()));
    arguments
}

fn example(site: &Site, script: &str) -> Vec<String> {
    let script = root().join("examples").join(script).to_string_lossy().into_owned();
    [vec![script], arguments(site)].concat()
}

/// The example gets all events of a run, each once, and reads them as they were made.
fn reads_every_event(name: &str, program: &std::path::Path, script: &str) {
    const EVENTS: u64 = 100;
    let site = Site::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut example = Process::start(folder.path(), name, program, |command| {
        command.arg(root().join("examples").join(script)).args(arguments(&site));
    })
    .unwrap();
    example.wait_for_output("subscribed", 30).unwrap();
    let mut run = publisher::start(&site, folder.path(), 0, EVENTS, true).unwrap();
    assert!(run.wait(60).unwrap().success(), "{}", run.stderr());
    let output = until("all events", 30, || {
        let output = example.stdout();
        Ok((output.lines().count() as u64 > EVENTS).then_some(output))
    });
    let output = output.unwrap_or_else(|error| panic!("{error}\n{}", example.stderr()));
    let seqs: Vec<u64> = output
        .lines()
        .map(|line| serde_json::from_str::<luchs_scene::Event>(line).unwrap().seq)
        .collect();
    assert_eq!(seqs, (1..=EVENTS + 1).collect::<Vec<_>>());
    assert!(!example.stderr().contains("refused"), "{}", example.stderr());
}

#[test]
fn python() {
    reads_every_event("python", &assets().join("python/bin/python"), "python/subscribe.py");
}

#[test]
fn node() {
    reads_every_event("node", &assets().join("node/bin/node"), "node/subscribe.mjs");
}

#[test]
fn a_retained_event_is_refused_by_every_reader() {
    let site = Site::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = |path: &std::path::Path| path.to_string_lossy().into_owned();
    let retained = std::process::Command::new("mosquitto_pub")
        .args([
            "-V",
            "5",
            "-h",
            "127.0.0.1",
            "-q",
            "1",
            "-r",
            "-p",
            &site.broker.port().to_string(),
        ])
        .args(["--cafile", &path(&site.pki.ca_file())])
        .args([
            "--cert",
            &path(&site.device.certificate),
            "--key",
            &path(&site.device.key),
        ])
        .args(["-t", "luchs/box-1/gate/events", "-m", "{}"])
        .status();
    assert!(retained.unwrap().success());
    let readers = [
        (luchs_tests::built().unwrap().join("luchs"), site.subscribe_arguments()),
        (
            assets().join("python/bin/python"),
            example(&site, "python/subscribe.py"),
        ),
        (assets().join("node/bin/node"), example(&site, "node/subscribe.mjs")),
    ];
    for (number, (program, arguments)) in readers.into_iter().enumerate() {
        let mut reader = Process::start(folder.path(), &format!("reader-{number}"), program, |command| {
            command.args(arguments);
        })
        .unwrap();
        reader.wait_for_output("retained", 30).unwrap();
        assert!(reader.stderr().contains("refused"), "{}", reader.stderr());
        assert_eq!(reader.stdout(), "");
    }
}

#[test]
fn the_examples_are_short() {
    for script in ["python/subscribe.py", "node/subscribe.mjs"] {
        let lines = std::fs::read_to_string(root().join("examples").join(script))
            .unwrap()
            .lines()
            .count();
        assert!(lines <= 40, "{script} has {lines} lines");
    }
}
