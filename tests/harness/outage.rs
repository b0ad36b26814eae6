//! A long outage in figures: what it costs a publisher in memory and time, and how it comes out of it.

use std::{
    collections::BTreeMap,
    fmt, fs,
    io::{BufRead as _, BufReader},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use luchs_scene::{Event, Utc};

use crate::{
    Process, Stage, Verdict, deaths,
    publisher::{self, End},
};

/// What is to be gone through.
#[derive(Clone, Copy, Debug)]
pub struct Outage {
    /// Events while nobody takes them.
    pub events: u64,
    /// Events after that, at the same rate.
    pub live: u64,
    /// Frames a second of each of three cameras, with one event each.
    pub rate: u64,
}

/// What was seen.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The outage.
    pub outage: Duration,
    /// From its end until the first event came: the wait for the next try is longest after a long outage.
    pub absence: Duration,
    /// From then until nothing was left behind.
    pub drain: Duration,
    /// Events that waited when it ended.
    pub backlog: u64,
    /// Resident memory of the publisher in KiB, by events submitted, during the outage.
    pub memory: Vec<(u64, u64)>,
    /// Events a second that were asked for.
    pub asked: f64,
    /// Events a second that the publisher took during the outage, and over all.
    pub outage_rate: f64,
    /// Over all.
    pub rate: f64,
    /// Longest time that a camera was held up, in milliseconds, over all.
    pub slowest_ms: f64,
    /// How often a camera was held up for more than 100 ms.
    pub held_up: u64,
    /// Average time from an event to its commit in milliseconds, over all.
    pub commit_ms: f64,
    /// Age of events when the reader got them: median and highest, by seconds since the outage's end.
    pub ages: BTreeMap<u64, (Duration, Duration)>,
    /// Whether all came, once and in order.
    pub verdict: Verdict,
}

/// What a publisher says of itself once a second.
#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    events: u64,
    slowest_ms: f64,
    held_up: u64,
    commit_ms: f64,
}

impl Outage {
    /// Goes through it; `progress` is told of what happens.
    pub fn run(self, name: &str, mut progress: impl FnMut(&str)) -> Result<Report> {
        let mut stage = Stage::new(name)?;
        stage.line.off()?;
        let mut orders = stage.orders(self.events + self.live, self.rate);
        // Twice what this many events take.
        orders.retention = Some((self.events + self.live) * 5_000);
        orders.step = 100;
        orders.end = End::Drain(3600);
        let cameras = orders.cameras;
        let begun = Instant::now();
        let mut publisher = stage.publish(&orders)?;
        let mut report = Report {
            asked: (self.rate * cameras) as f64,
            ..Report::default()
        };
        loop {
            thread::sleep(Duration::from_millis(500));
            let now = publisher_progress(&publisher);
            ensure!(
                publisher.ended()?.is_none(),
                "the publisher ended:\n{}",
                publisher.stderr()
            );
            if now.events > 0 {
                report.memory.push((now.events, resident(&publisher)?));
            }
            progress(&format!("outage: {} events", now.events));
            if publisher::committed(&publisher) >= self.events {
                break;
            }
        }
        report.outage = begun.elapsed();
        report.backlog = publisher::committed(&publisher);
        report.outage_rate = report.backlog as f64 / report.outage.as_secs_f64();
        stage.line.on()?;
        let ended = Instant::now();
        let reader = stage.reader.as_ref().context("no reader")?;
        let mut ages: BTreeMap<u64, Vec<i64>> = BTreeMap::new();
        let mut output = BufReader::new(fs::File::open(stage.folder().join("luchs.out"))?);
        let mut line = String::new();
        let mut seen = 0;
        loop {
            if output.read_line(&mut line)? == 0 || !line.ends_with('\n') {
                if publisher.ended()?.is_some() && seen > self.events + self.live {
                    break;
                }
                ensure!(
                    ended.elapsed() < Duration::from_hours(1),
                    "it does not end:\n{}",
                    reader.stderr()
                );
                thread::sleep(Duration::from_millis(2));
                continue;
            }
            let event: Event = serde_json::from_str(&line)?;
            line.clear();
            seen += 1;
            if seen == 1 {
                report.absence = ended.elapsed();
            }
            let now = Utc::from(std::time::SystemTime::now());
            let age = now.unix_millis() - event.time.unix_millis();
            let second = ended.elapsed().as_secs();
            ages.entry(second).or_default().push(age);
            if seen <= report.backlog {
                report.drain = ended.elapsed().saturating_sub(report.absence);
            }
            if seen % 1_000 == 0 {
                progress(&format!("drain: {seen} events, the last is {age} ms old"));
            }
        }
        let last = publisher_progress(&publisher);
        (report.slowest_ms, report.held_up, report.commit_ms) = (last.slowest_ms, last.held_up, last.commit_ms);
        report.ages = ages.into_iter().map(|(second, ages)| (second, spread(ages))).collect();
        stage.settle(&orders, &mut publisher)?;
        report.rate = last.events as f64 / begun.elapsed().as_secs_f64();
        deaths::await_last(stage.reader.as_ref().context("no reader")?)?;
        report.verdict = stage.judge()?;
        Ok(report)
    }
}

impl Report {
    /// KiB for each thousand events, by least squares, from the second half of the outage: before, caches fill.
    pub fn slope(&self) -> f64 {
        let half = &self.memory[self.memory.len() / 2..];
        let count = half.len().max(1) as f64;
        let mean = |value: &dyn Fn(&(u64, u64)) -> u64| half.iter().map(|at| value(at) as f64).sum::<f64>() / count;
        let (x, y) = (mean(&|at| at.0), mean(&|at| at.1));
        let (mut product, mut square) = (0.0, 0.0);
        for (events, memory) in half {
            product += (*events as f64 - x) * (*memory as f64 - y);
            square += (*events as f64 - x).powi(2);
        }
        if square > 0.0 { product / square * 1e3 } else { 0.0 }
    }

    /// The memory at the beginning, the most, and the last, in KiB.
    fn memory_range(&self) -> (u64, u64, u64) {
        let values = || self.memory.iter().map(|(_, memory)| *memory);
        let (first, last) = (values().next(), values().next_back());
        (first.unwrap_or(0), values().max().unwrap_or(0), last.unwrap_or(0))
    }

    /// When events are less than a second old again, after the end of the outage.
    pub fn caught_up(&self) -> Option<u64> {
        let late = self
            .ages
            .iter()
            .rev()
            .find(|(_, (median, _))| *median > Duration::from_secs(1));
        let after = late.map_or(0, |(second, _)| second + 1);
        self.ages.contains_key(&after).then_some(after)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, most, last) = self.memory_range();
        let drained = self.backlog as f64 / self.drain.as_secs_f64().max(0.001);
        writeln!(
            f,
            "outage          {} events in {:.1} s",
            self.backlog,
            self.outage.as_secs_f64()
        )?;
        writeln!(
            f,
            "memory          {first} KiB at first, {last} KiB at the end, {most} KiB at most; {:.2} KiB for each \
             thousand events in the second half",
            self.slope()
        )?;
        writeln!(
            f,
            "rate            {:.1} events/s asked for, {:.1} during the outage, {:.1} over all",
            self.asked, self.outage_rate, self.rate
        )?;
        writeln!(
            f,
            "cameras         longest wait {:.1} ms, {} waits over 100 ms, commit after {:.1} ms on average",
            self.slowest_ms, self.held_up, self.commit_ms
        )?;
        writeln!(
            f,
            "drain           begun {:.1} s after the line was back; {:.1} s, {drained:.0} events/s, beside live ones",
            self.absence.as_secs_f64(),
            self.drain.as_secs_f64()
        )?;
        match self.caught_up() {
            Some(second) => writeln!(f, "live            less than a second old from second {second} on")?,
            None => writeln!(f, "live            not caught up when the publisher ended")?,
        }
        let step = (self.ages.len() / 10).max(1);
        for (second, (median, most)) in self.ages.iter().step_by(step) {
            writeln!(
                f,
                "  second {second:>5}  events received are {:.3} s old (median), {:.3} s at most",
                median.as_secs_f64(),
                most.as_secs_f64()
            )?;
        }
        write!(f, "verdict         {}", self.verdict)
    }
}

fn spread(mut ages: Vec<i64>) -> (Duration, Duration) {
    ages.sort_unstable();
    let at = |index: usize| Duration::from_millis(ages.get(index).map_or(0, |age| age.max(&0).unsigned_abs()));
    (at(ages.len() / 2), at(ages.len().saturating_sub(1)))
}

/// Resident memory in KiB.
fn resident(process: &Process) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", process.pid()))?;
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS"))
        .context("no VmRSS")?;
    Ok(line.split_whitespace().nth(1).context("no number")?.parse()?)
}

/// The last line like “at 500: 90.0 events/s, slowest submit 1.2 ms, 0 held up, commit 2.3 ms on average, …”.
fn publisher_progress(publisher: &Process) -> Progress {
    let output = publisher.stdout();
    let parse = |line: &str| {
        let (events, rest) = line.strip_prefix("at ")?.split_once(": ")?;
        let mut parts = rest.split(", ").skip(1);
        let number = |part: &str| part.split(' ').find_map(|word| word.parse::<f64>().ok());
        Some(Progress {
            events: events.parse().ok()?,
            slowest_ms: number(parts.next()?)?,
            held_up: number(parts.next()?)? as u64,
            commit_ms: number(parts.next()?)?,
        })
    };
    output.lines().rev().find_map(parse).unwrap_or_default()
}
