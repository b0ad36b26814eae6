//! When frames are shed, how many, and when no more.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant, SystemTime},
};

use luchs_scene::{Name, Utc, event::Status};

use super::{
    meter::Meter,
    plan::{Want, plan, total},
    words::{self, Shed},
};
use crate::{camera::Load, status::Overload};

/// Part of the due looks that may be missed, for [`WINDOWS`] steps in a row.
const TOO_MUCH: f64 = 0.10;
const WINDOWS: u32 = 2;
/// With less than this missed there is no overload; with more, for [`PATIENCE`] steps in a row, too little is shed.
const CALM: f64 = 0.05;
const PATIENCE: u32 = 5;
/// Of what was measured so much is dealt out: work is never even.
const HEADROOM: f64 = 0.9;
/// So long it is calm before more is tried, or before it is over.
const WAIT: Duration = Duration::from_secs(10);
/// The same at most, after tries that failed.
const LONGEST_WAIT: Duration = Duration::from_mins(3);
/// Overload so soon after more was tried means that it was too much.
const TRIAL: Duration = Duration::from_mins(1);
/// How much more is tried, at first and after tries that did well.
const GROWTH: f64 = 1.1;
const FASTER: f64 = 1.2;
const MOST_GROWTH: f64 = 1.6;
/// Steps closer together than this tell nothing.
const SHORTEST: Duration = Duration::from_millis(500);

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The model looks at one frame of so many, of every camera of the configuration; never less than configured there.
    pub intervals: BTreeMap<Name, u32>,
    /// For the status.
    pub overload: Overload,
    /// What has changed, to be told as an event of the device.
    pub news: Option<Status>,
}

/// Decides from time to time how often the model looks at each camera.
///
/// A closed loop: the due looks that were missed say that it is too much, the looks that there were say what the box can
/// do. From then on that is the budget; it grows again while all is calm, in steps, and less eagerly after steps that were
/// too large.
#[derive(Debug)]
pub struct Policy {
    meters: BTreeMap<Name, Meter>,
    last: Option<Instant>,
    /// What the plan was made for.
    wants: Vec<Want>,
    /// What is planned; of a camera that is away at present, what it was.
    intervals: BTreeMap<Name, u32>,
    shedding: Option<Shedding>,
    /// Part of the due looks that were missed of late.
    missed: f64,
    /// Steps in a row with too much missed, and with more than is calm.
    hot: u32,
    warm: u32,
    calm: Option<Instant>,
    raise: Option<Raise>,
    wait: Duration,
    growth: f64,
}

#[derive(Clone, Copy, Debug)]
struct Shedding {
    since: Utc,
    /// Looks per second that are dealt out.
    budget: f64,
}

/// More was tried.
#[derive(Clone, Copy, Debug)]
struct Raise {
    at: Instant,
    /// The budget before.
    from: f64,
}

impl Default for Policy {
    fn default() -> Self {
        Self::new()
    }
}

impl Policy {
    /// Nothing known, nothing shed.
    pub fn new() -> Self {
        Self {
            meters: BTreeMap::new(),
            last: None,
            wants: Vec::new(),
            intervals: BTreeMap::new(),
            shedding: None,
            missed: 0.0,
            hot: 0,
            warm: 0,
            calm: None,
            raise: None,
            wait: WAIT,
            growth: GROWTH,
        }
    }

    /// A look at all cameras, every two seconds or so. `loads`: those that are watched; `base`: the inference interval that
    /// is configured for each.
    pub fn step(&mut self, now: Instant, loads: &BTreeMap<Name, Load>, base: &BTreeMap<Name, u32>) -> Decision {
        let was = self.shedding.is_some();
        let passed = self.last.map(|last| now.saturating_duration_since(last));
        match passed {
            Some(passed) if passed < SHORTEST => {}
            _ => {
                self.last = Some(now);
                self.measure(now, passed.unwrap_or(SHORTEST), loads, base);
                self.judge(now);
            }
        }
        self.intervals.retain(|name, _| base.contains_key(name));
        let news = match (was, self.shedding.is_some()) {
            (false, true) => Some(self.shed().begun()),
            (true, false) => Some(words::over()),
            _ => None,
        };
        Decision {
            intervals: base
                .iter()
                .map(|(name, base)| (name.clone(), self.interval(name, *base, loads)))
                .collect(),
            overload: self.overload(),
            news,
        }
    }

    fn interval(&self, name: &Name, base: u32, loads: &BTreeMap<Name, Load>) -> u32 {
        let base = base.max(1);
        if self.shedding.is_none() {
            return base;
        }
        let known = self.intervals.get(name).copied();
        // One that has just come stays as it is until it is known.
        let now = || loads.get(name).map(|load| load.interval);
        known.or_else(now).unwrap_or(base).max(base)
    }

    fn measure(&mut self, now: Instant, passed: Duration, loads: &BTreeMap<Name, Load>, base: &BTreeMap<Name, u32>) {
        self.meters.retain(|name, _| loads.contains_key(name));
        let mut wants = Vec::with_capacity(loads.len());
        let (mut looked, mut missed) = (0.0, 0.0);
        let mut news = false;
        for (name, load) in loads {
            let meter = self.meters.entry(name.clone()).or_insert_with(|| Meter::new(load));
            news |= meter.take(now, passed, load);
            looked += meter.looked;
            missed += meter.missed;
            if load.running && meter.offered > 0.0 {
                wants.push(Want {
                    name: name.clone(),
                    priority: load.priority,
                    offered: meter.offered,
                    base: base.get(name).copied().unwrap_or(1).max(1),
                });
            }
        }
        let due = looked + missed;
        self.missed = if due > 0.0 { missed / due } else { 0.0 };
        let key = |want: &Want| (want.name.clone(), want.priority, want.base);
        if !wants.iter().map(key).eq(self.wants.iter().map(key)) {
            // What was learnt of other cameras says little about these.
            (self.wait, self.growth, self.raise) = (WAIT, GROWTH, None);
            news = true;
        }
        self.wants = wants;
        if let Some(Shedding { budget, .. }) = self.shedding
            && news
        {
            self.deal(budget);
        }
    }

    fn judge(&mut self, now: Instant) {
        self.hot = if self.missed > TOO_MUCH { self.hot + 1 } else { 0 };
        self.warm = if self.missed >= CALM { self.warm + 1 } else { 0 };
        self.calm = (self.missed < CALM).then(|| self.calm.unwrap_or(now));
        let calm = self
            .calm
            .map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        if self.hot >= WINDOWS || (self.warm >= PATIENCE && self.shedding.is_some()) {
            self.reduce(now);
        } else if let Some(shedding) = self.shedding {
            if self.reduced() == 0 {
                if calm >= WAIT {
                    self.shedding = None;
                    self.intervals.clear();
                }
            } else if calm >= self.wait {
                self.raise(now, shedding.budget);
            }
        }
    }

    /// Less.
    fn reduce(&mut self, now: Instant) {
        let looked: f64 = self.meters.values().map(|meter| meter.looked).sum();
        let mut budget = looked * HEADROOM;
        match self
            .raise
            .take()
            .filter(|raise| now.saturating_duration_since(raise.at) < TRIAL)
        {
            Some(raise) => {
                self.wait = (self.wait * 3).min(LONGEST_WAIT);
                budget = budget.max(raise.from.min(looked));
            }
            None => self.wait = WAIT,
        }
        self.growth = GROWTH;
        let since = self
            .shedding
            .map_or_else(|| SystemTime::now().into(), |shedding| shedding.since);
        // It must become less, whatever was measured.
        budget = budget.min(self.planned() * 0.95);
        self.shedding = Some(Shedding { since, budget });
        self.deal(budget);
        self.pause();
    }

    /// More, if only for one camera.
    fn raise(&mut self, now: Instant, from: f64) {
        if self.raise.is_some() {
            // The last one did well.
            self.wait = (self.wait / 4).max(WAIT);
            self.growth = (self.growth * FASTER).min(MOST_GROWTH);
        }
        let wanted: f64 = self.wants.iter().map(Want::demand).sum();
        let before = self.planned();
        let mut budget = from.max(before);
        loop {
            budget *= self.growth;
            self.deal(budget);
            if budget >= wanted || self.planned() > before {
                break;
            }
        }
        if let Some(shedding) = &mut self.shedding {
            shedding.budget = budget;
        }
        self.raise = Some(Raise { at: now, from });
        self.pause();
    }

    /// What was changed has to show first.
    fn pause(&mut self) {
        (self.hot, self.warm) = (0, 0);
        self.calm = None;
    }

    fn deal(&mut self, budget: f64) {
        let dealt = plan(&self.wants, budget);
        for (want, interval) in self.wants.iter().zip(dealt) {
            self.intervals.insert(want.name.clone(), interval);
        }
    }

    fn interval_of(&self, want: &Want) -> u32 {
        self.intervals
            .get(&want.name)
            .copied()
            .unwrap_or(want.base)
            .max(want.base)
    }

    /// Looks per second that are planned.
    fn planned(&self) -> f64 {
        let intervals: Vec<u32> = self.wants.iter().map(|want| self.interval_of(want)).collect();
        total(&self.wants, &intervals)
    }

    /// Cameras that are looked at less often than configured.
    fn reduced(&self) -> usize {
        self.wants
            .iter()
            .filter(|want| self.interval_of(want) > want.base)
            .count()
    }

    fn shed(&self) -> Shed {
        Shed {
            wanted: self.wants.iter().map(Want::demand).sum(),
            planned: self.planned() * (1.0 - self.missed),
            cameras: self.wants.len(),
            reduced: self.reduced(),
        }
    }

    fn overload(&self) -> Overload {
        let shed = self.shed();
        let share = if shed.wanted > 0.0 {
            shed.planned / shed.wanted
        } else {
            1.0
        };
        Overload {
            shedding: self.shedding.is_some(),
            since: self.shedding.map(|shedding| shedding.since),
            share: share.clamp(0.0, 1.0),
            text: self.shedding.map(|_| shed.text()),
        }
    }
}
