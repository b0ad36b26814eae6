//! Looking bytes up: the tensors of a small detector, from one place to another and in place.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use luchs_table::{Isa, Table};

/// Bytes of a layer of YOLOX-Nano: one in the middle, and the largest.
const SIZES: [usize; 2] = [52 * 52 * 64, 208 * 208 * 16];

fn table(criterion: &mut Criterion) {
    let entries: [u8; 256] = std::array::from_fn(|i| (i as u8).wrapping_mul(167));
    for size in SIZES {
        let mut group = criterion.benchmark_group(format!("table, {} KiB", size >> 10));
        group.throughput(Throughput::Bytes(size as u64));
        let from: Vec<u8> = (0..size as u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 21) as u8)
            .collect();
        let mut to = vec![0; size];
        for isa in Isa::available() {
            let table = Table::with_isa(&entries, isa);
            group.bench_function(format!("{isa:?}"), |bencher| {
                bencher.iter(|| table.map(black_box(&from), black_box(&mut to)));
            });
            group.bench_function(format!("{isa:?}, in place"), |bencher| {
                bencher.iter(|| table.map_in_place(black_box(&mut to)));
            });
        }
        group.finish();
    }
}

criterion_group!(tables, table);
criterion_main!(tables);
