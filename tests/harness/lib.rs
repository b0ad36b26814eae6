//! What the scenarios and the demo run against: a real broker, a real RTSP camera, real certificates and keys, in a
//! folder of their own, gone when the value is dropped.

pub mod appliance;
pub mod broker;
pub mod camera;
pub mod clip;
pub mod deaths;
pub mod disk;
pub mod frozen;
pub mod history;
pub mod launch;
pub mod manager;
pub mod outage;
pub mod pki;
pub mod process;
pub mod proxy;
pub mod publisher;
pub mod reader;
pub mod scripted;
pub mod secrets;
pub mod seed;
pub mod site;
pub mod stage;
pub mod wait;

pub use appliance::Appliance;
pub use broker::Broker;
pub use camera::Camera;
pub use disk::Disk;
pub use frozen::Frozen;
pub use history::{History, Verdict};
pub use manager::Manager;
pub use pki::Pki;
pub use process::Process;
pub use proxy::{Line, Proxy};
pub use reader::Reader;
pub use scripted::Scripted;
pub use seed::Seeded;
pub use site::Site;
pub use stage::Stage;
pub use wait::until;

use std::path::{Path, PathBuf};

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(Path::to_path_buf)
        .unwrap_or_default()
}

/// Where `make setup` and `luchs model fetch` leave what is not in the repository.
pub fn assets() -> PathBuf {
    root().join("target/assets")
}

/// The model that the appliance uses unless it is told otherwise, as the repository and the package have it.
pub fn model() -> PathBuf {
    root().join("models/yolox-nano-int8")
}

/// The demo's footage: pedestrians, 768×576, 795 frames, 10 frames a second.
pub fn footage() -> PathBuf {
    assets().join("footage/vtest.avi")
}

/// The folder that this program's profile was built into: the plug-ins and the `luchs` command are there.
pub fn built() -> anyhow::Result<PathBuf> {
    let exe = std::env::current_exe()?;
    let folder = exe.ancestors().find(|folder| folder.join("luchs").is_file());
    folder
        .map(Path::to_path_buf)
        .ok_or_else(|| anyhow::anyhow!("no luchs beside {}: run `make build`", exe.display()))
}
