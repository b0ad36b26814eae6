//! `luchs broker`: a mosquitto for one site that trusts nobody without a certificate.

mod access;
mod files;
mod init;
mod update;

use clap::Subcommand;

use crate::output::Outcome;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Write a configuration for mosquitto: TLS 1.3, certificates for everyone, rights by name, nothing lost while away
    Init(Box<init::Init>),
    /// Let a reader read
    AddReader(access::AddReader),
    /// Let a reader read no more
    RemoveReader(access::RemoveReader),
    /// Let devices announce themselves to Home Assistant, and readers of everything read that
    HomeAssistant(access::HomeAssistant),
    /// Take over a newer list of revoked certificates, or a renewed certificate of the broker
    Update(update::Update),
}

pub(crate) fn run(command: Command) -> Outcome {
    match command {
        Command::Init(arguments) => init::init(&arguments),
        Command::AddReader(arguments) => access::add(&arguments),
        Command::RemoveReader(arguments) => access::remove(&arguments),
        Command::HomeAssistant(arguments) => access::home_assistant(&arguments),
        Command::Update(arguments) => update::update(&arguments),
    }
}
