//! `luchs-test-freeze PID NAME`: the threads of a process whose names begin so stand still, for tests of what is installed.
//! It ends when the process does.

use std::{path::PathBuf, thread, time::Duration};

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
    let alive = PathBuf::from(format!("/proc/{process}"));
    while alive.exists() {
        thread::sleep(LOOK);
    }
    Ok(())
}
