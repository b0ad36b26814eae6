use std::{fs, os::unix::fs::PermissionsExt as _};

use luchs_delivery::{Filter, OutboxError, OutboxView, Salvage};

/// An outbox with six sealed events in it, whose keys nobody has any more.
const WHOLE: &[u8] = include_bytes!("outbox.db");

/// An outbox on a disk that is failing: the input is the file, or (after a first byte that is not 0) changes to a whole
/// one, each of two bytes for the place and one for the new value.
pub fn outbox(input: &[u8]) {
    let Some((&kind, content)) = input.split_first() else {
        return;
    };
    let bytes = if kind == 0 { content.to_vec() } else { changed(content) };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox.db");
    fs::write(&path, &bytes).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();

    let salvage = Salvage::read(&path, true);
    if content.is_empty() && kind != 0 {
        assert_eq!((salvage.events.len(), salvage.is_whole()), (6, true));
    }
    let size: usize = salvage.events.iter().map(|event| event.payload.len()).sum();
    assert!(
        size <= bytes.len() * 8,
        "{size} bytes of events in a file of {}",
        bytes.len()
    );
    assert!(
        salvage.events.is_sorted_by(|a, b| a.seq < b.seq),
        "each number once, in order"
    );
    assert_eq!(fs::read(&path).unwrap(), bytes, "reading changes nothing");

    if let Ok(view) = OutboxView::open(&path) {
        drop(view.status());
        drop(view.events(&Filter::default(), |event| Ok::<_, OutboxError>(event.seq > 0)));
    }
}

fn changed(changes: &[u8]) -> Vec<u8> {
    let mut bytes = WHOLE.to_vec();
    let length = bytes.len();
    for change in changes.chunks_exact(3) {
        // Rather near the beginning of a page, where what matters is.
        let place = usize::from(change[0]) * 4096 / 8 + usize::from(change[1]);
        bytes[place % length] = change[2];
    }
    bytes
}
