//! `luchs-test-camera CLIP`: the harness's camera as a program, for tests of what is installed. It prints its address and
//! serves until its standard input ends.

use std::{io::Read as _, path::PathBuf};

use anyhow::{Context as _, Result};
use luchs_tests::Camera;

fn main() -> Result<()> {
    let clip = std::env::args_os()
        .nth(1)
        .map(PathBuf::from)
        .context("luchs-test-camera CLIP")?;
    let camera = Camera::start(&clip)?;
    #[expect(clippy::print_stdout, reason = "the address is what the program is asked for")]
    {
        println!("{}", camera.url());
    }
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
