//! `luchs generate`: what packages carry beside the program, made from the program's own description of itself.
//! Hidden, because it is for those who build packages.

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
        Command::Man(Man { folder }) => man::write(crate::Arguments::command(), folder).environment(),
        Command::Completions(Completions { shell }) => completions(*shell).environment(),
    }
}

fn completions(shell: Shell) -> std::io::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut crate::Arguments::command(), "luchs", &mut script);
    std::io::Write::write_all(&mut std::io::stdout().lock(), &script)
}
