//! Keys are changed while everything runs: nothing is lost, nobody is locked out, and who is removed is out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;

use luchs_tests::{Process, Site, publisher, until};

/// Events of one run of the publisher, with the one that marks its end.
const RUN: u64 = 11;

struct Story {
    site: Site,
    runs: u64,
}

impl Story {
    /// The device makes some events and sees them acknowledged.
    fn run(&mut self) {
        let folder = self.site.file("logs");
        let run = usize::try_from(self.runs).unwrap();
        let mut publisher = publisher::start(&self.site, &folder, run, RUN - 1, true).unwrap();
        assert!(publisher.wait(60).unwrap().success(), "{}", publisher.stderr());
        self.runs += 1;
    }

    /// A reader with all of its keys, which believes the devices of the folder `trust`.
    fn reader(&self, name: &str) -> Process {
        let mut arguments = self.site.subscribe_arguments();
        for (option, path) in [("--recipient-key", "viewer"), ("--trust", "trust")] {
            let at = arguments.iter().position(|argument| argument == option).unwrap();
            arguments[at + 1] = self.site.path(path);
        }
        let luchs = luchs_tests::built().unwrap().join("luchs");
        let reader = Process::start(&self.site.file("logs"), name, luchs, |command| {
            command.args(arguments);
        });
        let mut reader = reader.unwrap();
        reader.wait_for_output("subscribed", 30).unwrap();
        reader
    }

    fn luchs(&self, arguments: &[&str]) {
        self.site.luchs(arguments).unwrap();
    }

    fn kid(&self, file: &str) -> String {
        let text = fs::read_to_string(self.site.file(file)).unwrap();
        let key: serde_json::Value = serde_json::from_str(&text).unwrap();
        key["kid"].as_str().unwrap().to_owned()
    }
}

/// Waits until the reader has read these numbers, all of them.
fn has_read(reader: &Process, from: u64, to: u64) {
    let read = until("all events", 30, || {
        let output = reader.stdout();
        let whole = output.rfind('\n').map_or("", |end| &output[..end]);
        let seq = |line| serde_json::from_str::<luchs_scene::Event>(line).unwrap().seq;
        let seqs: Vec<u64> = whole.lines().map(seq).collect();
        Ok((seqs.last() == Some(&to)).then_some(seqs))
    });
    let read = read.unwrap_or_else(|error| panic!("{error}\n{}", reader.stderr()));
    assert_eq!(read, (from..=to).collect::<Vec<_>>());
    assert!(!reader.stderr().contains("refused"), "{}", reader.stderr());
}

#[test]
fn device_and_reader_change_their_keys_and_a_device_is_distrusted() {
    let site = Site::new().unwrap();
    for folder in ["logs", "trust"] {
        fs::create_dir(site.file(folder)).unwrap();
    }
    let copy = |site: &Site, from: &str, to: &str| fs::copy(site.file(from), site.file(to)).unwrap();
    copy(&site, "device/device.pub.jwk", "trust/old.jwk");
    let (device, viewer) = (site.path("device"), site.path("viewer"));
    let mut story = Story { site, runs: 0 };

    let mut reader = story.reader("one-key");
    story.run();
    // The device's key, while the reader goes on.
    story.luchs(&["keys", "rotate", "--dir", &device]);
    copy(&story.site, "device/device.next.pub.jwk", "trust/new.jwk");
    reader
        .wait_for_output(&story.kid("device/device.next.jwk"), 10)
        .unwrap();
    story.run();
    story.luchs(&["keys", "rotate", "--finish", "--dir", &device]);
    story.run();
    fs::remove_file(story.site.file("trust/old.jwk")).unwrap();
    story.run();
    has_read(&reader, 1, 4 * RUN);
    drop(reader);

    // The reader's key. What comes between is for the old one.
    let old = story.kid("viewer/recipient.jwk");
    story.luchs(&["keys", "rotate", "--dir", &viewer]);
    story.run();
    let mut reader = story.reader("two-keys");
    let next = story.site.path("viewer/recipient.next.pub.jwk");
    story.luchs(&["keys", "add-recipient", "--dir", &device, &next]);
    story.run();
    story.luchs(&["keys", "rotate", "--finish", "--dir", &viewer]);
    story.luchs(&["keys", "remove-recipient", "--dir", &device, &old]);
    story.run();
    has_read(&reader, 4 * RUN + 1, 7 * RUN);

    // The device is not believed any more.
    fs::remove_file(story.site.file("trust/new.jwk")).unwrap();
    reader.wait_for_output("believed under: \n", 10).unwrap();
    story.run();
    reader.wait_for_output("not among the trusted devices", 30).unwrap();
    assert_eq!(reader.stdout().lines().count() as u64, 3 * RUN);
}
