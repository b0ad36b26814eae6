//! What goes in must come out: events survive the broker's death and the publisher's.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use luchs_tests::{Process, Site, publisher, until};

const KILLS: usize = 5;
const EVENTS: u64 = 5_000;

/// A small generator with a seed that is printed: a failing run can be repeated.
struct Seeded(u64);

impl Seeded {
    fn new() -> Self {
        let seed = std::env::var("LUCHS_TEST_SEED").ok().and_then(|text| text.parse().ok());
        let seed = seed.unwrap_or_else(|| u64::from(std::process::id()) ^ 0x9e37_79b9_7f4a_7c15);
        say(&format!("repeat with LUCHS_TEST_SEED={seed}"));
        Self(seed)
    }

    /// A number from `low` to below `high` (xorshift64*, Marsaglia 2003).
    fn between(&mut self, low: u64, high: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        low + self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % (high - low)
    }
}

#[expect(clippy::print_stdout, reason = "shown with the failure, to repeat it")]
fn say(text: &str) {
    println!("{text}");
}

/// Sequence numbers of the events that the reader printed, with the object id of each.
fn received(reader: &Process) -> Vec<(u64, u64)> {
    let output = reader.stdout();
    // The last line may be half written.
    let whole = output.rfind('\n').map_or("", |end| &output[..end]);
    let event = |line| serde_json::from_str::<luchs_scene::Event>(line).unwrap();
    whole
        .lines()
        .map(event)
        .map(|event| (event.seq, event.object.map_or(0, |object| object.id)))
        .collect()
}

#[test]
fn five_thousand_events_survive_five_deaths_of_the_broker_and_five_of_the_publisher() {
    let mut random = Seeded::new();
    let mut site = Site::new().unwrap();
    let folder = site.file("logs");
    std::fs::create_dir(&folder).unwrap();
    let luchs = luchs_tests::built().unwrap().join("luchs");
    let mut reader = Process::start(&folder, "subscribe", luchs, |command| {
        command.args(site.subscribe_arguments());
    })
    .unwrap();
    reader.wait_for_output("subscribed", 20).unwrap();

    let begun = Instant::now();
    let per_run = EVENTS / (KILLS as u64 + 1) + 100;
    let mut committed = 0;
    for run in 0..KILLS {
        let mut running = publisher::start(&site, &folder, run, per_run, false).unwrap();
        let (kill_broker, kill_publisher) = (
            random.between(50, per_run / 2),
            random.between(per_run / 2, per_run - 100),
        );
        let reach = |process: &Process, number| {
            until("the publisher to go on", 60, || {
                Ok((publisher::committed(process) >= number).then_some(()))
            })
            .unwrap();
        };
        reach(&running, kill_broker);
        // While the reader is stopped, the broker acknowledges events that it then takes to its grave.
        reader.signal("STOP").unwrap();
        std::thread::sleep(Duration::from_millis(random.between(50, 300)));
        site.broker.kill().unwrap();
        std::thread::sleep(Duration::from_millis(random.between(0, 300)));
        site.broker.restart().unwrap();
        reader.signal("CONT").unwrap();
        reach(&running, kill_publisher);
        running.kill().unwrap();
        committed += publisher::committed(&running);
    }
    let rest = EVENTS.saturating_sub(committed).max(100);
    let mut last = publisher::start(&site, &folder, KILLS, rest, true).unwrap();
    let status = last.wait(120).unwrap();
    assert!(status.success(), "the last publisher: {status}\n{}", last.stderr());

    let marked = until("the last event to arrive", 60, || {
        let last = received(&reader)
            .into_iter()
            .find(|(_, object)| *object == publisher::LAST_ID);
        Ok(last.map(|(seq, _)| seq))
    })
    .unwrap_or_else(|error| panic!("{error}\n{}", reader.stderr()));
    let all = until("every event to arrive", 60, || {
        let all = received(&reader);
        Ok((all.len() as u64 >= marked).then_some(all))
    })
    .unwrap_or_else(|error| {
        let there: std::collections::BTreeSet<u64> = received(&reader).into_iter().map(|(seq, _)| seq).collect();
        let missing: Vec<u64> = (1..=marked).filter(|seq| !there.contains(seq)).collect();
        panic!("{error}: of {marked}, these are lost: {missing:?}\n{}", reader.stderr());
    });

    let mut times = BTreeMap::new();
    for (seq, _) in &all {
        *times.entry(*seq).or_insert(0) += 1;
    }
    assert!(marked >= EVENTS, "only {marked} events were committed");
    assert!(times.keys().copied().eq(1..=marked), "numbers are missing");
    assert!(times.values().all(|count| *count == 1), "the reader gave events twice");
    println!(
        "{marked} events, {KILLS} broker and {KILLS} publisher deaths, {:?}",
        begun.elapsed()
    );

    reader.signal("TERM").unwrap();
    reader.wait(10).unwrap();
    let count: serde_json::Value = reader
        .stderr()
        .lines()
        .rev()
        .find_map(|line| serde_json::from_str(line).ok())
        .expect("a final count");
    assert_eq!(
        (count["gaps"].as_u64(), count["refused"].as_u64()),
        (Some(0), Some(0)),
        "{count}"
    );
}
