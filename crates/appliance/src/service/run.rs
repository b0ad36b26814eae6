//! From the start of the service to its end.

use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use luchs_scene::Name;

use super::{
    cameras::{self, Cameras},
    desk::Desk,
    health::HealthTopic,
    identity::{self, IdentityError},
    signals::Signals,
    world::{Shown, World, issue},
};
use crate::{
    config::{Config, Problems},
    homeassistant::HomeAssistant,
    http,
    overload::Policy,
    pipeline::{LineError, delivery},
    status::{CameraState, Health, Issue, Server, StatusError},
    watchdog::{Manager, Watchdog},
};

/// How often the service looks around.
const TICK: Duration = Duration::from_millis(250);
/// How often it is tried again to open what could not be opened.
const RETRY: Duration = Duration::from_secs(5);
/// How often the work is measured against the box.
const BALANCE: Duration = Duration::from_secs(2);
/// How often others are told how it goes.
const TELL: Duration = Duration::from_secs(1);

/// What `luchs run` is told.
#[derive(Clone, Debug)]
pub struct Options {
    /// The file of configuration.
    pub config: PathBuf,
    /// Socket of the status; none: none.
    pub socket: Option<PathBuf>,
}

/// Why the service does not begin.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The configuration.
    #[error("{0}")]
    Config(Problems),
    /// The device's key.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// GStreamer.
    #[error("GStreamer does not start: {0}")]
    GStreamer(#[from] gst::glib::Error),
    /// Our own elements.
    #[error("the elements of Luchs cannot be registered: {0}")]
    Elements(#[from] gst::glib::BoolError),
    /// Signals.
    #[error("signals cannot be listened for: {0}")]
    Signals(#[source] io::Error),
    /// The status' socket.
    #[error(transparent)]
    Status(#[from] StatusError),
}

/// Runs until it is told to stop.
pub fn run(options: &Options) -> Result<(), RunError> {
    let signals = Signals::listen().map_err(RunError::Signals)?;
    let config = Config::load(&options.config).map_err(RunError::Config)?;
    gst::init()?;
    gstluchsinference::plugin_register_static()?;
    gstluchsanalytics::plugin_register_static()?;
    gstluchspublish::plugin_register_static()?;
    gstluchseffects::plugin_register_static()?;
    let identity = identity::ensure(&config.device)?;
    if identity.is_new {
        tracing::info!(
            device = %identity.device,
            "first start: a key was made; readers verify with {}",
            config.device.keys.join("device.pub.jwk").display()
        );
    }
    let world = World::new();
    let _status = options
        .socket
        .as_deref()
        .map(|path| Server::start(path, world.look()))
        .transpose()?;
    let manager = Manager::of_environment();
    let mut service = Service {
        manager,
        watchdog: Watchdog::new(manager),
        policy: Policy::new(),
        page: None,
        homeassistant: None,
        health: HealthTopic::default(),
        balanced: Instant::now(),
        told: Instant::now(),
        device: identity.device,
        config,
        world,
        desk: None,
        cameras: Cameras::default(),
        failed: BTreeMap::new(),
        trouble: None,
        rejected: None,
        retry: Instant::now(),
    };
    service.warn();
    service.apply();
    service.ready();
    while !signals.stop() {
        if signals.reload() {
            service.reload();
        }
        service.tick();
        thread::sleep(TICK);
    }
    service.stop();
    Ok(())
}

struct Service {
    manager: Manager,
    watchdog: Watchdog,
    policy: Policy,
    page: Option<http::Server>,
    homeassistant: Option<HomeAssistant>,
    health: HealthTopic,
    balanced: Instant,
    told: Instant,
    device: Name,
    config: Config,
    world: World,
    desk: Option<Desk>,
    cameras: Cameras,
    /// Cameras that cannot run, and why.
    failed: BTreeMap<Name, String>,
    /// Why there is no desk.
    trouble: Option<String>,
    /// Why the configuration on disk is not the one that runs.
    rejected: Option<String>,
    retry: Instant,
}

impl Service {
    /// Opens, starts and stops what it takes to run the configuration.
    fn apply(&mut self) {
        self.serve_page();
        self.arrange();
        self.complain();
    }

    /// Opens the delivery and runs the cameras, or notes why that cannot be.
    fn arrange(&mut self) {
        self.trouble = None;
        if let Err(reason) = self.open() {
            self.cameras.stop();
            self.desk = None;
            let enabled = self.config.enabled();
            self.failed = enabled.map(|(name, _)| (name.clone(), reason.clone())).collect();
            self.trouble = Some(reason);
        } else if let Some(desk) = &self.desk {
            self.failed = self.cameras.apply(&self.config, &desk.delivery);
        }
        self.greet_home_assistant();
        self.show();
    }

    /// Says why cameras are not watched.
    fn complain(&self) {
        if let Some(reason) = &self.trouble {
            tracing::error!("events cannot be delivered, so no camera is watched: {reason}");
            return;
        }
        for (camera, reason) in &self.failed {
            tracing::error!(%camera, "{reason}");
        }
    }

    /// The page is where the configuration wants it. Without it everything else goes on.
    fn serve_page(&mut self) {
        let wanted = self.config.http.listen;
        if self.page.as_ref().map(http::Server::address) == wanted {
            return;
        }
        self.page = None;
        let Some(address) = wanted else { return };
        match http::Server::start(address, self.world.look()) {
            Ok(page) => {
                tracing::info!(
                    "http://{}/ shows how it goes, /metrics is for Prometheus",
                    page.address()
                );
                self.page = Some(page);
            }
            Err(error) => tracing::error!("{error}"),
        }
    }

    fn greet_home_assistant(&mut self) {
        let Some(desk) = &self.desk else {
            self.homeassistant = None;
            return;
        };
        let wanted = self
            .config
            .homeassistant
            .discovery
            .then_some(&self.config.homeassistant.prefix);
        if self.homeassistant.as_ref().map(HomeAssistant::prefix) == wanted.map(String::as_str) {
            return;
        }
        if let Some(mut known) = self.homeassistant.take() {
            known.withdraw(&desk.delivery);
        }
        self.homeassistant = wanted.map(|prefix| HomeAssistant::new(&desk.delivery, prefix));
    }

    /// Makes the desk the one of the configuration.
    fn open(&mut self) -> Result<(), String> {
        let broker = match &self.config.broker {
            Some(broker) => broker,
            None if self.config.enabled().next().is_none() => {
                self.cameras.stop();
                self.desk = None;
                self.failed.clear();
                return Ok(());
            }
            None => return Err(LineError::NoBroker.to_string()),
        };
        let settings = delivery(&self.config, broker).map_err(|error| error.to_string())?;
        if self.desk.as_ref().is_some_and(|desk| desk.settings == settings) {
            return Ok(());
        }
        if self.desk.is_some() {
            // All of them hold the old one open.
            self.cameras.stop();
            self.show_nothing();
            self.desk = None;
        }
        self.homeassistant = None;
        self.health = HealthTopic::default();
        self.desk = Some(Desk::open(settings).map_err(|error| error.to_string())?);
        Ok(())
    }

    fn reload(&mut self) {
        tracing::info!(file = %self.config.file.display(), "the configuration is read again");
        self.manager.reloading();
        match Config::load(&self.config.file.clone()) {
            Ok(config) if config.device.keys != self.config.device.keys => {
                self.reject("device.keys cannot change while the service runs: systemctl restart luchs".into());
            }
            Ok(config) => {
                self.config = config;
                self.rejected = None;
                self.warn();
                self.apply();
            }
            Err(problems) => self.reject(problems.to_string()),
        }
        self.ready();
    }

    fn reject(&mut self, reason: String) {
        tracing::error!("the configuration on disk is not used, the earlier one goes on: {reason}");
        self.rejected = Some(reason);
        self.show();
    }

    fn warn(&self) {
        for warning in &self.config.warnings {
            tracing::warn!("{}: {}", self.config.file.display(), warning.message);
        }
        if self.config.cameras.is_empty() {
            tracing::info!("{}", self.next_step());
        }
    }

    fn next_step(&self) -> String {
        format!(
            "no camera is configured yet: name a broker and a camera in {}, then `luchs check` and `systemctl reload luchs`",
            self.config.file.display()
        )
    }

    fn ready(&self) {
        tracing::info!(device = %self.device, cameras = self.config.enabled().count(), "running");
        self.manager.ready();
    }

    fn tick(&mut self) {
        let stuck = self.trouble.is_some() || !self.failed.is_empty();
        if stuck && self.retry.elapsed() > RETRY {
            self.retry = Instant::now();
            self.retry();
        }
        if self.balanced.elapsed() > BALANCE {
            self.balanced = Instant::now();
            self.balance();
        }
        if self.told.elapsed() > TELL {
            self.told = Instant::now();
            self.tell();
        }
        let signs = self.desk.as_ref().map(|desk| desk.delivery.signs());
        let signs = signs.map(|signs| [signs.writer, signs.courier]);
        self.watchdog.look(Instant::now(), &self.cameras.lives(), signs);
    }

    /// Measures the work against the box, and lets the model look less often where it is too much.
    fn balance(&mut self) {
        let (loads, base) = (self.cameras.loads(), self.cameras.intervals());
        let decision = self.policy.step(Instant::now(), &loads, &base);
        self.cameras.set_intervals(&decision.intervals);
        self.world.set_overload(decision.overload);
        if let Some(news) = decision.news {
            tracing::warn!("{}", news.text);
            if let Some(desk) = &self.desk {
                desk.delivery.tell(&Name::of_device(), news);
            }
        }
    }

    fn tell(&mut self) {
        let all = self.world.snapshot();
        let running = all
            .cameras
            .values()
            .filter(|camera| camera.state == CameraState::Running)
            .count();
        let first = all.issues.first().map_or("all is well", |issue| &issue.text);
        self.manager
            .status(&format!("{running} of {} cameras run; {first}", all.cameras.len()));
        let Some(desk) = &self.desk else { return };
        self.health.update(&desk.delivery, &all);
        if let Some(homeassistant) = &mut self.homeassistant {
            homeassistant.update(&desk.delivery, &all);
        }
    }

    /// What could not be opened may be there now; said again only if the reason is another one.
    fn retry(&mut self) {
        let before = (self.trouble.clone(), self.failed.clone());
        self.arrange();
        if (self.trouble.clone(), self.failed.clone()) != before {
            self.complain();
        }
    }

    fn issues(&self) -> Vec<Issue> {
        let mut issues = Vec::new();
        if self.config.cameras.is_empty() {
            issues.push(issue(Health::Good, None, self.next_step()));
        }
        if let Some(reason) = &self.trouble {
            issues.push(issue(Health::Failed, None, reason));
        }
        if let Some(reason) = &self.rejected {
            let text = format!("the configuration on disk is not used: {reason}");
            issues.push(issue(Health::Degraded, None, text));
        }
        issues
    }

    fn show(&self) {
        self.world.show(Shown {
            device: Some(self.device.clone()),
            state: self.config.device.state.clone(),
            delivery: self.desk.as_ref().map(|desk| desk.delivery.clone()),
            faces: self.cameras.faces(),
            idle: cameras::idle(&self.config, &self.failed),
            issues: self.issues(),
            ..Shown::default()
        });
    }

    /// Nobody who looks holds the delivery open.
    fn show_nothing(&self) {
        self.world.show(Shown {
            device: Some(self.device.clone()),
            state: self.config.device.state.clone(),
            ..Shown::default()
        });
    }

    fn stop(mut self) {
        tracing::info!("stops");
        self.manager.stopping();
        self.cameras.stop();
        self.show_nothing();
    }
}
