//! Faults of lines, brokers and surroundings, each against a real broker (or one that gives every answer there is), and
//! each judged the same way: what went in came out, once and in order.
//!
//! Scenarios mostly wait; so they run side by side, whatever the number of cores. `cargo test --test outages -- WORD` runs
//! those with WORD in their name; `LUCHS_TEST_SEED` repeats a run.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitCode,
    sync::Mutex,
    thread,
    time::Instant,
};

use anyhow::{Result, anyhow};

mod answers;
mod broker;
mod line;
mod names;
mod rights;
mod statements;
mod storage;
mod world;

/// Scenarios that run at the same time.
const SIDE_BY_SIDE: usize = 8;

type Scenario = (&'static str, fn(&str) -> Result<()>);

/// Those that take long begin first.
const SCENARIOS: &[&[Scenario]] = &[
    rights::SLOW,
    line::SLOW,
    broker::SLOW,
    answers::SLOW,
    world::ALL,
    statements::ALL,
    storage::ALL,
    line::ALL,
    names::ALL,
    broker::ALL,
    rights::ALL,
    answers::ALL,
];

#[expect(clippy::print_stdout, reason = "the report of a test program")]
fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let chosen = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
    let all = SCENARIOS.iter().copied().flatten().copied();
    let queue: VecDeque<Scenario> = all.filter(|(name, _)| chosen(name)).collect();
    println!("\nrunning {} scenarios", queue.len());
    let (queue, failures) = (Mutex::new(queue), Mutex::new(Vec::new()));
    let begun = Instant::now();
    thread::scope(|scope| {
        for _ in 0..SIDE_BY_SIDE {
            scope.spawn(|| {
                while let Some((name, run)) = next(&queue) {
                    let begun = Instant::now();
                    let outcome = catch_unwind(AssertUnwindSafe(|| run(name)));
                    let outcome = outcome.unwrap_or_else(|_| Err(anyhow!("it panicked; see above")));
                    let word = if outcome.is_ok() { "ok" } else { "FAILED" };
                    println!("scenario {name} ... {word} ({:.1} s)", begun.elapsed().as_secs_f32());
                    if let (Err(error), Ok(mut failures)) = (outcome, failures.lock()) {
                        failures.push(format!("---- {name} ----\n{error:#}"));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap_or_default();
    for failure in &failures {
        println!("\n{failure}");
    }
    println!("\n{} failed; {:.1} s", failures.len(), begun.elapsed().as_secs_f32());
    ExitCode::from(u8::from(!failures.is_empty()))
}

fn next(queue: &Mutex<VecDeque<Scenario>>) -> Option<Scenario> {
    queue.lock().ok()?.pop_front()
}
