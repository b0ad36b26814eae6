//! What is on a disk, and what has only been written to it. Pure: one flat folder of files.
//!
//! As hard on programs as POSIX allows (Pillai et al., “All File Systems Are Not Created Equal”, OSDI 2014): writes that
//! were not synced are kept or lost each for itself, torn at sectors, in any order; names last only when the folder was
//! synced.

use std::collections::BTreeMap;

use crate::seed::Seeded;

/// Writes are kept or lost in parts of this size.
const SECTOR: usize = 512;

/// A disk with one folder.
#[derive(Debug, Default)]
pub struct Platter {
    files: BTreeMap<u64, File>,
    /// What the folder looks like, and what of it is on disk.
    names: BTreeMap<String, u64>,
    durable_names: BTreeMap<String, u64>,
    last: u64,
}

#[derive(Debug, Default)]
struct File {
    mode: u16,
    now: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<Pending>,
}

#[derive(Debug)]
enum Pending {
    Write { at: usize, bytes: Vec<u8> },
    Length(usize),
}

impl Platter {
    /// The file of this name.
    pub fn find(&self, name: &str) -> Option<u64> {
        self.names.get(name).copied()
    }

    /// All names, with their files.
    pub fn list(&self) -> Vec<(String, u64)> {
        self.names.iter().map(|(name, id)| (name.clone(), *id)).collect()
    }

    /// Length and permissions of a file.
    pub fn look(&self, id: u64) -> Option<(usize, u16)> {
        self.files.get(&id).map(|file| (file.now.len(), file.mode))
    }

    /// Makes an empty file.
    pub fn create(&mut self, name: &str, mode: u16) -> u64 {
        // 1 is the folder.
        self.last = self.last.max(1) + 1;
        let file = File {
            mode,
            ..File::default()
        };
        self.files.insert(self.last, file);
        self.names.insert(name.to_owned(), self.last);
        self.last
    }

    /// Changes permissions; they last at once.
    pub fn set_mode(&mut self, id: u64, mode: u16) {
        if let Some(file) = self.files.get_mut(&id) {
            file.mode = mode;
        }
    }

    /// Removes a name; false if there is none.
    pub fn remove(&mut self, name: &str) -> bool {
        self.names.remove(name).is_some()
    }

    /// Gives a file another name; false if there is no such file.
    pub fn rename(&mut self, from: &str, to: &str) -> bool {
        let Some(id) = self.names.remove(from) else {
            return false;
        };
        self.names.insert(to.to_owned(), id);
        true
    }

    /// Bytes of a file, as programs see it.
    pub fn read(&self, id: u64, at: usize, count: usize) -> &[u8] {
        let Some(file) = self.files.get(&id) else { return &[] };
        let from = at.min(file.now.len());
        &file.now[from..file.now.len().min(from + count)]
    }

    /// Writes; not on disk yet.
    pub fn write(&mut self, id: u64, at: usize, bytes: &[u8]) {
        if let Some(file) = self.files.get_mut(&id) {
            put(&mut file.now, at, bytes);
            let bytes = bytes.to_vec();
            file.pending.push(Pending::Write { at, bytes });
        }
    }

    /// Cuts or grows a file; not on disk yet.
    pub fn set_length(&mut self, id: u64, length: usize) {
        if let Some(file) = self.files.get_mut(&id) {
            file.now.resize(length, 0);
            file.pending.push(Pending::Length(length));
        }
    }

    /// What is in the file is on disk from now on. Its name is not.
    pub fn sync(&mut self, id: u64) {
        if let Some(file) = self.files.get_mut(&id) {
            file.pending.clear();
            file.durable.clone_from(&file.now);
        }
    }

    /// The names are on disk from now on.
    pub fn sync_names(&mut self) {
        self.durable_names.clone_from(&self.names);
        let named: Vec<u64> = self.names.values().copied().collect();
        self.files.retain(|id, _| named.contains(id));
    }

    /// The power fails. Of what was not synced, as much is kept as `random` says.
    pub fn power_cut(&mut self, random: &mut Seeded) {
        // Nothing at all and everything are the likeliest outcomes of a real one.
        let kept = match random.between(0, 4) {
            0 | 1 => 0,
            2 => 100,
            _ => random.between(1, 100),
        };
        for file in self.files.values_mut() {
            for pending in std::mem::take(&mut file.pending) {
                match pending {
                    Pending::Length(length) if random.chance(kept) => file.durable.resize(length, 0),
                    Pending::Length(_) => {}
                    Pending::Write { at, bytes } => {
                        let mut done = 0;
                        while done < bytes.len() {
                            let part = (SECTOR - (at + done) % SECTOR).min(bytes.len() - done);
                            if random.chance(kept) {
                                put(&mut file.durable, at + done, &bytes[done..done + part]);
                            }
                            done += part;
                        }
                    }
                }
            }
            file.now.clone_from(&file.durable);
        }
        if random.chance(kept) {
            self.durable_names.clone_from(&self.names);
        }
        self.names.clone_from(&self.durable_names);
    }
}

fn put(content: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    content[at..end].copy_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_synced_is_there_after_every_power_cut() {
        let mut random = Seeded::of(7, "platter");
        for _ in 0..200 {
            let mut platter = Platter::default();
            let id = platter.create("a", 0o600);
            platter.write(id, 0, &[1; 2000]);
            platter.sync(id);
            platter.sync_names();
            platter.write(id, 2000, &[2; 500]);
            assert_eq!(platter.read(id, 0, 9999).len(), 2500, "programs see it at once");
            platter.power_cut(&mut random);
            assert_eq!(platter.find("a"), Some(id));
            assert_eq!(platter.read(id, 0, 2000), [1; 2000]);
        }
    }

    #[test]
    fn what_was_not_synced_is_lost_kept_or_torn() {
        let mut random = Seeded::of(7, "platter");
        let (mut lost, mut kept, mut torn, mut nameless) = (0, 0, 0, 0);
        for _ in 0..400 {
            let mut platter = Platter::default();
            let id = platter.create("a", 0o600);
            platter.sync_names();
            platter.create("b", 0o600);
            platter.write(id, 0, &[1; 2048]);
            platter.power_cut(&mut random);
            nameless += u32::from(platter.find("b").is_none());
            match platter
                .read(id, 0, 9999)
                .iter()
                .map(|byte| u32::from(*byte))
                .sum::<u32>()
            {
                0 => lost += 1,
                2048 => kept += 1,
                _ => torn += 1,
            }
        }
        assert!(
            lost > 100 && kept > 50 && torn > 30 && nameless > 100,
            "{lost} {kept} {torn} {nameless}"
        );
    }
}
