//! `luchs pipeline`: the launch line that runs for a camera.

use std::path::PathBuf;

use clap::Args;
use luchs_appliance::{
    config::Config,
    pipeline::{Kind, render},
};
use luchs_scene::Name;

use crate::output::{Outcome, Sort as _, data, note};

#[derive(Args)]
pub(crate) struct Arguments {
    /// The camera's name in the configuration
    camera: Name,
    /// The file of configuration
    #[arg(long, value_name = "FILE", default_value = Config::FILE)]
    config: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Outcome {
    let config = Config::load(&arguments.config).usage()?;
    let line = render(&config, &arguments.camera).usage()?;
    data(&line);
    if line.kind == Kind::Network && line.credentials.locate().is_some() {
        note("user and password are not shown: `luchs run` gives them to the element “source” as user-id and user-pw");
    }
    if line.tls_ca.is_some() {
        note("the camera's authority is not shown: `luchs run` gives it to the element “source” as tls-database");
    }
    Ok(())
}
