//! `luchs run`: the appliance.

use std::path::PathBuf;

use clap::Args;
use luchs_appliance::{
    config::Config,
    service::{self, Options, RunError},
    status::SOCKET,
};

use crate::output::{Failure, Outcome};

#[derive(Args)]
pub(crate) struct Arguments {
    /// The file of configuration
    #[arg(long, value_name = "FILE", default_value = Config::FILE)]
    config: PathBuf,
    /// Where `luchs status` asks; its folder must exist
    #[arg(long, value_name = "SOCKET", default_value = SOCKET)]
    socket: PathBuf,
}

pub(crate) fn run(arguments: Arguments) -> Outcome {
    // Whatever fails in one camera's thread, the others go on.
    std::panic::set_hook(Box::new(|info| tracing::error!("a bug in luchs: {info}")));
    let options = Options {
        config: arguments.config,
        socket: Some(arguments.socket),
    };
    service::run(&options).map_err(|error| match error {
        RunError::Config(ref problems) if !problems.unread => Failure::Usage(error.into()),
        _ => Failure::Environment(error.into()),
    })
}
