//! The `luchs` command.

mod bench;
mod commands;
mod eval;
mod footage;
mod output;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use output::Outcome;

/// Video analytics for one site: events from cameras, encrypted end to end.
#[derive(Parser)]
#[command(name = "luchs", version, max_term_width = 100, after_help = output::EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Watch the cameras of the configuration: what luchs.service runs
    Run(commands::run::Arguments),
    /// How the running appliance is: cameras, events, the box
    Status(commands::status::Arguments),
    /// Print the gst-launch-1.0 line that runs for a camera
    Pipeline(commands::pipeline::Arguments),
    /// Look at a configuration: everything that is wrong with it, with line, column and remedy
    Check(commands::check::Arguments),
    /// Keys for events (devices sign, recipients read), and certificates for the connections
    #[command(subcommand)]
    Keys(commands::keys::Command),
    /// Set up a mosquitto that trusts nobody without a certificate
    #[command(subcommand)]
    Broker(commands::broker::Command),
    /// Receive, verify and decrypt events
    Subscribe(commands::subscribe::Arguments),
    /// Events that wait for the broker: look, hand over, recover
    #[command(subcommand)]
    Outbox(commands::outbox::Command),
    /// Models: what there is, where it comes from, what it can do
    #[command(subcommand)]
    Model(commands::model::Command),
    /// Make a model faster, prove on your own footage that it is as good, and document it
    Optimise(Box<commands::optimise::Arguments>),
    /// Measure detection or tracking against labels
    #[command(subcommand)]
    Eval(eval::Command),
    /// Measure speed, CPU, latency and memory of a model or of a pipeline on this box
    #[command(subcommand)]
    Bench(bench::Command),
    /// Manual pages and shell completions, for those who make packages
    #[command(subcommand, hide = true)]
    Generate(commands::generate::Command),
}

fn main() -> ExitCode {
    output::install_panic_exit();
    let arguments = Arguments::parse();
    // The appliance tells by itself how it goes; everything else speaks when something is wrong.
    let default = if matches!(arguments.command, Command::Run(_)) {
        "info,ort=warn"
    } else {
        "error"
    };
    luchs_appliance::status::journal::install(default);
    output::finish(run(arguments))
}

fn run(arguments: Arguments) -> Outcome {
    match arguments.command {
        Command::Run(arguments) => commands::run::run(arguments),
        Command::Status(arguments) => commands::status::run(&arguments),
        Command::Pipeline(arguments) => commands::pipeline::run(&arguments),
        Command::Check(arguments) => commands::check::run(&arguments),
        Command::Keys(command) => commands::keys::run(command),
        Command::Broker(command) => commands::broker::run(command),
        Command::Subscribe(arguments) => commands::subscribe::run(&arguments),
        Command::Outbox(command) => commands::outbox::run(&command),
        Command::Model(command) => commands::model::run(command),
        Command::Optimise(arguments) => commands::optimise::run(&arguments),
        Command::Eval(command) => eval::run(command),
        Command::Bench(command) => bench::run(&command),
        Command::Generate(command) => commands::generate::run(&command),
    }
}
