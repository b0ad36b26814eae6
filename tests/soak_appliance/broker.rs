//! The broker fails, every five minutes.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use luchs_tests::{Appliance, Broker, Seeded};
use serde::Serialize;

use crate::{cameras::Plan, eye::Eye, say};

/// The first time; amid a camera's fault.
const FIRST: Duration = Duration::from_secs(70);
/// From one to the next.
const TURN: Duration = Duration::from_mins(5);
/// How long it may take until the box is connected again, at most. It waits 30 s between tries at most.
const PATIENCE: Duration = Duration::from_mins(1);
const LOOK: Duration = Duration::from_millis(50);

/// One fault and what became of it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Trial {
    pub(crate) at_s: f64,
    pub(crate) fault: &'static str,
    pub(crate) lasted_s: f64,
    /// From the end of the fault until the box was connected and nothing waited; none if that took longer than a minute.
    pub(crate) recovered_s: Option<f64>,
    /// The most events that waited.
    pub(crate) waited: u64,
}

/// Lets it fail until the plan is at its end; meanwhile sees to it that the box is the one that was started.
pub(crate) fn suffer(
    broker: &mut Broker,
    appliance: &mut Appliance,
    eye: &Eye,
    plan: &Plan,
    random: &mut Seeded,
) -> Result<Vec<Trial>> {
    let began = Instant::now();
    let end = plan.lasts;
    let (mut next, mut trials) = (FIRST, Vec::new());
    while began.elapsed() < end {
        let ended = appliance.process().ended()?;
        ensure!(
            ended.is_none(),
            "luchs run ended: {ended:?}\n{}",
            appliance.process().stderr()
        );
        // The last one ends before the cameras do.
        if !plan.is_calm() && began.elapsed() >= next && next + PATIENCE <= end {
            let mut trial = fail(broker, eye, trials.len(), random)?;
            trial.at_s = next.as_secs_f64();
            tell(&trial);
            trials.push(trial);
            next += TURN;
        }
        thread::sleep(LOOK);
    }
    Ok(trials)
}

fn fail(broker: &mut Broker, eye: &Eye, number: usize, random: &mut Seeded) -> Result<Trial> {
    let fault = ["killed", "stopped (SIGSTOP)", "restarted"][number % 3];
    let lasts = Duration::from_millis(random.between(2_000, 25_000));
    let began = Instant::now();
    match fault {
        "killed" => broker.kill()?,
        "restarted" => broker.stop()?,
        _ => broker.signal("STOP")?,
    }
    let mut waited = 0;
    let mut look = || -> Result<bool> {
        thread::sleep(LOOK);
        let delivery = eye.latest()?.delivery.unwrap_or_default();
        waited = waited.max(delivery.pending);
        // Live events are always under way.
        Ok(delivery.connected && delivery.pending < 50)
    };
    while began.elapsed() < lasts {
        look()?;
    }
    let lasted = began.elapsed();
    match fault {
        "stopped (SIGSTOP)" => broker.signal("CONT")?,
        _ => broker.restart()?,
    }
    let healed = Instant::now();
    let mut recovered = None;
    while recovered.is_none() && healed.elapsed() < PATIENCE {
        // What was said before the end of the fault does not count.
        if look()? && healed.elapsed() > Duration::from_millis(200) {
            recovered = Some(healed.elapsed().as_secs_f64());
        }
    }
    Ok(Trial {
        at_s: 0.0,
        fault,
        lasted_s: lasted.as_secs_f64(),
        recovered_s: recovered,
        waited,
    })
}

fn tell(trial: &Trial) {
    let recovered = trial
        .recovered_s
        .map_or_else(|| "NOT BACK".to_owned(), |seconds| format!("back after {seconds:.2} s"));
    say(&format!(
        "      broker     {:<22} for {:>4.1} s  {} events waited, {recovered}",
        trial.fault, trial.lasted_s, trial.waited
    ));
}
