//! `luchs generate`: what packages carry beside the program, made from the program's own description of itself.
//! Hidden, because it is for those who build packages.

mod config;
mod man;

use std::path::PathBuf;

use clap::{Args, CommandFactory as _, Subcommand};
use clap_complete::Shell;

use crate::output::{Outcome, Sort as _};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Write a manual page for each command
    Man(Man),
    /// Print the completions for a shell
    Completions(Completions),
}

#[derive(Args)]
pub(crate) struct Man {
    /// The folder for the pages; made if it is not there
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

#[derive(Args)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(command: &Command) -> Outcome {
    match command {
        Command::Man(Man { folder }) => {
            let mut shown = shown();
            shown.build();
            man::write(&shown, folder).environment()
        }
        Command::Completions(Completions { shell }) => completions(*shell).environment(),
    }
}

fn completions(shell: Shell) -> std::io::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut shown(), "luchs", &mut script);
    std::io::Write::write_all(&mut std::io::stdout().lock(), &script)
}

/// The program without what it hides: pages leave that out by themselves, completions do not.
fn shown() -> clap::Command {
    let all = crate::Arguments::command();
    let shown = all.get_subcommands().filter(|command| !command.is_hide_set()).cloned();
    let program = clap::Command::new("luchs")
        .disable_help_subcommand(true)
        .subcommand_required(true);
    program
        .version(env!("CARGO_PKG_VERSION"))
        .about(all.get_about().cloned().unwrap_or_default())
        .subcommands(
            shown
                .map(|command| command.disable_help_subcommand(true))
                .collect::<Vec<_>>(),
        )
}
