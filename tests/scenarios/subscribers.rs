//! Anyone can read the events: the examples in Python, Node, Go and C use stock libraries only.

use luchs_tests::{Process, Reader, Site, publisher, root, until};

#[test]
fn every_example_gets_every_event_once() {
    const EVENTS: u64 = 100;
    let site = Site::new().unwrap();
    // Each finds its own entry among several.
    for other in ["another", "third"] {
        let keys = site.path(other);
        site.luchs(&["keys", "init", "--recipient", other, "--dir", &keys])
            .unwrap();
        let public = format!("{keys}/recipient.pub.jwk");
        site.luchs(&["keys", "add-recipient", "--dir", &site.path("device"), &public])
            .unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let start = |reader: &Reader| (reader.name(), reader.start(&site, folder.path()).unwrap());
    let readers: Vec<(&str, Process)> = Reader::EXAMPLES.iter().map(start).collect();
    let mut run = publisher::start(&site, folder.path(), 0, EVENTS, true).unwrap();
    assert!(run.wait(60).unwrap().success(), "{}", run.stderr());
    for (name, reader) in readers {
        let output = until("all events", 30, || {
            let output = reader.stdout();
            Ok((output.lines().count() as u64 > EVENTS).then_some(output))
        });
        let output = output.unwrap_or_else(|error| panic!("{name}: {error}\n{}", reader.stderr()));
        let seqs: Vec<u64> = output
            .lines()
            .map(|line| serde_json::from_str::<luchs_scene::Event>(line).unwrap().seq)
            .collect();
        assert_eq!(seqs, (1..=EVENTS + 1).collect::<Vec<_>>(), "{name}");
        assert!(!reader.stderr().contains("refused"), "{name}: {}", reader.stderr());
    }
}

#[test]
fn a_retained_event_is_refused_by_every_reader() {
    let site = Site::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = |path: &std::path::Path| path.to_string_lossy().into_owned();
    let retained = std::process::Command::new("mosquitto_pub")
        .args(["-V", "5", "-h", "127.0.0.1", "-q", "1", "-r"])
        .args([
            "-p",
            &site.broker.port().to_string(),
            "--cafile",
            &path(&site.pki.ca_file()),
        ])
        .args([
            "--cert",
            &path(&site.device.certificate),
            "--key",
            &path(&site.device.key),
        ])
        .args(["-t", "luchs/box-1/gate/events", "-m", "{}"])
        .status();
    assert!(retained.unwrap().success());
    for reader in Reader::ALL {
        let mut process = reader.begin(&site, folder.path()).unwrap();
        process.wait_for_output("retained", 30).unwrap();
        assert!(process.stderr().contains("refused"), "{}", process.stderr());
        assert_eq!(process.stdout(), "", "{reader:?}");
    }
}

#[test]
fn the_examples_are_short() {
    for (script, most) in [
        ("python/subscribe.py", 70),
        ("node/subscribe.mjs", 70),
        ("go/subscribe.go", 260),
        ("c/subscribe.c", 240),
    ] {
        let text = std::fs::read_to_string(root().join("examples").join(script)).unwrap();
        let lines = text.lines().count();
        assert!(lines <= most, "{script} has {lines} lines");
    }
}
