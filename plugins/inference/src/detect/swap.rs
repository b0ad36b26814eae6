//! Opening models, and putting another one in the place of the one that runs.

use std::sync::atomic::Ordering;

use gst::{prelude::*, subclass::prelude::*};
use luchs_infer::progress::observe;

use super::{
    imp::{CAT, LuchsDetect},
    lock::lock,
    open::{self, OpenError, Opened},
    settings::Source,
    stats::Stats,
    stream::Stream,
};

/// The properties that another model may change.
const RENEWED: [&str; 6] = [
    "model",
    "model-file",
    "device",
    "model-instance-id",
    "object-class",
    "labels-file",
];

impl LuchsDetect {
    /// Opens what is set, when nothing runs.
    pub(super) fn open(&self) -> Result<(), gst::ErrorMessage> {
        let settings = lock(&self.settings).clone();
        // First out with the old: it may hold the engine that goes by the same model-instance-id.
        *lock(&self.state) = None;
        let opened = match settings.region_error {
            Some(error) => Err(OpenError::from(error)),
            None => observe(self.progress(), || open::open(settings.source)),
        };
        let opened = opened.map_err(|err| gst::error_msg!(err.kind(), ("{err}")))?;
        self.announce(&opened);
        *lock(&self.in_use) = Some(opened.source.clone());
        *lock(&self.stats) = Stats::new(opened.detector.engine().active_device());
        let version = self.version.load(Ordering::Acquire);
        let stream = Stream::new(opened, settings.live, version);
        self.set_held(&stream);
        *lock(&self.state) = Some(stream);
        self.obj().notify("active-device");
        Ok(())
    }

    /// Opens what is set beside the model that runs. Of several settings in a row the last one counts.
    pub(super) fn reopen(&self, source: Source, generation: u64) {
        let (element, progress) = (self.obj().downgrade(), self.progress());
        let requested = self.loader.request(move |superseded| {
            let opened = observe(progress, || open::open(source));
            if !superseded()
                && let Some(element) = element.upgrade()
            {
                element.imp().opened(generation, opened);
            }
        });
        if let Err(err) = requested {
            self.opened(generation, Err(OpenError::Thread(err)));
        }
    }

    /// What became of [`Self::reopen`].
    fn opened(&self, generation: u64, opened: Result<Opened, OpenError>) {
        let err = match opened {
            Ok(opened) => {
                let mut incoming = lock(&self.incoming);
                *lock(&self.in_use) = Some(opened.source.clone());
                let unused = incoming.replace(opened);
                self.has_incoming.store(true, Ordering::Release);
                drop(incoming);
                drop(unused);
                return;
            }
            Err(err) => err,
        };
        let in_use = lock(&self.in_use).clone();
        {
            let mut settings = lock(&self.settings);
            // If something newer was set, that one decides.
            if settings.generation != generation {
                return;
            }
            if let Some(source) = in_use {
                settings.source = source;
            }
        }
        gst::warning!(CAT, imp = self, "{err}");
        gst::element_imp_warning!(self, err.kind(), ("{err}; the model that runs stays in use"));
        for name in RENEWED {
            self.obj().notify(name);
        }
    }

    /// Puts the model that was opened meanwhile, if there is one, in the place of the one that runs. The frames in the
    /// element are still the old one's.
    pub(super) fn exchange(&self) -> Result<(), gst::FlowError> {
        if !self.has_incoming.load(Ordering::Acquire) {
            return Ok(());
        }
        self.drain()?;
        self.has_incoming.store(false, Ordering::Release);
        let Some(opened) = lock(&self.incoming).take() else {
            return Ok(());
        };
        self.announce(&opened);
        let (model, engine) = (opened.detector.model().clone(), opened.detector.engine().clone());
        let device = engine.active_device();
        lock(&self.stats).device = Some(device.clone());
        let old = {
            let mut guard = lock(&self.state);
            let stream = guard.as_mut().ok_or(gst::FlowError::Flushing)?;
            let old = stream.exchange(opened);
            self.set_held(stream);
            old
        };
        self.loader.drop_later(old);
        self.post(
            gst::Structure::builder("luchs-model")
                .field("element", "luchsdetect")
                .field("name", &model.name)
                .field("model", model.file.path.display().to_string())
                .field("digest", model.file.digest.to_string())
                .field("device", device)
                .build(),
        );
        self.obj().notify("active-device");
        Ok(())
    }

    /// Forgets a model that was opened meanwhile, and waits for one that is being opened.
    pub(super) fn forget_incoming(&self) {
        self.loader.cancel();
        self.has_incoming.store(false, Ordering::Release);
        let unused = lock(&self.incoming).take();
        drop(unused);
    }

    fn announce(&self, opened: &Opened) {
        let (model, engine) = (opened.detector.model(), opened.detector.engine());
        gst::info!(
            CAT,
            imp = self,
            "model={} sha256={} family={} device={} threads={} workers={} classes={:?}",
            model.file.path.display(),
            model.file.digest,
            model.family,
            engine.active_device(),
            engine.threads(),
            engine.workers(),
            model.classes
        );
        if let Some(reason) = engine.fallback() {
            gst::element_imp_warning!(
                self,
                gst::ResourceError::Settings,
                (
                    "Some or all operators of {} run on the CPU instead of {}: {reason}",
                    model.file.path.display(),
                    engine.device()
                )
            );
        }
    }
}
