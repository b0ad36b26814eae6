//! Every instruction set that this CPU has gives the bytes of the plain look-up.

use luchs_table::{Isa, Table};
use proptest::prelude::*;

/// What stands around the results: nothing may be written there.
const GUARD: u8 = 0xa5;
const MARGIN: usize = 64;

/// A table in which neighbours have nothing in common.
fn mixed() -> [u8; 256] {
    std::array::from_fn(|i| (i as u8).wrapping_mul(167).rotate_left(3) ^ 0x5a)
}

fn noise(count: usize) -> Vec<u8> {
    let bytes = (0..count as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 21) as u8);
    bytes.collect()
}

/// Both ways with every instruction set, the bytes lying `from` and `to` bytes after an address that all registers fit.
fn check(entries: &[u8; 256], bytes: &[u8], from: usize, to: usize) {
    let wanted: Vec<u8> = bytes.iter().map(|&byte| entries[usize::from(byte)]).collect();
    for isa in Isa::available() {
        let table = Table::with_isa(entries, isa);
        let (mut source, mut target) = (Aligned::new(bytes.len()), Aligned::new(bytes.len()));
        source.at(from, bytes.len()).copy_from_slice(bytes);
        table.map(source.at(from, bytes.len()), target.at(to, bytes.len()));
        assert_eq!(target.at(to, bytes.len()), wanted, "{isa:?} {}", bytes.len());
        assert!(target.untouched(to, bytes.len()), "{isa:?} {} {to}", bytes.len());

        table.map_in_place(source.at(from, bytes.len()));
        assert_eq!(
            source.at(from, bytes.len()),
            wanted,
            "in place, {isa:?} {}",
            bytes.len()
        );
        assert!(
            source.untouched(from, bytes.len()),
            "in place, {isa:?} {} {from}",
            bytes.len()
        );
    }
}

/// Memory full of guards, in which a place can be chosen by its alignment.
struct Aligned {
    memory: Vec<u8>,
    start: usize,
}

impl Aligned {
    fn new(count: usize) -> Self {
        let memory = vec![GUARD; count + 4 * MARGIN];
        let start = memory.as_ptr().align_offset(MARGIN) + MARGIN;
        Self { memory, start }
    }

    fn at(&mut self, offset: usize, count: usize) -> &mut [u8] {
        &mut self.memory[self.start + offset..][..count]
    }

    fn untouched(&self, offset: usize, count: usize) -> bool {
        let (before, rest) = self.memory.split_at(self.start + offset);
        before.iter().chain(&rest[count..]).all(|&byte| byte == GUARD)
    }
}

#[test]
fn every_byte_is_looked_up_in_every_place_of_a_register() {
    for shift in 0..=255 {
        let bytes: Vec<u8> = (0..=255).map(|byte: u8| byte.wrapping_add(shift)).collect();
        check(&mixed(), &bytes, 0, 0);
    }
}

#[test]
fn every_length_is_looked_up_whole_and_nothing_beside_it() {
    for count in 0..=400 {
        check(&mixed(), &noise(count), 0, 0);
    }
}

#[test]
fn every_alignment_of_both_sides() {
    let bytes = noise(200);
    for from in 0..MARGIN {
        for to in [0, 1, 16, 31, 32, 63] {
            check(&mixed(), &bytes, from, to);
        }
    }
}

proptest! {
    #[test]
    fn any_table_on_any_bytes(
        entries in prop::collection::vec(any::<u8>(), 256),
        bytes in prop::collection::vec(any::<u8>(), 0..3000),
        from in 0..MARGIN,
        to in 0..MARGIN,
    ) {
        check(&std::array::from_fn(|i| entries[i]), &bytes, from, to);
    }
}

#[test]
fn a_table_says_what_it_is() {
    let entries = mixed();
    let table = Table::with_isa(&entries, Isa::SCALAR);
    assert_eq!(table.entries(), &entries);
    assert_eq!(
        format!("{table:?}"),
        format!("Table({} … {}, Scalar)", entries[0], entries[255])
    );
}

#[test]
#[should_panic(expected = "a result for each byte")]
fn results_need_as_much_room_as_there_are_bytes() {
    Table::new(&mixed()).map(&[1, 2, 3], &mut [0; 2]);
}
