//! The status on a terminal, in place, until somebody has seen enough.

use std::{
    io::{self, Write as _},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use console::{Term, truncate_str};
use luchs_appliance::status::{ReadError, Snapshot};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    flag,
};

use super::view;
use crate::output::{Outcome, Sort as _, data};

const REFRESH: Duration = Duration::from_secs(1);
/// How soon a wish to stop is seen.
const GLANCE: Duration = Duration::from_millis(50);

/// Shows what `ask` answers until Ctrl-C, and leaves the last answer on the terminal.
pub(super) fn watch(ask: impl Fn() -> Result<Snapshot, ReadError>) -> Outcome<Result<Snapshot, ReadError>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        flag::register(signal, Arc::clone(&stop)).environment()?;
    }
    let term = Term::stdout();
    let mut last = ask();
    // Who does not run now is not waited for.
    if last.is_err() {
        return Ok(last);
    }
    {
        let _screen = Screen::enter().environment()?;
        while !stop.load(Relaxed) {
            let (lines, columns) = term.size();
            Screen::show(&text(&last, columns.into()), lines.into(), columns.into()).environment()?;
            let next = Instant::now() + REFRESH;
            while Instant::now() < next && !stop.load(Relaxed) {
                thread::sleep(GLANCE);
            }
            if !stop.load(Relaxed) {
                last = ask();
            }
        }
    }
    if last.is_ok() {
        data(text(&last, term.size().1.into()).trim_end());
    }
    Ok(last)
}

fn text(asked: &Result<Snapshot, ReadError>, columns: usize) -> String {
    match asked {
        Ok(all) => view::whole(all, columns),
        Err(error) => format!("{error}\n"),
    }
}

/// The terminal's other screen: what was on the first is there again afterwards.
struct Screen;

impl Screen {
    fn enter() -> io::Result<Self> {
        write("\x1b[?1049h\x1b[?25l\x1b[H\x1b[2J")?;
        Ok(Self)
    }

    /// Line by line over what is there, so that nothing flickers.
    fn show(text: &str, lines: usize, columns: usize) -> io::Result<()> {
        let mut picture = "\x1b[H".to_owned();
        let shown = text.lines().take(lines.saturating_sub(1));
        for line in shown {
            picture.push_str(&truncate_str(line, columns, "…"));
            picture.push_str("\x1b[0m\x1b[K\r\n");
        }
        picture.push_str("\x1b[J");
        write(&picture)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // With the terminal gone there is nothing to restore.
        let _restored = write("\x1b[?25h\x1b[?1049l");
    }
}

fn write(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
