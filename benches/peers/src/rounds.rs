//! Runs everyone in turn.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};

use crate::{
    counts::Counts,
    process::Cost,
    say,
    setup::Clips,
    stats::{Figures, Spread},
    variants::{Variant, Way, Who},
};

/// One variant in its fastest way, and what it cost.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) variant: Variant,
    pub(crate) way: Way,
    pub(crate) counts: Option<Counts>,
    pub(crate) long: Vec<Cost>,
    pub(crate) short: Vec<Cost>,
}

impl Entry {
    pub(crate) fn title(&self) -> String {
        title(&self.variant)
    }

    pub(crate) fn figures(&self, clips: &Clips) -> Result<Figures> {
        let streams = self.variant.streams;
        Figures::of(
            (clips.long.0 * streams, &self.long),
            (clips.short.0 * streams, &self.short),
        )
        .with_context(|| format!("{}: the long runs took no longer than the short ones", self.title()))
    }
}

fn title(variant: &Variant) -> String {
    format!(
        "{}, {} stream{}",
        variant.name,
        variant.streams,
        if variant.streams == 1 { "" } else { "s" }
    )
}

/// Runs `way` on `clip`, and makes sure that it saw all of its `frames`.
fn run(variant: &Variant, way: &Way, frames: Option<u32>, clip: &Path, logs: &Path) -> Result<(Cost, Option<Counts>)> {
    let name: String = title(variant)
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let (cost, output) = way.line.run(clip, &logs.join(name)).with_context(|| title(variant))?;
    if !variant.counts {
        return Ok((cost, None));
    }
    let counts = Counts::read(&output).with_context(|| title(variant))?;
    let expected = frames.map(|frames| u64::from(frames) * u64::from(variant.streams));
    if expected.is_some_and(|expected| expected != counts.frames) {
        bail!(
            "{}: it looked at {} frames instead of {expected:?}",
            title(variant),
            counts.frames
        );
    }
    Ok((cost, Some(counts)))
}

/// Finds everyone's fastest way. Says of optional variants that do not run why.
pub(crate) fn choose(variants: Vec<Variant>, clips: &Clips, logs: &Path) -> Result<(Vec<Entry>, Vec<String>)> {
    fs::create_dir_all(logs).with_context(|| format!("cannot make {}", logs.display()))?;
    let (mut entries, mut missing) = (Vec::new(), Vec::new());
    for variant in variants {
        // Once for what is only done once: registries of plug-ins, caches of files, a device's first measurement.
        match run(&variant, &variant.ways[0], Some(clips.short.0), &clips.short.1, logs) {
            Ok(_) => {}
            Err(error) if variant.optional => {
                missing.push(format!("{}: {}", title(&variant), reason(&error)));
                continue;
            }
            Err(error) => return Err(error),
        }
        let way = fastest(&variant, clips, logs)?;
        say(&format!(
            "{}{}",
            title(&variant),
            if way.label.is_empty() {
                String::new()
            } else {
                format!(": {}", way.label)
            }
        ));
        entries.push(Entry {
            variant,
            way,
            counts: None,
            long: Vec::new(),
            short: Vec::new(),
        });
    }
    Ok((drop_alike(entries), missing))
}

/// The line of an error that says most.
fn reason(error: &anyhow::Error) -> String {
    let text = error.root_cause().to_string();
    let line = text
        .lines()
        .find(|line| line.contains("ERROR") || line.contains("error"))
        .or_else(|| text.lines().last());
    line.unwrap_or_default().trim().chars().take(300).collect()
}

/// Where no device but the CPU runs, `auto` has nothing to choose from.
fn drop_alike(mut entries: Vec<Entry>) -> Vec<Entry> {
    if !entries.iter().any(|entry| entry.variant.name.contains("openvino")) {
        entries.retain(|entry| !entry.variant.name.contains("auto"));
    }
    entries
}

/// Two runs of each way, in turn; the one with the shortest run wins.
fn fastest(variant: &Variant, clips: &Clips, logs: &Path) -> Result<Way> {
    if let [only] = &variant.ways[..] {
        return Ok(only.clone());
    }
    let mut best: Option<(f64, &Way)> = None;
    for way in variant.ways.iter().chain(&variant.ways) {
        let (cost, _) = run(variant, way, None, &clips.medium, logs)?;
        if best.is_none_or(|(wall, _)| cost.wall < wall) {
            best = Some((cost.wall, way));
        }
    }
    best.map(|(_, way)| way.clone())
        .with_context(|| format!("{}: no way to run it", title(variant)))
}

/// Everyone once; each round begins with another one, so that nobody always runs after the same neighbour.
pub(crate) fn round(entries: &mut [Entry], number: usize, clips: &Clips, logs: &Path) -> Result<()> {
    let count = entries.len();
    for index in 0..count {
        let entry = &mut entries[(index + number * 5) % count];
        let (cost, counts) = run(&entry.variant, &entry.way, Some(clips.long.0), &clips.long.1, logs)?;
        entry.long.push(cost);
        entry.counts = counts;
        entry
            .short
            .push(run(&entry.variant, &entry.way, Some(clips.short.0), &clips.short.1, logs)?.0);
    }
    Ok(())
}

/// Luchs' figures with as many streams: the plain variant, which all are compared with.
pub(crate) fn yardstick(entries: &[Entry], streams: u32, clips: &Clips) -> Result<Figures> {
    let entry = entries
        .iter()
        .find(|e| e.variant.who == Who::Luchs && e.variant.streams == streams);
    entry
        .with_context(|| format!("Luchs was not run with {streams} streams"))?
        .figures(clips)
}

/// How far the walls of `entry`'s runs lie apart, as a part of their median: noise of the machine.
pub(crate) fn noise(entry: &Entry) -> f64 {
    Spread::of(entry.long.iter().map(|cost| cost.wall)).map_or(0.0, |wall| (wall.max - wall.min) / wall.median)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::process::Line;

    fn variant(scripts: &[&str], counts: bool, optional: bool) -> Variant {
        let way = |script: &&str| Way {
            label: (*script).to_owned(),
            line: Line::new(&[], ["sh", "-c", script]),
        };
        let ways = scripts.iter().map(way).collect();
        Variant {
            who: Who::Luchs,
            name: "it".to_owned(),
            streams: 2,
            counts,
            optional,
            ways,
        }
    }

    fn clips() -> Clips {
        let clip = PathBuf::from("clip");
        Clips {
            short: (20, clip.clone()),
            medium: clip.clone(),
            long: (100, clip),
        }
    }

    #[test]
    fn the_fastest_way_wins_and_optional_ones_may_be_missing() {
        let logs = tempfile::tempdir().unwrap();
        let variants = vec![
            variant(&["sleep 0.4", "sleep 0.05", "sleep 0.4"], false, false),
            variant(&["echo 'ERROR: no such device' >&2; exit 1"], false, true),
        ];
        let (entries, missing) = choose(variants, &clips(), logs.path()).unwrap();
        assert_eq!(
            entries.iter().map(|e| e.way.label.as_str()).collect::<Vec<_>>(),
            ["sleep 0.05"]
        );
        assert!(missing[0].contains("no such device"), "{missing:?}");
        assert!(choose(vec![variant(&["exit 1"], false, false)], &clips(), logs.path()).is_err());
    }

    #[test]
    fn who_leaves_frames_out_is_found_out() {
        let logs = tempfile::tempdir().unwrap();
        let says = |frames: u32| format!("echo '{{\"frames\": {frames}, \"objects\": 0}}'");
        let entry = |frames: u32| {
            let variant = variant(&[&says(frames)], true, false);
            let way = variant.ways[0].clone();
            let mut entries = [Entry {
                variant,
                way,
                counts: None,
                long: Vec::new(),
                short: Vec::new(),
            }];
            round(&mut entries, 0, &clips(), logs.path()).map_err(|error| error.to_string())
        };
        assert!(entry(100).unwrap_err().contains("100 frames instead of Some(200)"));
        // The long run is right; the short one has too many.
        assert!(entry(200).unwrap_err().contains("200 frames instead of Some(40)"));
    }
}
