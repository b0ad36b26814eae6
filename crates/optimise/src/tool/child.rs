//! Running a step of the tool: a child that can be stopped, and that leaves a log behind.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};

use super::{Environment, Place, ToolError, progress::Progress};

/// How often it is asked whether the person wants no more.
const LOOK: Duration = Duration::from_millis(100);
/// How long a child that was asked to stop may take to do so.
const GRACE: Duration = Duration::from_secs(3);
/// How much of a log is shown.
const LAST_LINES: usize = 12;

/// What a step tells, and asks, while it runs.
#[derive(Clone, Copy)]
pub struct Control<'a> {
    /// Whether the person wants no more.
    pub stopped: &'a dyn Fn() -> bool,
    /// Told the name of what is done and how much of it (0 to 1).
    pub told: &'a dyn Fn(&str, f64),
}

/// The tool, ready to be asked.
#[derive(Clone, Debug)]
pub struct Tool {
    place: Place,
    environment: Environment,
    log: PathBuf,
}

impl Tool {
    /// The tool at `place`; what its steps say goes into the file `log`.
    pub fn new(place: Place, environment: Environment, log: PathBuf) -> Self {
        Self {
            place,
            environment,
            log,
        }
    }

    /// Installs its Python packages if they are not there yet.
    pub fn set_up(&self, control: Control<'_>) -> Result<(), ToolError> {
        let Environment::Folder(folder) = &self.environment else {
            return Ok(());
        };
        if let Some(parent) = folder.parent() {
            fs::create_dir_all(parent).map_err(|error| ToolError::Setup {
                folder: folder.clone(),
                said: error.to_string(),
            })?;
        }
        let mut command = Command::new(&self.place.setup);
        command.arg(folder);
        let status = self.run(command, control)?;
        if status.success() {
            return Ok(());
        }
        Err(ToolError::Setup {
            folder: folder.clone(),
            said: self.last_lines(),
        })
    }

    /// Runs `python -m luchs_optimise STEP ARGUMENTS --progress`.
    pub fn step<A: AsRef<OsStr>>(&self, step: &str, arguments: &[A], control: Control<'_>) -> Result<(), ToolError> {
        let mut command = Command::new(self.environment.python());
        command
            .args(["-m", "luchs_optimise", step])
            .args(arguments)
            .arg("--progress");
        // Nothing of the person's own Python, and nothing written beside the tool.
        command.env("PYTHONPATH", &self.place.modules);
        command.envs([
            ("PYTHONNOUSERSITE", "1"),
            ("PYTHONDONTWRITEBYTECODE", "1"),
            ("PYTHONSAFEPATH", "1"),
        ]);
        command.env("PYTHONUNBUFFERED", "1");
        let status = self.run(command, control)?;
        match status.code() {
            Some(0) => Ok(()),
            Some(2) => Err(ToolError::Refused {
                said: self.last_words(),
            }),
            code => Err(ToolError::Failed {
                step: step.to_owned(),
                said: self.last_lines(),
                disk: code == Some(3),
            }),
        }
    }

    fn run(&self, mut command: Command, control: Control<'_>) -> Result<ExitStatus, ToolError> {
        let program = PathBuf::from(command.get_program());
        let log_error = |source| ToolError::Log {
            path: self.log.clone(),
            source,
        };
        // Only what this step says, so that its last words are its own.
        let log = File::create(&self.log).map_err(log_error)?;
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        // A group of its own: what it started itself is stopped with it, and Ctrl-C reaches it through us.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let start = |source| ToolError::Start {
            program: program.clone(),
            source,
        };
        let mut child = Running(command.spawn().map_err(start)?);
        let (lines, news) = mpsc::channel();
        let reader = child.0.stdout.take().map(|out| {
            thread::spawn(move || {
                for line in BufReader::new(out).lines().map_while(Result::ok) {
                    if lines.send(line).is_err() {
                        break;
                    }
                }
            })
        });
        loop {
            match news.recv_timeout(LOOK) {
                Ok(line) => {
                    if let Some(progress) = Progress::parse(&line) {
                        (control.told)(&progress.step, progress.part());
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => thread::sleep(LOOK / 4),
            }
            if (control.stopped)() {
                return Err(ToolError::Stopped);
            }
            if let Some(status) = child.0.try_wait().map_err(start)? {
                if let Some(reader) = reader {
                    // It ends with the child; what it said last was progress.
                    let _ended = reader.join();
                }
                return Ok(status);
            }
        }
    }

    /// The end of the log.
    fn last_lines(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        if lines.is_empty() {
            return "it said nothing".to_owned();
        }
        let first = lines.len().saturating_sub(LAST_LINES);
        format!("it said last:\n{}", lines[first..].join("\n"))
    }

    /// The last line, which is for a person.
    fn last_words(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let last = text
            .lines()
            .rev()
            .find(|line| !line.trim().is_empty())
            .unwrap_or("it did not say why");
        last.strip_prefix("luchs-optimise: ").unwrap_or(last).to_owned()
    }

    /// Where the tool's own files are.
    pub fn place(&self) -> &Place {
        &self.place
    }
}

/// A child that does not outlive us, whatever happens.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        if !matches!(self.0.try_wait(), Ok(None)) {
            return;
        }
        let group = Pid::from_raw(self.0.id().cast_signed());
        let signal = |signal| {
            if let Some(group) = group {
                // It may be gone in this moment.
                let _sent = kill_process_group(group, signal);
            }
        };
        signal(Signal::INT);
        let until = Instant::now() + GRACE;
        while Instant::now() < until {
            if !matches!(self.0.try_wait(), Ok(None)) {
                // What it started may ignore the first signal.
                signal(Signal::KILL);
                return;
            }
            thread::sleep(LOOK / 10);
        }
        signal(Signal::KILL);
        let _gone = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, os::unix::fs::PermissionsExt as _, path::Path};

    use super::*;

    /// A tool whose Python is a shell script.
    fn scripted(script: &str) -> (tempfile::TempDir, Tool) {
        let folder = tempfile::tempdir().unwrap();
        let python = folder.path().join("python");
        fs::write(&python, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).unwrap();
        let place = Place {
            modules: folder.path().to_owned(),
            setup: folder.path().join("none"),
        };
        let tool = Tool::new(place, Environment::Python(python), folder.path().join("log"));
        (folder, tool)
    }

    fn run(script: &str) -> (Result<(), ToolError>, Vec<(String, f64)>) {
        let (_folder, tool) = scripted(script);
        let news = RefCell::new(Vec::new());
        let told = |step: &str, part: f64| news.borrow_mut().push((step.to_owned(), part));
        let control = Control {
            stopped: &|| false,
            told: &told,
        };
        let result = tool.step("clean", &["a.onnx"], control);
        (result, news.into_inner())
    }

    #[test]
    fn progress_is_told_and_other_output_is_not() {
        let (result, news) =
            run("echo '{\"step\":\"x\",\"done\":1,\"of\":2}'; echo \"$3 $4\"; [ \"$3 $4\" = 'clean a.onnx' ]");
        assert!(result.is_ok(), "{result:?}");
        assert_eq!(news, [("x".to_owned(), 0.5)]);
    }

    #[test]
    fn what_it_refuses_and_what_breaks_is_told_in_its_words() {
        let (refused, _) = run("echo noise >&2; echo 'luchs-optimise: no such layer; see the list' >&2; exit 2");
        assert_eq!(refused.unwrap_err().to_string(), "no such layer; see the list");
        let (failed, _) = run("seq 1 30 >&2; exit 1");
        let message = failed.unwrap_err().to_string();
        assert!(
            message.starts_with("“clean” failed: it said last:\n19\n") && message.ends_with("\n30"),
            "{message}"
        );
        let (disk, _) = run("exit 3");
        assert!(matches!(disk, Err(ToolError::Failed { disk: true, .. })), "{disk:?}");
        let (killed, _) = run("kill -9 $$");
        assert!(killed.unwrap_err().to_string().contains("it said nothing"));
    }

    #[test]
    fn a_child_is_stopped_with_all_that_it_started() {
        let (folder, tool) = scripted("sleep 1000 & echo $! >\"$PYTHONPATH/grandchild\"; trap '' INT; wait");
        let file = folder.path().join("grandchild");
        let written = || fs::read_to_string(&file).is_ok_and(|text| text.ends_with('\n'));
        let control = Control {
            stopped: &written,
            told: &|_, _| {},
        };
        let result = tool.step("clean", &[] as &[&str], control);
        assert!(matches!(result, Err(ToolError::Stopped)), "{result:?}");
        let number = fs::read_to_string(&file).unwrap();
        let until = Instant::now() + Duration::from_secs(10);
        while Path::new("/proc").join(number.trim()).join("cwd").exists() {
            assert!(Instant::now() < until, "process {number} still runs");
            thread::sleep(LOOK);
        }
    }

    #[test]
    fn a_python_that_is_not_there_is_named() {
        let (folder, tool) = scripted("");
        fs::remove_file(folder.path().join("python")).unwrap();
        let control = Control {
            stopped: &|| false,
            told: &|_, _| {},
        };
        let error = tool.step("clean", &[] as &[&str], control).unwrap_err().to_string();
        assert!(error.contains("/python"), "{error}");
    }
}
