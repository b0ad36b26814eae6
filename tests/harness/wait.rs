//! Waiting: by looking, with a deadline.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Looks every 20 ms until `look` gives a value; an error that names `what` after `seconds`.
pub fn until<T>(what: &str, seconds: u64, mut look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let deadline = Instant::now() + Duration::from_secs(seconds);
    loop {
        if let Some(value) = look()? {
            return Ok(value);
        }
        if Instant::now() > deadline {
            bail!("waited {seconds} s in vain for {what}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
