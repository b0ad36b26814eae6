//! `make bench`, second half: whole pipelines as processes. Each scenario answers one question and prints a table.

mod bare;
mod child;
mod clip;
mod commit;
mod lab;
mod lines;
mod many;
mod matrix;
mod memory;
mod motion;
mod options;
mod overhead;
mod report;
mod rounds;
mod two;

use anyhow::Result;
use clap::{Parser as _, ValueEnum as _};

use lab::Lab;
use options::{Options, Scenario};
use report::Report;

fn main() -> Result<()> {
    let options = Options::parse();
    let lab = Lab::new(&options)?;
    let all = Scenario::value_variants();
    let chosen = if options.scenarios.is_empty() {
        all
    } else {
        &options.scenarios
    };
    let mut report = Report::begin(&lab)?;
    for scenario in chosen {
        report.add(&match scenario {
            Scenario::Matrix => matrix::run(&lab),
            Scenario::Overhead => overhead::run(&lab),
            Scenario::Two => two::run(&lab),
            Scenario::Memory => memory::run(&lab),
            Scenario::Many => many::run(&lab),
            Scenario::Motion => motion::run(&lab),
            Scenario::Commit => commit::run(&lab),
        }?)?;
    }
    report.end();
    Ok(())
}

/// A line about what is going on.
#[expect(clippy::print_stderr, reason = "this program talks to a person at a terminal")]
fn say(text: &str) {
    eprintln!("bench: {text}");
}
