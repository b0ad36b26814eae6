//! When a private key is let go of, nothing of it is left in memory.
//!
//! With one exception: josekit copies a recipient's number while it looks for the curve, and does not wipe that.
//!
//! A program of its own with one test, as other tests' keys would be in the way.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    fs::{self, File},
    io::{Read as _, Seek as _, SeekFrom},
    path::Path,
};

use luchs_seal::{DeviceKey, RecipientKey};

/// The private number of a key file as bytes and as text, all bits inverted: what is looked for must not be there itself.
fn needles(path: &Path) -> [Vec<u8>; 2] {
    // In another process, whose memory is its own.
    let print = r#"import json,sys,base64
d=json.load(open(sys.argv[1]))["d"]
raw=base64.urlsafe_b64decode(d+"=")
print(" ".join(str(255-b) for b in raw)); print(" ".join(str(255-b) for b in d.encode()))"#;
    let output = std::process::Command::new("python3")
        .args(["-c", print])
        .arg(path)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let numbers = |line: &str| line.split(' ').map(|number| number.parse().unwrap()).collect();
    let mut lines = text.lines();
    [numbers(lines.next().unwrap()), numbers(lines.next().unwrap())]
}

/// How often the inverted `needle` is in the writable memory of this process.
fn count(needle: &[u8]) -> usize {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let mut memory = File::open("/proc/self/mem").unwrap();
    let mut found = 0;
    for line in maps.lines().filter(|line| line.contains(" rw")) {
        let (from, to) = line.split(' ').next().unwrap().split_once('-').unwrap();
        let at = |text: &str| u64::from_str_radix(text, 16).unwrap();
        let (from, to) = (at(from), at(to));
        memory.seek(SeekFrom::Start(from)).unwrap();
        let mut bytes = vec![0; usize::try_from(to - from).unwrap()];
        if memory.read_exact(&mut bytes).is_err() {
            continue;
        }
        let is_here = |part: &[u8]| part.iter().zip(needle).all(|(byte, wanted)| *byte == !wanted);
        found += bytes.windows(needle.len()).filter(|part| is_here(part)).count();
        // Not for the next look: what was copied here is in memory as well.
        bytes.fill(0);
        std::hint::black_box(&bytes);
    }
    found
}

#[test]
fn nothing_of_a_private_key_is_left_when_it_is_let_go_of() {
    let dir = tempfile::tempdir().unwrap();
    let (device, recipient) = (dir.path().join("device.jwk"), dir.path().join("recipient.jwk"));
    DeviceKey::generate("box".parse().unwrap())
        .unwrap()
        .save(&device)
        .unwrap();
    RecipientKey::generate().unwrap().save(&recipient).unwrap();
    let [number, text] = needles(&device);
    let [_, recipient_text] = needles(&recipient);
    // OpenSSL holds numbers with the lowest byte first.
    let reversed = number.iter().rev().copied().collect();
    let wanted = [reversed, text, recipient_text, number];

    let keys = (
        DeviceKey::load(&device).unwrap(),
        RecipientKey::load(&recipient).unwrap(),
    );
    let held: Vec<_> = wanted.iter().map(|needle| count(needle)).collect();
    assert!(
        held[..3].iter().all(|count| *count > 0),
        "the search finds what is there: {held:?}"
    );
    drop(keys);
    let left: Vec<_> = wanted.iter().map(|needle| count(needle)).collect();
    assert_eq!(left, [0; 4], "the device's number and text, the recipient's text");
}
