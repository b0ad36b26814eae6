//! A network camera, watched for a while.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use gst::prelude::*;
use luchs_appliance::{camera::Fault, pipeline::Credentials};
use luchs_optimise::footage::{Collector, Footage, FootageError};

use super::pump::{Pump, TAIL};
use crate::bench::amount;

const TICK: gst::ClockTime = gst::ClockTime::from_mseconds(50);
/// How long nothing may come.
const PATIENCE: Duration = Duration::from_secs(20);

/// How a camera is reached and watched.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Settings {
    /// User and password of the camera: a file of two lines that nobody else may read
    #[arg(long, value_name = "FILE")]
    pub(crate) credentials: Option<PathBuf>,
    /// For how long a camera is watched
    #[arg(long, value_name = "TIME", default_value = "2m", value_parser = amount::time)]
    pub(crate) watch: Duration,
}

/// A network camera.
pub(crate) struct Camera {
    url: String,
    settings: Settings,
}

impl Camera {
    pub(crate) fn new(url: String, settings: Settings) -> Self {
        Self { url, settings }
    }
}

impl Footage for Camera {
    fn play(&mut self, into: &mut Collector<'_>) -> Result<(), FootageError> {
        let line = format!(
            "rtspsrc name=source protocols=tcp tcp-timeout=5000000 latency=200 ! application/x-rtp,media=video ! decodebin ! {TAIL}"
        );
        let pump = Pump::new(&line, &self.url)?;
        pump.sink.set_property("drop", true);
        if let Some(source) = pump.pipeline.by_name("source") {
            source.set_property("location", &self.url);
            if let Some(path) = &self.settings.credentials {
                let credentials = Credentials::load(path).map_err(|error| FootageError::Decoder(error.to_string()))?;
                credentials.give_to(&source);
            }
        }
        pump.set(gst::State::Playing)?;
        let pause = self.settings.watch / into.wanted().max(1) as u32;
        let (mut taken, mut due, mut quiet) = (0, Instant::now(), Instant::now());
        while taken < into.wanted() {
            if into.is_stopped() {
                return Err(FootageError::Stopped);
            }
            if let Some(error) = pump.error() {
                return Err(pump.failed(Fault::of_source(&error.error, error.debug.as_deref()).text));
            }
            let sample = pump.sink.try_pull_sample(TICK);
            let now = Instant::now();
            match sample {
                Some(sample) => {
                    quiet = now;
                    if now >= due {
                        pump.give(&sample, into)?;
                        taken += 1;
                        due += pause;
                    }
                }
                None if pump.sink.is_eos() => return Err(pump.failed("the camera ended the stream")),
                None if now - quiet > PATIENCE => {
                    return Err(pump.failed(format!("no frame came for {} s", PATIENCE.as_secs())));
                }
                None => {}
            }
        }
        Ok(())
    }
}
