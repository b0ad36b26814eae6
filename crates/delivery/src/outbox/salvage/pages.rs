//! Rows from the file's pages, where SQLite does not find the way to them any more. Every page that looks like a leaf of
//! a table is searched for rows that look like events. Pages that are not in use any more may hold events that were
//! delivered and forgotten: they come up again, and readers drop what they have.

use std::{
    collections::{BTreeMap, HashMap},
    fs::File,
    os::unix::fs::FileExt,
    path::Path,
};

use super::record::{event, varint};
use crate::outbox::{StoredEvent, file::LARGEST_ROW, lock::beside};

/// SQLite's default; we never set another.
const PAGE: usize = 4096;
/// First byte of a page that is a leaf of a table.
const TABLE_LEAF: u8 = 0x0D;
/// Sizes of the log's own header, and of that of each page in it.
const LOG_HEADER: u64 = 32;
const FRAME_HEADER: usize = 24;

pub(super) fn read(path: &Path) -> BTreeMap<u64, StoredEvent> {
    let mut events = BTreeMap::new();
    let Ok(file) = File::open(path) else { return events };
    let source = Source { newer: log(path), file };
    let in_file = source.file.metadata().map_or(0, |meta| meta.len() / PAGE as u64) as u32;
    let last = source.newer.keys().copied().max().unwrap_or(0).max(in_file);
    for number in 1..=last {
        if let Some(page) = source.page(number) {
            source.leaf(number, &page, &mut events);
        }
    }
    events
}

/// The pages that are in the log up to the last commit: they are newer than those in the file.
fn log(path: &Path) -> HashMap<u32, Vec<u8>> {
    let (mut committed, mut open) = (HashMap::new(), HashMap::new());
    let Ok(file) = File::open(beside(path, "-wal")) else {
        return committed;
    };
    let mut header = [0; LOG_HEADER as usize];
    if file.read_exact_at(&mut header, 0).is_err() {
        return committed;
    }
    let mut frame = vec![0; FRAME_HEADER + PAGE];
    let mut at = LOG_HEADER;
    while file.read_exact_at(&mut frame, at).is_ok() {
        // What is left of an earlier round has other salts.
        if frame.get(8..16) != header.get(16..24) {
            break;
        }
        let (Some(number), Some(commit)) = (word(&frame, 0), word(&frame, 4)) else {
            break;
        };
        open.insert(number, frame.split_off(FRAME_HEADER));
        frame.resize(FRAME_HEADER + PAGE, 0);
        if commit != 0 {
            committed.extend(open.drain());
        }
        at += (FRAME_HEADER + PAGE) as u64;
    }
    committed
}

struct Source {
    file: File,
    newer: HashMap<u32, Vec<u8>>,
}

impl Source {
    /// Pages count from 1.
    fn page(&self, number: u32) -> Option<Vec<u8>> {
        if let Some(page) = self.newer.get(&number) {
            return Some(page.clone());
        }
        let mut page = vec![0; PAGE];
        let at = u64::from(number.checked_sub(1)?) * PAGE as u64;
        self.file.read_exact_at(&mut page, at).ok()?;
        Some(page)
    }

    fn leaf(&self, number: u32, page: &[u8], events: &mut BTreeMap<u64, StoredEvent>) {
        // The first page begins with the file's own header.
        let start = if number == 1 { 100 } else { 0 };
        if page.get(start) != Some(&TABLE_LEAF) {
            return;
        }
        let cells = short(page, start + 3).unwrap_or(0);
        for cell in 0..cells {
            let found = short(page, start + 8 + 2 * cell).and_then(|at| self.cell(page.get(at..)?));
            let Some(found) = found else { continue };
            // Of two versions, the one that knows more of what became of it.
            let older = events.get(&found.seq);
            if older.is_none_or(|older| older.state == crate::outbox::EventState::Pending) {
                events.insert(found.seq, found);
            }
        }
    }

    /// A row, with what of it lies on other pages.
    fn cell(&self, cell: &[u8]) -> Option<StoredEvent> {
        let (size, first) = varint(cell)?;
        let (seq, second) = varint(cell.get(first..)?)?;
        let size = usize::try_from(size)
            .ok()
            .filter(|size| *size <= LARGEST_ROW as usize)?;
        let content = cell.get(first + second..)?;
        let here = local(size);
        let mut record = content.get(..here)?.to_vec();
        if here < size {
            let mut next = word(content, here)?;
            while record.len() < size {
                let page = self.page(next)?;
                next = word(&page, 0)?;
                let more = (size - record.len()).min(PAGE - 4);
                record.extend_from_slice(page.get(4..4 + more)?);
            }
        }
        event(seq, &record)
    }
}

/// How many bytes of a record of `size` lie on the leaf itself.
fn local(size: usize) -> usize {
    let (most, least) = (PAGE - 35, (PAGE - 12) * 32 / 255 - 23);
    if size <= most {
        return size;
    }
    let wanted = least + (size - least) % (PAGE - 4);
    if wanted <= most { wanted } else { least }
}

fn short(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..at + 2)?.first_chunk::<2>()?;
    Some(usize::from(u16::from_be_bytes(*bytes)))
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + 4)?.first_chunk::<4>()?;
    Some(u32::from_be_bytes(*bytes))
}
