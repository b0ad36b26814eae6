//! What was found once stays found: every committed input goes through its target.

use std::{fs, path::Path, time::Instant};

use luchs_fuzz::TARGETS;

#[test]
fn every_input_of_every_corpus_is_dealt_with() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (name, target) in TARGETS {
        let mut inputs: Vec<_> = fs::read_dir(corpora.join(name))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        inputs.sort();
        assert!(!inputs.is_empty(), "{name} has no corpus");
        for input in inputs {
            let started = Instant::now();
            target(&fs::read(&input).unwrap());
            assert!(
                started.elapsed().as_secs() < 5,
                "{} took {:?}",
                input.display(),
                started.elapsed()
            );
        }
    }
}
