//! One child process, and what it cost.

use std::{
    fs::{self, File},
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context, Result, bail};
use wait4::Wait4;

/// Seconds after which a child is taken to hang.
const PATIENCE: &str = "300";

/// A command line with its environment. `{clip}` in it stands for the clip.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    pub(crate) env: Vec<(String, String)>,
    pub(crate) words: Vec<String>,
}

/// What a child cost, its own children included.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub(crate) struct Cost {
    /// Seconds from start to end.
    pub(crate) wall: f64,
    /// Seconds of CPU, user and system.
    pub(crate) cpu: f64,
    /// Largest resident set, MiB (of the largest process, if there are several).
    pub(crate) memory: f64,
}

impl Line {
    pub(crate) fn new(env: &[(String, String)], words: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            env: env.to_vec(),
            words: words.into_iter().map(Into::into).collect(),
        }
    }

    /// Runs it on `clip`; its output goes to `log`.out and `log`.err.
    ///
    /// # Errors
    /// It cannot be started, ends with an error, or takes longer than patience lasts.
    pub(crate) fn run(&self, clip: &Path, log: &Path) -> Result<(Cost, String)> {
        let clip = clip.display().to_string();
        let words: Vec<String> = self.words.iter().map(|word| word.replace("{clip}", &clip)).collect();
        let (out, err) = (log.with_extension("out"), log.with_extension("err"));
        let create = |path: &Path| File::create(path).with_context(|| format!("cannot write {}", path.display()));
        // timeout(1) waits for its child, so its account holds the child's.
        let mut command = Command::new("timeout");
        command.args(["--signal=KILL", PATIENCE]).args(&words);
        command.envs(self.env.iter().map(|(key, value)| (key, value)));
        command.stdin(Stdio::null()).stdout(create(&out)?).stderr(create(&err)?);
        let begin = Instant::now();
        let mut child = command.spawn().context("cannot start timeout(1) of coreutils")?;
        let end = child.wait4().context("cannot wait for a child")?;
        let wall = begin.elapsed().as_secs_f64();
        let read = |path: &Path| fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()));
        if !end.status.success() {
            bail!(
                "{} ({}):\n{}\n{}",
                end.status,
                words.join(" "),
                last_lines(&read(&out)?),
                last_lines(&read(&err)?)
            );
        }
        let cost = Cost {
            wall,
            cpu: (end.rusage.utime + end.rusage.stime).as_secs_f64(),
            memory: end.rusage.maxrss as f64 / f64::from(1 << 20),
        };
        Ok((cost, read(&out)?))
    }
}

/// What is worth showing of a log.
fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with("Schema error"))
        .collect();
    lines[lines.len().saturating_sub(8)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(script: &str) -> Result<(Cost, String)> {
        let directory = tempfile::tempdir().unwrap();
        let line = Line::new(&[("GREETING".to_owned(), "hello".to_owned())], ["sh", "-c", script]);
        line.run(Path::new("/a/clip.mp4"), &directory.path().join("log"))
    }

    #[test]
    fn a_childs_cpu_time_is_its_own_and_its_childrens() {
        let (idle, _) = run("sleep 0.3").unwrap();
        let (busy, _) = run("sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done'").unwrap();
        assert!(idle.wall >= 0.3 && idle.cpu < 0.1, "{idle:?}");
        assert!(busy.cpu > 2.0 * idle.cpu && busy.cpu <= busy.wall * 1.1, "{busy:?}");
        assert!(busy.memory > 0.5 && busy.memory < 100.0, "{busy:?}");
    }

    #[test]
    fn the_clip_is_filled_in_and_the_output_comes_back() {
        assert_eq!(run("echo $GREETING {clip}").unwrap().1, "hello /a/clip.mp4\n");
    }

    #[test]
    fn a_failure_shows_the_last_words() {
        let error = run("printf 'rea%s\\nSchema error: noi%s\\n' son se >&2; exit 3")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("reason") && !error.contains("noise") && error.contains('3'),
            "{error}"
        );
    }
}
