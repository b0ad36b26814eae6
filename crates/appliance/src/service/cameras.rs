//! All cameras: those that run are those of the configuration, and what did not change is left alone.

use std::collections::{BTreeMap, BTreeSet};

use luchs_delivery::Delivery;
use luchs_scene::Name;

use super::news::Teller;
use crate::{
    camera::{Camera, Face, Life, Load},
    config::Config,
    pipeline::{Line, render},
    status::{CameraState, CameraStatus},
};

/// The cameras that are watched.
#[derive(Default)]
pub(super) struct Cameras(BTreeMap<Name, Camera>);

impl Cameras {
    /// Starts and stops what it takes to run `config`. What cannot run, and why, is returned.
    pub(super) fn apply(&mut self, config: &Config, delivery: &Delivery) -> BTreeMap<Name, String> {
        let mut failed = BTreeMap::new();
        let mut wanted: BTreeMap<Name, Line> = BTreeMap::new();
        for (name, _) in config.enabled() {
            match render(config, name) {
                Ok(line) => drop(wanted.insert(name.clone(), line)),
                Err(error) => drop(failed.insert(name.clone(), error.to_string())),
            }
        }
        self.stop_where(|name, camera| wanted.get(name) != Some(camera.line()));
        for (name, line) in wanted {
            if self.0.contains_key(&name) {
                continue;
            }
            tracing::info!(camera = %name, url = line.shown, "begins");
            match Camera::start(line, Teller::new(delivery.clone())) {
                Ok(camera) => drop(self.0.insert(name, camera)),
                Err(error) => drop(failed.insert(name, format!("no thread for the camera: {error}"))),
            }
        }
        failed
    }

    /// Stops all of them.
    pub(super) fn stop(&mut self) {
        self.stop_where(|_, _| true);
    }

    /// Stops those side by side; their objects end, and what they told is on disk.
    fn stop_where(&mut self, wanted: impl Fn(&Name, &Camera) -> bool) {
        let names: BTreeSet<Name> = self
            .0
            .iter()
            .filter(|(name, camera)| wanted(name, camera))
            .map(|(name, _)| name.clone())
            .collect();
        let stopping: Vec<Camera> = names.iter().filter_map(|name| self.0.remove(name)).collect();
        for camera in &stopping {
            tracing::info!(camera = %camera.line().camera, "ends");
            camera.stop();
        }
    }

    pub(super) fn faces(&self) -> BTreeMap<Name, Face> {
        let face = |(name, camera): (&Name, &Camera)| (name.clone(), camera.face().clone());
        self.0.iter().map(face).collect()
    }

    pub(super) fn lives(&self) -> BTreeMap<Name, Life> {
        let life = |(name, camera): (&Name, &Camera)| (name.clone(), camera.face().life());
        self.0.iter().map(life).collect()
    }

    pub(super) fn loads(&self) -> BTreeMap<Name, Load> {
        let load = |(name, camera): (&Name, &Camera)| (name.clone(), camera.face().load());
        self.0.iter().map(load).collect()
    }

    /// One frame of so many, as the configuration has it.
    pub(super) fn intervals(&self) -> BTreeMap<Name, u32> {
        let interval = |(name, camera): (&Name, &Camera)| (name.clone(), camera.line().interval);
        self.0.iter().map(interval).collect()
    }

    /// Lets the model look at one frame of so many.
    pub(super) fn set_intervals(&self, intervals: &BTreeMap<Name, u32>) {
        for (name, interval) in intervals {
            if let Some(camera) = self
                .0
                .get(name)
                .filter(|camera| camera.face().load().interval != *interval)
            {
                camera.set_interval(*interval);
            }
        }
    }
}

/// The cameras of `config` that are not watched: switched off, or failed for a reason outside of them.
pub(super) fn idle(config: &Config, failed: &BTreeMap<Name, String>) -> BTreeMap<Name, CameraStatus> {
    let status = |name: &Name| {
        let camera = config.cameras.get(name)?;
        let mut status = Face::stopped(camera.url.to_string(), camera.inference_interval);
        if let Some(reason) = failed.get(name) {
            status.state = CameraState::Waiting;
            status.fault = Some(reason.clone());
            status.fault_kind = Some("setup".into());
        }
        Some((name.clone(), status))
    };
    let off = config
        .cameras
        .iter()
        .filter(|(_, camera)| !camera.enabled)
        .map(|(name, _)| name);
    off.chain(failed.keys()).filter_map(status).collect()
}
