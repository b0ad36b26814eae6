//! One camera after the other fails, a minute each.

use std::{
    fmt, thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use luchs_appliance::status::{CameraState, CameraStatus};
use luchs_tests::Seeded;
use serde::Serialize;

use crate::{
    eye::Eye,
    fault::{Fault, Unit, is_as_before},
    say,
};

/// How much of the time until the next fault one lasts, in parts of a thousand: 3 to 28 s of a minute.
const LEAST: u64 = 50;
const MOST: u64 = 467;
/// How many frames show that a camera is watched again; the first may be one of before.
const FRAMES: u64 = 5;
const LOOK: Duration = Duration::from_millis(20);

/// What is to happen to cameras.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) lasts: Duration,
    /// From one fault to the next; with zero nothing fails, for comparison.
    pub(crate) turn: Duration,
    pub(crate) faults: Vec<Fault>,
}

impl Plan {
    pub(crate) fn is_calm(&self) -> bool {
        self.turn.is_zero()
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_calm() {
            return f.write_str("nothing fails");
        }
        write!(
            f,
            "one fails every {} s, in {} ways",
            self.turn.as_secs(),
            self.faults.len()
        )
    }
}

/// One fault and what became of it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Trial {
    pub(crate) at_s: f64,
    pub(crate) fault: &'static str,
    pub(crate) camera: String,
    pub(crate) lasted_s: f64,
    /// What the box called it, and how long after it began; none if it was over before.
    pub(crate) named: Option<(String, f64)>,
    /// From the end of the fault to frames; none if they did not come until the next fault.
    pub(crate) recovered_s: Option<f64>,
    /// The longest time that any other camera had no frame, from the beginning of the fault until frames came again.
    pub(crate) others_gap_s: f64,
    pub(crate) others_gap_of: String,
    /// Times that another camera was lost in the meantime.
    pub(crate) others_lost: u64,
}

/// Lets cameras fail as planned.
pub(crate) fn suffer(units: &mut [Unit], eye: &Eye, plan: &Plan, random: &mut Seeded) -> Result<Vec<Trial>> {
    let began = Instant::now();
    let (mut deck, mut trials) = (Vec::new(), Vec::new());
    if plan.is_calm() {
        thread::sleep(plan.lasts);
        return Ok(trials);
    }
    while began.elapsed() < plan.lasts {
        let at = began.elapsed();
        let next = Instant::now() + plan.turn;
        let (fault, number) = draw(&mut deck, plan, units, random)?;
        let lasts = match fault {
            Fault::Restart => Duration::ZERO,
            _ => plan.turn * random.between(LEAST, MOST) as u32 / 1000,
        };
        let mut trial = fail(&mut units[number], fault, eye, lasts, next, random)?;
        trial.at_s = at.as_secs_f64();
        tell(&trial);
        trials.push(trial);
        thread::sleep(next.saturating_duration_since(Instant::now()));
    }
    Ok(trials)
}

/// Each kind comes once before any comes again; those that no camera can have are left out.
fn draw(deck: &mut Vec<Fault>, plan: &Plan, units: &[Unit], random: &mut Seeded) -> Result<(Fault, usize)> {
    let is_possible = |fault: &Fault| units.iter().any(|unit| unit.can(*fault));
    ensure!(plan.faults.iter().any(is_possible), "no camera can fail in this way");
    loop {
        let fault = deck.pop();
        if let Some(fault) = fault {
            let able: Vec<usize> = (0..units.len()).filter(|number| units[*number].can(fault)).collect();
            if !able.is_empty() {
                return Ok((fault, able[random.between(0, able.len() as u64) as usize]));
            }
        } else {
            *deck = shuffled(&plan.faults, random);
        }
    }
}

fn shuffled(faults: &[Fault], random: &mut Seeded) -> Vec<Fault> {
    let mut all = faults.to_vec();
    for last in (1..all.len()).rev() {
        all.swap(last, random.between(0, last as u64 + 1) as usize);
    }
    all
}

fn fail(
    unit: &mut Unit,
    fault: Fault,
    eye: &Eye,
    lasts: Duration,
    next: Instant,
    random: &mut Seeded,
) -> Result<Trial> {
    let before = eye.camera(&unit.name)?;
    let others = others_lost(eye, &unit.name)?;
    eye.open_window();
    let began = Instant::now();
    unit.break_it(fault, random)?;
    let name = unit.name.clone();
    let mut named = None;
    let mut look = || -> Result<CameraStatus> {
        thread::sleep(LOOK);
        let now = eye.camera(&name)?;
        if named.is_none() && now.state != CameraState::Running {
            // Between two tries the reason is not known yet.
            named = now.fault_kind.clone().map(|kind| (kind, began.elapsed().as_secs_f64()));
        }
        Ok(now)
    };
    while began.elapsed() < lasts {
        look()?;
    }
    let lasted = began.elapsed();
    unit.heal(fault)?;
    let (healed, frames) = (Instant::now(), eye.camera(&name)?.frames);
    let mut recovered = None;
    while recovered.is_none() && Instant::now() < next {
        let now = look()?;
        let is_back = now.state == CameraState::Running && now.frames >= frames + FRAMES;
        if is_back && is_as_before(fault, &before, &now) {
            recovered = Some(healed.elapsed().as_secs_f64());
        }
    }
    let (gap, of) = eye.largest_gap(&name);
    Ok(Trial {
        at_s: 0.0,
        fault: fault.name(),
        lasted_s: lasted.as_secs_f64(),
        named,
        recovered_s: recovered,
        others_gap_s: gap.as_secs_f64(),
        others_gap_of: of,
        others_lost: others_lost(eye, &name)?.saturating_sub(others),
        camera: name,
    })
}

/// Times that cameras other than this one were lost so far.
fn others_lost(eye: &Eye, but: &str) -> Result<u64> {
    let latest = eye.latest()?;
    ensure!(!latest.cameras.is_empty(), "no camera in the status");
    let others = latest.cameras.iter().filter(|(name, _)| name.as_str() != but);
    Ok(others.map(|(_, camera)| camera.outages).sum())
}

fn tell(trial: &Trial) {
    let named = trial.named.as_ref().map_or_else(
        || "not noticed".to_owned(),
        |(kind, after)| format!("{kind} after {after:.1} s"),
    );
    let recovered = trial
        .recovered_s
        .map_or_else(|| "NOT BACK".to_owned(), |seconds| format!("back after {seconds:.2} s"));
    say(&format!(
        "{:>5.0}  {:<10} {:<22} for {:>4.1} s  {named:<26} {recovered:<19} others' gap {:.2} s ({}){}",
        trial.at_s,
        trial.camera,
        trial.fault,
        trial.lasted_s,
        trial.others_gap_s,
        trial.others_gap_of,
        if trial.others_lost > 0 { ", LOST" } else { "" }
    ));
}
