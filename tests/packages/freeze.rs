//! `luchs-test-freeze PID NAME`: the threads of a process whose names begin so stand still, for tests of what is installed.
//! It ends when the process does.

use std::{fs, thread, time::Duration};

use anyhow::{Context as _, Result};
use luchs_tests::Frozen;

const LOOK: Duration = Duration::from_millis(100);

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(process), Some(name)) = (arguments.next(), arguments.next()) else {
        anyhow::bail!("luchs-test-freeze PID NAME");
    };
    let process: u32 = process.parse().with_context(|| format!("{process}: not a process"))?;
    let _frozen = Frozen::all_of(process, &name)?;
    while lives(process) {
        thread::sleep(LOOK);
    }
    Ok(())
}

/// Who has been killed stays as a zombie until we let go of its threads.
fn lives(process: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let state = status.lines().find_map(|line| line.strip_prefix("State:"));
    state.is_some_and(|state| !state.trim_start().starts_with(['Z', 'X']))
}
