//! `make soak-appliance`: a box with eight network cameras, of which one fails every minute in a different way, and with a
//! broker that fails every five. `luchs-soak-appliance [--minutes N] [--cameras N] [--interval N] [--turn SECONDS]
//! [--fault NAME]`: with `--turn` cameras fail more or less often, with 0 neither they nor the broker do; `LUCHS_TEST_SEED`
//! repeats a run. Ends with 1 if an event was lost, doubled or out of order, or a camera was not back in time.

mod broker;
mod cameras;
mod eye;
mod fault;
mod figures;
mod judge;
mod report;
mod scene;

use std::{fs, process::ExitCode, thread, time::Duration};

use anyhow::{Context as _, Result, ensure};
use luchs_tests::{Seeded, root, seed};

use fault::Fault;
use report::{Figures, Report};
use scene::Scene;

fn main() -> Result<ExitCode> {
    // The model looks at every other frame: the box is busy with it, and not too small for it.
    let (mut minutes, mut count, mut interval) = (120, 8, 2);
    let (mut turn, mut faults) = (60, Fault::ALL.to_vec());
    let mut arguments = std::env::args().skip(1);
    while let Some(option) = arguments.next() {
        let value = arguments.next().with_context(|| format!("{option} wants a number"))?;
        if option == "--fault" {
            let fault = Fault::ALL.into_iter().find(|fault| fault.name() == value);
            faults = vec![fault.with_context(|| format!("--fault {value}: none of {}", Fault::names()))?];
            continue;
        }
        let value: u32 = value
            .parse()
            .with_context(|| format!("{option} {value}: not a number"))?;
        match option.as_str() {
            "--minutes" => minutes = u64::from(value),
            "--cameras" => count = value as usize,
            "--interval" => interval = value,
            "--turn" => turn = value,
            _ => anyhow::bail!("{option} is not known: --minutes, --cameras, --interval, --turn, --fault"),
        }
    }
    ensure!(
        count > 1,
        "--cameras {count}: at least 2, as one is to be disturbed by another"
    );
    say(&format!("repeat with SEED={}", seed::base()));
    fault::prepare()?;
    let mut scene = Scene::new(count, interval)?;
    let plan = cameras::Plan {
        lasts: Duration::from_mins(minutes),
        turn: Duration::from_secs(turn.into()),
        faults,
    };
    say(&format!("{count} cameras run for {minutes} minutes; {plan}"));
    let suffered = suffer(&mut scene, &plan);
    // Kept for whoever looks for the reason.
    fs::create_dir_all(root().join("target/soak"))?;
    fs::copy(scene.journal(), root().join("target/soak/appliance.log"))?;
    let (trials, broker) = suffered?;
    let (samples, unanswered) = (scene.eye.samples(), scene.eye.unanswered());
    let report = Report {
        seed: seed::base(),
        minutes,
        cameras: count,
        inference_interval: interval,
        turn_s: turn,
        trials,
        broker,
        process: Figures::of(&samples),
        unanswered,
        verdict: scene.judge()?,
    };
    report.write()?;
    say(&report.to_string());
    let sound = report.is_sound();
    say(if sound { "sound" } else { "NOT SOUND" });
    Ok(ExitCode::from(u8::from(!sound)))
}

/// Cameras fail on a thread of their own; the broker on this one, as programs end with the thread that started them.
fn suffer(scene: &mut Scene, plan: &cameras::Plan) -> Result<(Vec<cameras::Trial>, Vec<broker::Trial>)> {
    let (eye, units) = (&scene.eye, &mut scene.units);
    thread::scope(|scope| {
        let cameras = scope.spawn(|| {
            let mut random = Seeded::of(seed::base(), "cameras");
            cameras::suffer(units, eye, plan, &mut random)
        });
        let mut random = Seeded::of(seed::base(), "broker");
        let broker = broker::suffer(&mut scene.site.broker, &mut scene.appliance, eye, plan, &mut random);
        let cameras = cameras.join();
        let cameras = cameras.map_err(|_| anyhow::anyhow!("the cameras ended with a panic; see above"))?;
        Ok((cameras?, broker?))
    })
}

#[expect(clippy::print_stdout, reason = "the report of the program")]
fn say(text: &str) {
    println!("{text}");
}
