//! Child processes that never outlive their parent, and whose output can be read while they run.

use std::{
    ffi::OsStr,
    fs::File,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::{secrets, until};

/// A running program. Killed when dropped, and by the kernel when the thread that started it dies. Dropping it is a panic
/// if it has printed a secret: see [`secrets`].
pub struct Process {
    name: String,
    child: Child,
    stdout: PathBuf,
    stderr: PathBuf,
    /// The same files, also when their folder is gone.
    outputs: Option<[File; 2]>,
    /// Who was given a reader's private key shows events on its standard output.
    is_reader: bool,
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
        let is_reader = command
            .get_args()
            .any(|argument| argument == "--recipient-key" || argument.to_string_lossy().contains("recipient.jwk"));
        let create = |path: &Path| {
            File::options()
                .read(true)
                .write(true)
                .create(true)
                .truncate(true)
                .open(path)
        };
        let outputs = [create(&stdout)?, create(&stderr)?];
        command
            .stdin(Stdio::null())
            .stdout(outputs[0].try_clone()?)
            .stderr(outputs[1].try_clone()?);
        let child = command.spawn().with_context(|| format!("could not start {name}"))?;
        Ok(Self {
            name: name.into(),
            child,
            stdout,
            stderr,
            outputs: Some(outputs),
            is_reader,
        })
    }

    /// Ends it and tells what secrets it has printed.
    pub fn leaks(mut self) -> Vec<String> {
        drop(self.kill());
        self.take_leaks()
    }

    fn take_leaks(&mut self) -> Vec<String> {
        let Some([stdout, stderr]) = self.outputs.take() else {
            return Vec::new();
        };
        let leaks = [
            secrets::leaks(&content(&stdout), self.is_reader),
            secrets::leaks(&content(&stderr), false),
        ];
        leaks.concat()
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
        let leaks = self.take_leaks();
        // A second panic would hide the first.
        assert!(
            leaks.is_empty() || std::thread::panicking(),
            "{} printed {}",
            self.name,
            leaks.join(", ")
        );
    }
}

/// All of it; the place where the program writes stays where it is.
fn content(file: &File) -> Vec<u8> {
    let length = file.metadata().map_or(0, |metadata| metadata.len());
    let mut bytes = vec![0; length as usize];
    drop(file.read_exact_at(&mut bytes, 0));
    bytes
}

fn read(path: &Path) -> String {
    std::fs::read(path)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default()
}
