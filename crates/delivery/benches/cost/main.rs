//! What an event costs from draft to disk, beside the bare operations that nobody can avoid:
//! `cargo bench -p luchs-delivery --bench cost`. Both sides in turn, `ROUNDS` times (7), medians (least..most).

mod ours;
mod raw;

use std::{
    env,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Result;
use luchs_benches::figures::{Figure, cell};
use rustix::time::{ClockId, clock_gettime};

/// Events that are sealed and committed as fast as that goes.
const MANY: u64 = 4000;
/// Events that are committed one by one.
const FEW: u64 = 60;
/// Events in one transaction, as the outbox groups them.
const GROUP: usize = 256;

/// Microseconds per event.
type Times = Vec<f64>;

#[derive(Default)]
struct Pair {
    raw: Times,
    ours: Times,
}

impl Pair {
    fn print(&self, what: &str) {
        let ratios = self.ours.iter().zip(&self.raw).map(|(ours, raw)| ours / raw);
        let figure = |times: &Times| cell(Figure::of(times.iter().copied()));
        say(&format!(
            "{what:44} {:>22} {:>22} {:>18}",
            figure(&self.raw),
            figure(&self.ours),
            cell(Figure::of(ratios))
        ));
    }
}

fn main() -> Result<()> {
    let rounds = env::var("ROUNDS")
        .ok()
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(7);
    let folder = tempfile::Builder::new()
        .prefix("luchs-cost-")
        .tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let folder = folder.path();
    let (bare, keys) = (raw::Keys::generate()?, ours::Keys::create(folder)?);
    let event = ours::event(&keys.device)?;
    let claims = serde_json::to_vec(&event)?;
    let sealed = keys.sealer.seal(&event, "luchs/v1/box/gate/object/update")?;
    let (mut seal, mut flood, mut single) = (Pair::default(), Pair::default(), Pair::default());
    for round in 0..rounds {
        seal.raw
            .push(wall(MANY, || (0..MANY).try_for_each(|_| bare.seal(&claims).map(drop)))?);
        seal.ours.push(wall(MANY, || {
            (0..MANY).try_for_each(|_| Ok(keys.sealer.seal(&event, "luchs/v1/box/gate/object/update").map(drop)?))
        })?);

        let mut table = raw::Table::create(&fresh(folder, "raw-many", round))?;
        flood
            .raw
            .push(wall(MANY, || commit_groups(&mut table, &bare, &claims, sealed.len()))?);
        let delivery = ours::delivery(folder, &fresh(folder, "ours-many", round))?;
        flood.ours.push(wall(MANY, || ours::commit(&delivery, MANY))?);
        drop(delivery);

        let mut table = raw::Table::create(&fresh(folder, "raw-few", round))?;
        single.raw.push(cpu(FEW, || {
            (0..FEW).try_for_each(|seq| table.insert(seq, &[padded(bare.seal(&claims)?, sealed.len())]))
        })?);
        let delivery = ours::delivery(folder, &fresh(folder, "ours-few", round))?;
        single
            .ours
            .push(cpu(FEW, || (0..FEW).try_for_each(|_| ours::commit(&delivery, 1)))?);
    }
    say(&format!("µs an event of {} bytes sealed; one recipient", sealed.len()));
    say(&format!(
        "{:44} {:>22} {:>22} {:>18}",
        "", "bare operations", "Luchs", "ratio"
    ));
    seal.print("sealing");
    flood.print("sealing and committing, 256 at a time");
    single.print("sealing and committing one by one, CPU");
    let rate = Figure::of(flood.ours.iter().map(|micros| 1e6 / micros));
    say(&format!("highest durable rate: {} events/s", cell(rate)));
    Ok(())
}

fn commit_groups(table: &mut raw::Table, keys: &raw::Keys, claims: &[u8], size: usize) -> Result<()> {
    let mut rows = Vec::with_capacity(GROUP);
    let mut first = 0;
    while first < MANY {
        rows.clear();
        while rows.len() < GROUP && first + (rows.len() as u64) < MANY {
            rows.push(padded(keys.seal(claims)?, size));
        }
        table.insert(first, &rows)?;
        first += rows.len() as u64;
    }
    Ok(())
}

/// As long as the text that the envelope's format makes of it: SQLite has as much to write.
fn padded(mut sealed: Vec<u8>, size: usize) -> Vec<u8> {
    sealed.resize(size, b'x');
    sealed
}

fn fresh(folder: &Path, name: &str, round: usize) -> std::path::PathBuf {
    folder.join(format!("{name}-{round}.outbox"))
}

fn wall(events: u64, work: impl FnOnce() -> Result<()>) -> Result<f64> {
    let begun = Instant::now();
    work()?;
    Ok(each(begun.elapsed(), events))
}

fn cpu(events: u64, work: impl FnOnce() -> Result<()>) -> Result<f64> {
    let begun = used();
    work()?;
    Ok(each(used().saturating_sub(begun), events))
}

/// CPU time of this process so far.
fn used() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}

fn each(time: Duration, events: u64) -> f64 {
    time.as_secs_f64() * 1e6 / events as f64
}

#[expect(clippy::print_stdout, reason = "the result")]
fn say(line: &str) {
    println!("{line}");
}
