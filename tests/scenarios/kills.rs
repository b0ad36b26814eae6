//! Kill points: publishers die at any moment and at each change of the disk, and no event is lost, doubled or out of order.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{thread, time::Instant};

use luchs_tests::{
    Seeded, Verdict,
    deaths::{Death, series},
};

/// Sites that suffer at the same time.
const SITES: u64 = 4;

#[expect(clippy::print_stdout, reason = "the figures of the run")]
fn suffer(name: &str, death: Death, deaths: u64) -> Verdict {
    let begun = Instant::now();
    let share = |site| {
        let mut random = Seeded::new(&format!("{name}-{site}"));
        thread::spawn(move || series(death, deaths / SITES, &mut random, || ()))
    };
    let sites: Vec<_> = (0..SITES).map(share).collect();
    let mut sum = Verdict::default();
    for site in sites {
        sum.add(site.join().unwrap().unwrap());
    }
    println!("{name}: {deaths} deaths in {:?}: {sum}", begun.elapsed());
    sum
}

#[test]
fn two_hundred_kills_at_any_moment_cost_nothing() {
    suffer("kills", Death::Kill, 200).sound().unwrap();
}

#[test]
fn a_hundred_kills_between_any_two_steps_of_commits_cost_nothing() {
    suffer("kills at steps", Death::Step, 100).sound().unwrap();
}

#[test]
fn a_hundred_power_cuts_cost_nothing_that_was_committed() {
    suffer("power cuts", Death::PowerCut, 100).sound().unwrap();
}
