//! `make demo`: the main job on real footage with a real model, a real broker and real encryption, and what came of it.

mod report;
mod sheet;

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use anyhow::{Context as _, Result, bail, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use luchs_tests::{Process, Site, clip, footage, launch, until};

use report::Summary;

fn main() -> Result<()> {
    let stopped = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stopped))?;
    }
    let folder = luchs_tests::root().join("target/demo");
    // Yesterday's figures must not pass for today's.
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder)?;

    report::step(
        "a broker (TLS 1.3, client certificates, nothing anonymous), a device and a reader with keys of their own",
    );
    let site = Site::new()?;
    let mut reader = Process::start(&folder, "subscribe", luchs_tests::built()?.join("luchs"), |command| {
        command.args(site.subscribe_arguments());
    })?;
    reader.wait_for_output("subscribed", 20)?;

    let annotated = folder.join("annotated.mp4");
    let mut values = launch::publish_values(&site, "gate");
    values.push(("clip", footage().to_string_lossy().into_owned()));
    values.push(("annotated", annotated.to_string_lossy().into_owned()));
    let words = launch::render("file.launch", &values)?;
    report::step(&format!("gst-launch-1.0 -m {}", words.join(" ")));

    let begun = Instant::now();
    let mut pipeline = launch::start(&folder, "gst-launch", &words, &[])?;
    watch(&mut pipeline, clip::frame_count(&footage())?, &stopped)?;
    let seconds = begun.elapsed().as_secs_f64();

    let mut summary = Summary::from_stats(&launch::stats(&pipeline.stdout()), seconds)?;
    // Everything acknowledged is on its way to the reader.
    let waited = until("the reader to get every event", 30, || {
        ensure!(!stopped.load(Ordering::Relaxed), "stopped");
        Ok((reader.stdout().lines().count() as u64 >= summary.events_sealed).then_some(()))
    });
    reader.signal("TERM")?;
    reader.wait(10)?;
    summary.add_reader(&reader.stdout(), &reader.stderr())?;

    let contact_sheet = folder.join("contact-sheet.png");
    sheet::make(&annotated, summary.frames, &contact_sheet)?;
    write_summary(&folder, &summary)?;
    report::table(
        &summary,
        reader.stdout().lines().next().unwrap_or_default(),
        &[&annotated, &contact_sheet],
    );
    waited?;
    summary.verdict()
}

/// Shows how far the pipeline is, until it ends.
fn watch(pipeline: &mut Process, frames: u64, stopped: &AtomicBool) -> Result<()> {
    let bar = ProgressBar::new(frames);
    bar.set_style(ProgressStyle::with_template(
        "  {bar:40} {pos}/{len} frames, {per_sec}, {eta} to go",
    )?);
    loop {
        let seen = launch::stats(&pipeline.stdout());
        if let Some(frames) = seen
            .iter()
            .find(|(name, _)| name.starts_with("luchsdetect"))
            .and_then(|(_, s)| s.get("frames"))
        {
            bar.set_position(*frames as u64);
        }
        if let Some(status) = pipeline.ended()? {
            bar.finish_and_clear();
            ensure!(
                status.success(),
                "gst-launch-1.0 ended with {status}:\n{}",
                pipeline.stderr()
            );
            return Ok(());
        }
        if stopped.load(Ordering::Relaxed) {
            bar.abandon();
            bail!("stopped; nothing is left running");
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
}

fn write_summary(folder: &Path, summary: &Summary) -> Result<()> {
    let path = folder.join("summary.json");
    fs::write(&path, serde_json::to_string_pretty(summary)? + "\n").with_context(|| path.display().to_string())
}
