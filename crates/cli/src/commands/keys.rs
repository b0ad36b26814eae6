//! `luchs keys`: keys for events (devices sign, recipients read) and certificates for the connections.

mod authority;
mod files;
mod list;
mod pair;
mod recipients;
mod request;

use clap::Subcommand;

use crate::output::Outcome;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make the key pair of a device or of a recipient
    Init(pair::Init),
    /// Change a device's or a recipient's key for a new one, in two steps with an overlap
    Rotate(pair::Rotate),
    /// Let one more recipient read a device's events
    AddRecipient(recipients::AddRecipient),
    /// Let a recipient read no events that are made from now on
    RemoveRecipient(recipients::RemoveRecipient),
    /// Make a certificate authority for the connections of a site
    Authority(authority::Create),
    /// Issue a certificate for a device, a reader or the broker
    Issue(authority::Issue),
    /// Take the certificates of someone back
    Revoke(authority::Revoke),
    /// Make a private key and ask an authority elsewhere for its certificate
    Request(request::Make),
    /// Take the certificate that an authority elsewhere has issued, if it fits
    Install(request::Install),
    /// Show the keys and certificates of a folder, and until when they are valid
    List(list::List),
    /// Show one key, certificate or request
    Show(list::Show),
}

pub(crate) fn run(command: Command) -> Outcome {
    match command {
        Command::Init(arguments) => pair::init(arguments),
        Command::Rotate(arguments) => pair::rotate(&arguments),
        Command::AddRecipient(arguments) => recipients::add_recipient(&arguments),
        Command::RemoveRecipient(arguments) => recipients::remove_recipient(&arguments),
        Command::Authority(arguments) => authority::create(&arguments),
        Command::Issue(arguments) => authority::issue(&arguments),
        Command::Revoke(arguments) => authority::revoke(&arguments),
        Command::Request(arguments) => request::make(&arguments),
        Command::Install(arguments) => request::install(&arguments),
        Command::List(arguments) => list::list(&arguments),
        Command::Show(arguments) => list::show(&arguments),
    }
}
