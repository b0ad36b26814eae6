//! Whatever someone at the broker does to an event, no reader takes it for one: the same list of attacks, through a real
//! broker, against `luchs subscribe` and the examples in four languages.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod forgeries;
mod scene;

use forgeries::forgeries;
use luchs_tests::{Process, Reader, until};
use scene::{Scene, TOPIC};

/// Numbers of the events that a reader has printed.
fn seqs(reader: &Process) -> Vec<u64> {
    let seq = |line: &str| {
        serde_json::from_str::<serde_json::Value>(line).unwrap()["seq"]
            .as_u64()
            .unwrap()
    };
    // A line may be half written.
    let output = reader.stdout();
    let whole = output.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole.lines().map(seq).collect()
}

fn wait_for(readers: &[(Reader, Process)], wanted: &[u64]) {
    for (reader, process) in readers {
        until("the events between the attacks", 60, || {
            Ok((seqs(process).len() >= wanted.len()).then_some(()))
        })
        .unwrap_or_else(|error| panic!("{reader:?}: {error}\n{}", process.stderr()));
        assert_eq!(seqs(process), wanted, "{reader:?}:\n{}", process.stderr());
    }
}

fn start(scene: &Scene) -> Vec<(Reader, Process)> {
    let start = |reader| (reader, Reader::start(reader, &scene.site, scene.folder.path()).unwrap());
    Reader::ALL.into_iter().map(start).collect()
}

/// What `luchs subscribe` counted, once it has been asked to end; something refused is a finding.
fn summary(luchs: &mut Process) -> serde_json::Value {
    luchs.signal("TERM").unwrap();
    assert_eq!(luchs.wait(20).unwrap().code(), Some(1));
    let errors = luchs.stderr();
    let line = errors.lines().find(|line| line.contains("\"summary\"")).unwrap();
    serde_json::from_str(line).unwrap()
}

#[test]
fn every_forgery_is_refused_by_every_reader_and_the_stream_goes_on() {
    let scene = Scene::new();
    let mut readers = start(&scene);
    let attacks = forgeries(&scene);
    scene.publish(TOPIC, &scene.sealed(1));
    for attack in &attacks {
        scene.publish(&attack.topic, &attack.payload);
    }
    scene.publish(TOPIC, &scene.sealed(2));
    wait_for(&readers, &[1, 2]);
    for (reader, process) in &readers[1..] {
        let errors = process.stderr();
        let refused: Vec<&str> = errors.lines().filter(|line| line.starts_with("refused (")).collect();
        let table: Vec<_> = attacks.iter().map(|attack| attack.name).zip(&refused).collect();
        assert_eq!(refused.len(), attacks.len(), "{reader:?}: {table:#?}");
        assert!(
            errors.is_ascii() && !errors.contains('\x1b'),
            "{reader:?} prints text of others"
        );
    }
    let summary = summary(&mut readers[0].1);
    // It told the broker how much it takes at most, so the largest was never sent to it.
    assert_eq!(
        summary["refused"],
        attacks.len() - 1,
        "{summary} {}",
        readers[0].1.stderr()
    );
    assert_eq!((&summary["decrypted"], &summary["duplicates"]), (&2.into(), &0.into()));
}

#[test]
fn no_changed_byte_of_an_envelope_makes_another_event() {
    let scene = Scene::new();
    let mut readers = start(&scene);
    let original = scene.sealed(1);
    scene.publish(TOPIC, &original);
    let changed: Vec<Vec<u8>> = (0..original.len()).filter_map(|at| flipped(&original, at)).collect();
    assert!(changed.len() > 1000);
    scene.publish_lines(TOPIC, &changed);
    scene.publish(TOPIC, &scene.sealed(2));
    // What nobody reads may be changed; then it is the event that was seen already, and dropped.
    wait_for(&readers, &[1, 2]);
    let summary = summary(&mut readers[0].1);
    let (refused, twice) = (
        summary["refused"].as_u64().unwrap(),
        summary["duplicates"].as_u64().unwrap(),
    );
    assert_eq!(refused + twice, changed.len() as u64, "{summary}");
    assert!(twice < 20, "{summary}");
}

/// One bit of byte `at`, another one at each place. Line breaks and zeros cannot be sent as a line.
fn flipped(original: &[u8], at: usize) -> Option<Vec<u8>> {
    let mut bytes = original.to_vec();
    let flip = |bit: usize| original[at] ^ (1 << ((at + bit) % 8));
    bytes[at] = (0..8).map(flip).find(|byte| !matches!(byte, b'\n' | b'\r' | 0))?;
    Some(bytes)
}

#[test]
fn an_event_that_is_sent_again_is_told_once() {
    let scene = Scene::new();
    let mut readers = start(&scene);
    for seq in [1, 2, 1, 1, 2, 3, 2] {
        scene.publish(TOPIC, &scene.sealed(seq));
    }
    wait_for(&readers, &[1, 2, 3]);
    scene.publish(TOPIC, &scene.sealed(4));
    wait_for(&readers, &[1, 2, 3, 4]);
    let luchs = &mut readers[0].1;
    luchs.signal("TERM").unwrap();
    assert!(
        luchs.wait(20).unwrap().success(),
        "a replay is no finding: the broker may send twice"
    );
    assert!(luchs.stderr().contains("\"duplicates\":4"), "{}", luchs.stderr());
}
