//! `make soak`: publishers that die ten thousand times, power cuts, and an outage of two hundred thousand events. Takes
//! half an hour or more. `luchs-soak [--kills N] [--steps N] [--cuts N] [--events N] [--live N] [--rate N]`; `LUCHS_TEST_SEED` repeats a run. Ends
//! with 1 if anything was lost, doubled or out of order.

use std::{
    io::Write as _,
    process::ExitCode,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::Instant,
};

use anyhow::{Context as _, Result};
use luchs_tests::{
    Seeded, Verdict,
    deaths::{Death, series},
    outage::Outage,
    seed,
};

/// Deaths at one site; then another begins, so that what is judged fits into memory.
const AT_ONE_SITE: u64 = 250;
/// Sites that suffer at the same time.
const SITES: usize = 4;

fn main() -> Result<ExitCode> {
    let (mut kills, mut steps, mut cuts, mut outage) = (
        8_000,
        2_000,
        2_000,
        Outage {
            events: 200_000,
            live: 120_000,
            rate: 200,
        },
    );
    let mut arguments = std::env::args().skip(1);
    while let Some(option) = arguments.next() {
        let value = arguments.next().with_context(|| format!("{option} wants a number"))?;
        let value: u64 = value
            .parse()
            .with_context(|| format!("{option} {value}: not a number"))?;
        match option.as_str() {
            "--kills" => kills = value,
            "--steps" => steps = value,
            "--cuts" => cuts = value,
            "--events" => outage.events = value,
            "--live" => outage.live = value,
            "--rate" => outage.rate = value,
            _ => anyhow::bail!("{option} is not known: --kills, --steps, --cuts, --events, --live, --rate"),
        }
    }
    say(&format!("repeat with LUCHS_TEST_SEED={}", seed::base()));
    let mut sound = true;
    let deaths = [
        ("kills", Death::Kill, kills),
        ("kills at steps", Death::Step, steps),
        ("power cuts", Death::PowerCut, cuts),
    ];
    for (name, death, count) in deaths {
        if count > 0 {
            let begun = Instant::now();
            let verdict = suffer(name, death, count)?;
            say(&format!(
                "{count} {name} in {:.0} s: {verdict}",
                begun.elapsed().as_secs_f32()
            ));
            sound &= verdict.is_sound();
        }
    }
    if outage.events > 0 {
        let mut told = Instant::now();
        let report = outage.run("soak outage", |text| {
            if told.elapsed().as_secs() >= 2 {
                told = Instant::now();
                progress(text);
            }
        })?;
        progress("");
        say(&report.to_string());
        sound &= report.verdict.is_sound();
    }
    Ok(ExitCode::from(u8::from(!sound)))
}

/// `count` deaths, at several sites at the same time.
fn suffer(name: &str, death: Death, count: u64) -> Result<Verdict> {
    let sites = count.div_ceil(AT_ONE_SITE);
    let (next, done) = (AtomicU64::new(0), AtomicU64::new(0));
    let sum = Mutex::new(Verdict::default());
    let work = || -> Result<()> {
        loop {
            let site = next.fetch_add(1, Relaxed);
            if site >= sites {
                return Ok(());
            }
            let scenario = format!("{name}-{site}");
            let mut random = Seeded::of(seed::base(), &scenario);
            let here = AT_ONE_SITE.min(count - site * AT_ONE_SITE);
            let verdict = series(death, here, &mut random, || {
                let done = done.fetch_add(1, Relaxed) + 1;
                if done.is_multiple_of(10) {
                    progress(&format!("{name}: {done} of {count}"));
                }
            });
            let verdict = verdict.with_context(|| scenario.clone())?;
            if !verdict.is_sound() {
                say(&format!("{scenario}: {verdict}"));
            }
            sum.lock().unwrap_or_else(PoisonError::into_inner).add(verdict);
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..SITES).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            let ended = worker.join();
            ended.map_err(|_| anyhow::anyhow!("a site ended with a panic; see above"))??;
        }
        Ok::<_, anyhow::Error>(())
    })?;
    progress("");
    Ok(sum.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// One line that is written over by the next.
fn progress(text: &str) {
    let mut error = std::io::stderr().lock();
    // Nothing depends on it.
    drop(write!(error, "\r\x1b[K{text}"));
    drop(error.flush());
}

#[expect(clippy::print_stdout, reason = "the report of the program")]
fn say(text: &str) {
    println!("{text}");
}
