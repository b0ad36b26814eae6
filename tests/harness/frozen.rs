//! One thread of another program, stopped while the others go on: what a driver that never returns, a lock that nobody
//! gives back or a disk without an answer look like from outside.

use std::{
    fs,
    sync::mpsc::{Receiver, Sender, channel},
    thread::{self, JoinHandle},
};

use anyhow::{Context as _, Result, anyhow, ensure};
use nix::{
    sys::{
        ptrace,
        wait::{WaitPidFlag, waitpid},
    },
    unistd::Pid,
};

use crate::Process;

/// Threads that stand still until this is dropped.
pub struct Frozen {
    /// Only the thread that stopped them can let them go on.
    keeper: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Frozen {
    /// Stops the first thread whose name begins with `name`.
    pub fn one(process: &Process, name: &str) -> Result<Self> {
        Self::stop(process.pid(), name, 1)
    }

    /// Stops all threads whose names begin with `name`.
    pub fn all(process: &Process, name: &str) -> Result<Self> {
        Self::all_of(process.pid(), name)
    }

    /// The same in a process that somebody else started.
    pub fn all_of(process: u32, name: &str) -> Result<Self> {
        Self::stop(process, name, usize::MAX)
    }

    fn stop(process: u32, name: &str, most: usize) -> Result<Self> {
        let all = threads(process)?;
        let ids: Vec<Pid> = all
            .iter()
            .filter(|(_, known)| known.starts_with(name))
            .map(|(id, _)| *id)
            .take(most)
            .collect();
        let names = || all.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(", ");
        ensure!(!ids.is_empty(), "no thread {name} among {}", names());
        let (release, released) = channel();
        let (tell, told) = channel();
        let keeper = thread::spawn(move || keep(&ids, &tell, &released));
        told.recv().map_err(|_| anyhow!("the freezing thread has died"))??;
        Ok(Self {
            keeper: Some((release, keeper)),
        })
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        if let Some((release, keeper)) = self.keeper.take() {
            drop(release);
            // A panic of its own has been printed.
            drop(keeper.join());
        }
    }
}

/// Ids and names of a program's threads, oldest first.
pub fn threads(process: u32) -> Result<Vec<(Pid, String)>> {
    let folder = format!("/proc/{process}/task");
    let mut threads = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| folder.clone())? {
        let entry = entry?;
        let id: i32 = entry.file_name().to_string_lossy().parse()?;
        // It may have ended since.
        if let Ok(name) = fs::read_to_string(entry.path().join("comm")) {
            threads.push((Pid::from_raw(id), name.trim_end().to_owned()));
        }
    }
    threads.sort();
    Ok(threads)
}

/// Stops the threads and lets them go on when nobody holds the other end of `released` any more.
fn keep(ids: &[Pid], tell: &Sender<Result<()>>, released: &Receiver<()>) {
    let stopped = ids.iter().try_for_each(|id| stop(*id));
    drop(tell.send(stopped));
    // An error is what is waited for: nobody holds the other end.
    let _ = released.recv();
    for id in ids {
        // The program may have been killed in the meantime.
        let _ = ptrace::detach(*id, None);
    }
}

fn stop(id: Pid) -> Result<()> {
    ptrace::seize(id, ptrace::Options::empty()).with_context(|| format!("thread {id} cannot be traced"))?;
    ptrace::interrupt(id)?;
    // It belongs to another program: without this flag it would not be waited for.
    waitpid(id, Some(WaitPidFlag::__WALL)).with_context(|| format!("thread {id} does not stop"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::until;

    fn state(process: &Process, id: Pid) -> Result<char> {
        let stat = fs::read_to_string(format!("/proc/{}/task/{id}/stat", process.pid()))?;
        let after_name = stat.rsplit(") ").next().context("no state")?;
        after_name.chars().next().context("no state")
    }

    #[test]
    fn a_thread_stands_still_while_it_is_frozen_and_goes_on_after() {
        let folder = tempfile::tempdir().unwrap();
        let process = Process::start(folder.path(), "counter", "sh", |command| {
            command.args(["-c", "n=0; while :; do n=$((n+1)); echo $n; sleep 0.01; done"]);
        });
        let process = process.unwrap();
        until("the counter", 10, || Ok(process.stdout().contains("3\n").then_some(()))).unwrap();
        let frozen = Frozen::one(&process, "sh").unwrap();
        let (id, _) = threads(process.pid()).unwrap()[0];
        assert_eq!(state(&process, id).unwrap(), 't');
        let lines = process.stdout().lines().count();
        std::thread::sleep(std::time::Duration::from_millis(200));
        assert_eq!(process.stdout().lines().count(), lines);
        drop(frozen);
        until("it to go on", 10, || {
            Ok((process.stdout().lines().count() > lines + 3).then_some(()))
        })
        .unwrap();
        assert!(Frozen::one(&process, "nobody").is_err());
    }
}
