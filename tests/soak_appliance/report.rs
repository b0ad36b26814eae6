//! What is said at the end, to a person and in a file.

use std::{collections::BTreeMap, fmt, fs, time::Duration};

use anyhow::Result;
use luchs_tests::root;
use serde::Serialize;

use crate::{
    broker, cameras,
    eye::Sample,
    figures::{Spread, slope},
    judge::Verdict,
};

/// A camera that is back is watched again within so many seconds.
pub(crate) const BACK: f64 = 10.0;
const MIB: f64 = 1_048_576.0;

/// All of it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) seed: u64,
    pub(crate) minutes: u64,
    pub(crate) cameras: usize,
    pub(crate) inference_interval: u32,
    pub(crate) turn_s: u32,
    pub(crate) trials: Vec<cameras::Trial>,
    pub(crate) broker: Vec<broker::Trial>,
    #[serde(rename = "box")]
    pub(crate) process: Figures,
    /// Times that the status was asked for in vain.
    pub(crate) unanswered: u64,
    pub(crate) verdict: Verdict,
}

/// What the process took.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Figures {
    /// Parts of all processors, of the box alone and of the whole machine.
    pub(crate) cpu: f64,
    pub(crate) machine_cpu: f64,
    pub(crate) rss_first: u64,
    pub(crate) rss_last: u64,
    pub(crate) rss_most: u64,
    /// In the second half.
    pub(crate) rss_bytes_per_hour: f64,
    pub(crate) files_first: u64,
    pub(crate) files_last: u64,
    pub(crate) files_most: u64,
    pub(crate) files_per_hour: f64,
    pub(crate) threads_most: u64,
    pub(crate) threads_per_hour: f64,
    /// Seconds and resident bytes, about twice a minute: a slope alone does not tell a leak from a cache that fills.
    pub(crate) rss: Vec<(f64, u64)>,
}

impl Figures {
    pub(crate) fn of(samples: &[Sample]) -> Self {
        let (Some(first), Some(last)) = (samples.first(), samples.last()) else {
            return Self::default();
        };
        let used = |which: usize| last.cpu[which] - first.cpu[which];
        let hourly = |value: &dyn Fn(&Sample) -> u64| {
            let points: Vec<_> = samples
                .iter()
                .map(|sample| (sample.at / 3600.0, value(sample) as f64))
                .collect();
            slope(&points)
        };
        let most = |value: &dyn Fn(&Sample) -> u64| samples.iter().map(value).max().unwrap_or_default();
        Self {
            cpu: used(0) / used(2).max(0.01),
            machine_cpu: used(1) / used(2).max(0.01),
            rss_first: first.rss,
            rss_last: last.rss,
            rss_most: most(&|sample| sample.rss),
            rss_bytes_per_hour: hourly(&|sample| sample.rss),
            files_first: first.files,
            files_last: last.files,
            files_most: most(&|sample| sample.files),
            files_per_hour: hourly(&|sample| sample.files),
            threads_most: most(&|sample| sample.threads),
            threads_per_hour: hourly(&|sample| sample.threads),
            rss: samples
                .iter()
                .step_by(15)
                .map(|sample| (sample.at, sample.rss))
                .collect(),
        }
    }
}

impl Report {
    /// Whether nothing was lost, and every camera and the broker came back in time.
    pub(crate) fn is_sound(&self) -> bool {
        let late = |recovered: Option<f64>| recovered.is_none_or(|seconds| seconds > BACK);
        self.verdict.is_sound()
            && !self.trials.iter().any(|trial| late(trial.recovered_s))
            && self.trials.iter().all(|trial| trial.others_lost == 0)
            && self.broker.iter().all(|trial| trial.recovered_s.is_some())
    }

    /// Into target/soak.
    pub(crate) fn write(&self) -> Result<()> {
        let folder = root().join("target/soak");
        fs::create_dir_all(&folder)?;
        Ok(fs::write(
            folder.join("appliance.json"),
            serde_json::to_vec_pretty(self)?,
        )?)
    }
}

fn spread<'a>(
    trials: impl IntoIterator<Item = &'a cameras::Trial>,
    value: fn(&cameras::Trial) -> Option<f64>,
) -> Spread {
    let known = trials.into_iter().filter_map(value);
    Spread::of(known.map(Duration::from_secs_f64))
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut kinds: BTreeMap<&str, Vec<&cameras::Trial>> = BTreeMap::new();
        for trial in &self.trials {
            kinds.entry(trial.fault).or_default().push(trial);
        }
        writeln!(
            f,
            "\n| fault | times | back after: p50 | p99 | max | others' largest gap |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|")?;
        let row = |f: &mut fmt::Formatter<'_>, name: &str, trials: &[&cameras::Trial]| {
            let back = spread(trials.iter().copied(), |trial| trial.recovered_s);
            let gap = spread(trials.iter().copied(), |trial| Some(trial.others_gap_s));
            let missing = trials.len() - back.count();
            let missing = if missing > 0 {
                format!(" ({missing} not back)")
            } else {
                String::new()
            };
            writeln!(
                f,
                "| {name} | {} | {:.2} s | {:.2} s | {:.2} s{missing} | {:.2} s |",
                trials.len(),
                back.at(0.5),
                back.at(0.99),
                back.most(),
                gap.most()
            )
        };
        for (name, trials) in &kinds {
            row(f, name, trials)?;
        }
        row(f, "all", &self.trials.iter().collect::<Vec<_>>())?;
        let gaps = spread(&self.trials, |trial| Some(trial.others_gap_s));
        let lost: u64 = self.trials.iter().map(|trial| trial.others_lost).sum();
        writeln!(
            f,
            "\nothers      gap in a fault: {:.2} s (p50), {:.2} s (p99), {:.2} s (max); {lost} other cameras lost",
            gaps.at(0.5),
            gaps.at(0.99),
            gaps.most()
        )?;
        let most = self.broker.iter().map(|trial| trial.waited).max().unwrap_or_default();
        let back = Spread::of(
            self.broker
                .iter()
                .filter_map(|trial| trial.recovered_s)
                .map(Duration::from_secs_f64),
        );
        writeln!(
            f,
            "broker      failed {} times, {} back: {:.2} s (p50), {:.2} s (max); {most} events waited at most",
            self.broker.len(),
            back.count(),
            back.at(0.5),
            back.most()
        )?;
        let taken = &self.process;
        writeln!(
            f,
            "box         {:.0} % of all processors (the whole machine {:.0} %), status unanswered {} times, never restarted",
            taken.cpu * 100.0,
            taken.machine_cpu * 100.0,
            self.unanswered
        )?;
        writeln!(
            f,
            "memory      {:.1} MiB at first, {:.1} at the end, {:.1} at most; {:+.2} MiB an hour in the second half",
            taken.rss_first as f64 / MIB,
            taken.rss_last as f64 / MIB,
            taken.rss_most as f64 / MIB,
            taken.rss_bytes_per_hour / MIB
        )?;
        writeln!(
            f,
            "files       {} at first, {} at the end, {} at most; {:+.2} an hour; threads {} at most, {:+.2} an hour",
            taken.files_first,
            taken.files_last,
            taken.files_most,
            taken.files_per_hour,
            taken.threads_most,
            taken.threads_per_hour
        )?;
        write!(f, "events      {}", self.verdict)
    }
}
