//! The disk as a file system that programs can be run on.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use anyhow::{Context as _, Result};
use fuser::{
    BackgroundSession, BsdFileFlags, Config, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation,
    INodeNo, LockOwner, MountOption, OpenFlags, RenameFlags, ReplyAttr, ReplyCreate, ReplyData, ReplyDirectory,
    ReplyEmpty, ReplyEntry, ReplyOpen, ReplyWrite, Request, TimeOrNow, WriteFlags,
};

use super::Platter;
use crate::seed::Seeded;

/// Nothing may be remembered above us: after a power cut it would be wrong.
const NOT_KEPT: Duration = Duration::ZERO;

/// A mounted disk; unmounted when dropped. Needs root and /dev/fuse.
pub struct Disk {
    path: PathBuf,
    state: Arc<State>,
    session: Option<BackgroundSession>,
}

#[derive(Default)]
struct State {
    inner: Mutex<Inner>,
    changed: Condvar,
}

#[derive(Default)]
struct Inner {
    platter: Platter,
    power: Power,
    /// Changes of the disk so far.
    steps: u64,
    /// Whether it says that it has synced, and has not.
    lies: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Power {
    #[default]
    On,
    /// Fails at this step.
    FailsAt(u64),
    /// Whoever wants something waits.
    Failed,
    /// Whoever still wants something is refused.
    Off,
}

impl Disk {
    /// Mounts an empty one at `path`.
    pub fn mount(path: &Path) -> Result<Self> {
        std::fs::create_dir_all(path)?;
        let state = Arc::new(State::default());
        let mut config = Config::default();
        config.mount_options = vec![MountOption::FSName("luchs-test-disk".into()), MountOption::NoAtime];
        let served = Served(state.clone());
        let session = fuser::spawn_mount(served, path, &config).with_context(|| {
            format!(
                "cannot mount a FUSE file system at {}: is there /dev/fuse, and are you root?",
                path.display()
            )
        })?;
        Ok(Self {
            path: path.to_owned(),
            state,
            session: Some(session),
        })
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many changes there have been.
    pub fn steps(&self) -> u64 {
        self.state.inner().steps
    }

    /// The power is to fail at the `steps`th change from now: it and all that comes after it waits.
    pub fn fail_after(&self, steps: u64) {
        let mut inner = self.state.inner();
        inner.power = Power::FailsAt(inner.steps + steps.max(1));
    }

    /// From now on it says that it has synced, and has not.
    pub fn lie(&self) {
        self.state.inner().lies = true;
    }

    /// Whether the power has failed.
    pub fn has_failed(&self) -> bool {
        self.state.inner().power == Power::Failed
    }

    /// Nothing is written any more; `end` must end all programs that use the disk. Then it works again, and all that
    /// was written before is there.
    pub fn stop(&self, end: impl FnOnce() -> Result<()>) -> Result<()> {
        self.stop_and(|_| (), end)
    }

    /// The same, and of what was not synced as much is there as `random` says.
    pub fn power_cut(&self, random: &mut Seeded, end: impl FnOnce() -> Result<()>) -> Result<()> {
        self.stop_and(|platter| platter.power_cut(random), end)
    }

    fn stop_and(&self, change: impl FnOnce(&mut Platter), end: impl FnOnce() -> Result<()>) -> Result<()> {
        self.state.inner().power = Power::Off;
        self.state.changed.notify_all();
        let ended = end();
        let mut inner = self.state.inner();
        change(&mut inner.platter);
        inner.power = Power::On;
        ended
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.state.inner().power = Power::Off;
        self.state.changed.notify_all();
        // Also if something still uses it; nothing better can be done than to try.
        let _unmounted = std::process::Command::new("umount").arg("-l").arg(&self.path).status();
        drop(self.session.take());
    }
}

impl State {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For what changes nothing: none when the power is off.
    fn reading(&self) -> Option<MutexGuard<'_, Inner>> {
        let mut inner = self.inner();
        while inner.power == Power::Failed {
            inner = self.changed.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
        (inner.power != Power::Off).then_some(inner)
    }

    /// For what changes something.
    fn changing(&self) -> Option<MutexGuard<'_, Inner>> {
        let mut inner = self.inner();
        if matches!(inner.power, Power::FailsAt(step) if inner.steps + 1 >= step) {
            inner.power = Power::Failed;
        }
        drop(inner);
        let mut inner = self.reading()?;
        inner.steps += 1;
        Some(inner)
    }
}

struct Served(Arc<State>);

impl Inner {
    fn attributes(&self, id: u64) -> Option<FileAttr> {
        let (length, mode, kind) = if id == 1 {
            (0, 0o700, FileType::Directory)
        } else {
            let (length, mode) = self.platter.look(id)?;
            (length as u64, mode, FileType::RegularFile)
        };
        let time = SystemTime::UNIX_EPOCH;
        Some(FileAttr {
            ino: INodeNo(id),
            size: length,
            blocks: length.div_ceil(512),
            atime: time,
            mtime: time,
            ctime: time,
            crtime: time,
            kind,
            perm: mode,
            nlink: 1,
            uid: rustix::process::getuid().as_raw(),
            gid: rustix::process::getgid().as_raw(),
            rdev: 0,
            blksize: 4096,
            flags: 0,
        })
    }
}

fn text(name: &OsStr) -> String {
    name.to_string_lossy().into_owned()
}

impl Filesystem for Served {
    fn lookup(&self, _request: &Request, _parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let Some(inner) = self.0.reading() else {
            return reply.error(Errno::EIO);
        };
        match inner.platter.find(&text(name)).and_then(|id| inner.attributes(id)) {
            Some(attributes) => reply.entry(&NOT_KEPT, &attributes, Generation(0)),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn getattr(&self, _request: &Request, id: INodeNo, _handle: Option<FileHandle>, reply: ReplyAttr) {
        let Some(inner) = self.0.reading() else {
            return reply.error(Errno::EIO);
        };
        match inner.attributes(id.0) {
            Some(attributes) => reply.attr(&NOT_KEPT, &attributes),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn setattr(
        &self,
        _request: &Request,
        id: INodeNo,
        mode: Option<u32>,
        _uid: Option<u32>,
        _gid: Option<u32>,
        size: Option<u64>,
        _atime: Option<TimeOrNow>,
        _mtime: Option<TimeOrNow>,
        _ctime: Option<SystemTime>,
        _handle: Option<FileHandle>,
        _crtime: Option<SystemTime>,
        _chgtime: Option<SystemTime>,
        _bkuptime: Option<SystemTime>,
        _flags: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        let Some(mut inner) = self.0.changing() else {
            return reply.error(Errno::EIO);
        };
        if let Some(mode) = mode {
            inner.platter.set_mode(id.0, (mode & 0o7777) as u16);
        }
        if let Some(size) = size {
            inner.platter.set_length(id.0, size as usize);
        }
        match inner.attributes(id.0) {
            Some(attributes) => reply.attr(&NOT_KEPT, &attributes),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn create(
        &self,
        _request: &Request,
        _parent: INodeNo,
        name: &OsStr,
        mode: u32,
        umask: u32,
        _flags: i32,
        reply: ReplyCreate,
    ) {
        let Some(mut inner) = self.0.changing() else {
            return reply.error(Errno::EIO);
        };
        let id = inner.platter.create(&text(name), (mode & !umask & 0o7777) as u16);
        match inner.attributes(id) {
            Some(attributes) => reply.created(
                &NOT_KEPT,
                &attributes,
                Generation(0),
                FileHandle(id),
                FopenFlags::empty(),
            ),
            None => reply.error(Errno::EIO),
        }
    }

    fn open(&self, _request: &Request, id: INodeNo, _flags: OpenFlags, reply: ReplyOpen) {
        reply.opened(FileHandle(id.0), FopenFlags::empty());
    }

    fn read(
        &self,
        _request: &Request,
        id: INodeNo,
        _handle: FileHandle,
        offset: u64,
        size: u32,
        _flags: OpenFlags,
        _owner: Option<LockOwner>,
        reply: ReplyData,
    ) {
        match self.0.reading() {
            Some(inner) => reply.data(inner.platter.read(id.0, offset as usize, size as usize)),
            None => reply.error(Errno::EIO),
        }
    }

    fn write(
        &self,
        _request: &Request,
        id: INodeNo,
        _handle: FileHandle,
        offset: u64,
        data: &[u8],
        _write_flags: WriteFlags,
        _flags: OpenFlags,
        _owner: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        match self.0.changing() {
            Some(mut inner) => {
                inner.platter.write(id.0, offset as usize, data);
                reply.written(data.len() as u32);
            }
            None => reply.error(Errno::EIO),
        }
    }

    fn flush(&self, _request: &Request, _id: INodeNo, _handle: FileHandle, _owner: LockOwner, reply: ReplyEmpty) {
        reply.ok();
    }

    fn fsync(&self, _request: &Request, id: INodeNo, _handle: FileHandle, _datasync: bool, reply: ReplyEmpty) {
        match self.0.changing() {
            Some(mut inner) => {
                if !inner.lies {
                    inner.platter.sync(id.0);
                }
                reply.ok();
            }
            None => reply.error(Errno::EIO),
        }
    }

    fn fsyncdir(&self, _request: &Request, _id: INodeNo, _handle: FileHandle, _datasync: bool, reply: ReplyEmpty) {
        match self.0.changing() {
            Some(mut inner) => {
                if !inner.lies {
                    inner.platter.sync_names();
                }
                reply.ok();
            }
            None => reply.error(Errno::EIO),
        }
    }

    fn unlink(&self, _request: &Request, _parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        match self.0.changing() {
            Some(mut inner) => {
                if inner.platter.remove(&text(name)) {
                    reply.ok();
                } else {
                    reply.error(Errno::ENOENT);
                }
            }
            None => reply.error(Errno::EIO),
        }
    }

    fn rename(
        &self,
        _request: &Request,
        _parent: INodeNo,
        name: &OsStr,
        _newparent: INodeNo,
        newname: &OsStr,
        _flags: RenameFlags,
        reply: ReplyEmpty,
    ) {
        match self.0.changing() {
            Some(mut inner) => {
                if inner.platter.rename(&text(name), &text(newname)) {
                    reply.ok();
                } else {
                    reply.error(Errno::ENOENT);
                }
            }
            None => reply.error(Errno::EIO),
        }
    }

    fn readdir(&self, _request: &Request, _id: INodeNo, _handle: FileHandle, offset: u64, mut reply: ReplyDirectory) {
        let Some(inner) = self.0.reading() else {
            return reply.error(Errno::EIO);
        };
        let dots = [(".", 1, FileType::Directory), ("..", 1, FileType::Directory)];
        let dots = dots.map(|(name, id, kind)| (name.to_owned(), id, kind));
        let files = inner.platter.list();
        let files = files.into_iter().map(|(name, id)| (name, id, FileType::RegularFile));
        for (at, (name, id, kind)) in (1..).zip(dots.into_iter().chain(files)).skip(offset as usize) {
            if reply.add(INodeNo(id), at, kind, name) {
                break;
            }
        }
        reply.ok();
    }
}
