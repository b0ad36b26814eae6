//! A box with two cameras, which `luchs run` watches, and a reader of its events.

use luchs_tests::{Appliance, Camera, Process, Reader, Site, appliance::Configuration, camera::Setup, footage};
use tempfile::TempDir;

/// A box with two cameras, `gate` and `yard`.
pub(crate) struct Scene {
    // Dropped from top to bottom: programs before what they use.
    pub(crate) appliance: Appliance,
    pub(crate) reader: Process,
    pub(crate) gate: Camera,
    pub(crate) yard: Camera,
    pub(crate) site: Site,
    pub(crate) folder: TempDir,
}

impl Scene {
    /// Both cameras run.
    pub(crate) fn new() -> Self {
        Self::with(|_| Setup::default(), |_, _| Vec::new())
    }

    /// With a gate of other settings, and lines of configuration for it.
    pub(crate) fn with(setup: impl FnOnce(&Site) -> Setup, lines: impl FnOnce(&Site, &Setup) -> Vec<String>) -> Self {
        let (site, folder) = (Site::new().unwrap(), tempfile::tempdir().unwrap());
        let setup = setup(&site);
        let lines = lines(&site, &setup);
        let gate = Camera::with(&footage(), setup).unwrap();
        let yard = Camera::start(&footage()).unwrap();
        let reader = Reader::Luchs.start(&site, folder.path()).unwrap();
        // A certificate's name is the camera's own, and so is a refused connection.
        let configuration = Configuration::new(&site, folder.path())
            .and_then(|configuration| configuration.camera("gate", &gate.url(), &lines))
            .and_then(|configuration| configuration.camera("yard", &yard.url(), &[]))
            .unwrap();
        let appliance = Appliance::start(folder.path(), &configuration).unwrap();
        let scene = Self {
            appliance,
            reader,
            gate,
            yard,
            site,
            folder,
        };
        for name in ["gate", "yard"] {
            scene.appliance.await_frames(name, 10, 60).unwrap();
        }
        scene
    }
}
