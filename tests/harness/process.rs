//! Child processes that never outlive their parent, and whose output can be read while they run.

use std::{
    ffi::OsStr,
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::until;

/// A running program. Killed when dropped, and by the kernel when the thread that started it dies.
pub struct Process {
    name: String,
    child: Child,
    stdout: PathBuf,
    stderr: PathBuf,
}

impl Process {
    /// Starts `program` with what `prepare` adds; its output goes to files in `folder`.
    pub fn start(
        folder: &Path,
        name: &str,
        program: impl AsRef<OsStr>,
        prepare: impl FnOnce(&mut Command),
    ) -> Result<Self> {
        let (stdout, stderr) = (folder.join(format!("{name}.out")), folder.join(format!("{name}.err")));
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--"]).arg(program.as_ref());
        prepare(&mut command);
        command
            .stdin(Stdio::null())
            .stdout(File::create(&stdout)?)
            .stderr(File::create(&stderr)?);
        let child = command.spawn().with_context(|| format!("could not start {name}"))?;
        Ok(Self {
            name: name.into(),
            child,
            stdout,
            stderr,
        })
    }

    /// What it has written to its standard output so far.
    pub fn stdout(&self) -> String {
        read(&self.stdout)
    }

    /// What it has written to its standard error so far.
    pub fn stderr(&self) -> String {
        read(&self.stderr)
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until its output (either stream) contains `text`.
    pub fn wait_for_output(&mut self, text: &str, seconds: u64) -> Result<()> {
        let what = format!("“{text}” from {}", self.name);
        until(&what, seconds, || {
            if self.stdout().contains(text) || self.stderr().contains(text) {
                return Ok(Some(()));
            }
            match self.child.try_wait()? {
                Some(status) => bail!("{} ended ({status}) without “{text}”:\n{}", self.name, self.stderr()),
                None => Ok(None),
            }
        })
        .with_context(|| format!("{} said:\n{}{}", self.name, self.stdout(), self.stderr()))
    }

    /// Its exit status, if it has ended.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits for its end.
    pub fn wait(&mut self, seconds: u64) -> Result<ExitStatus> {
        until(&format!("the end of {}", self.name), seconds, || {
            Ok(self.child.try_wait()?)
        })
        .with_context(|| format!("{} said:\n{}{}", self.name, self.stdout(), self.stderr()))
    }

    /// Sends a signal by its name (`TERM`, `STOP`, …).
    pub fn signal(&self, signal: &str) -> Result<()> {
        let status = Command::new("kill")
            .args(["-s", signal, &self.pid().to_string()])
            .status()?;
        if status.success() {
            Ok(())
        } else {
            bail!("could not send {signal} to {}", self.name)
        }
    }

    /// Ends it as a power cut would: `kill -9`.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Already gone is fine: the value is on its way out either way.
        drop(self.kill());
    }
}

fn read(path: &Path) -> String {
    std::fs::read(path)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default()
}
