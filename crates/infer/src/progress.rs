//! News of work that takes long enough for a person to wonder: the first build of a GPU's engine, measuring devices.

use std::{
    cell::RefCell,
    path::PathBuf,
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use crate::Device;

/// How often work that goes on says so.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// News of work on a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is done.
    pub work: Work,
    /// The model's file.
    pub model: PathBuf,
    /// How far it is.
    pub stage: Stage,
}

/// What takes long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// A device's compiler builds the model; minutes with TensorRT, and only the first time.
    Build(Device),
    /// `device=auto` measures the devices that are present; seconds, and only the first time.
    Measure,
}

/// How far work is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It begins.
    Started,
    /// It goes on, for this long now. Said every ten seconds.
    Running(Duration),
    /// It is done, well or not, after this long.
    Finished(Duration),
}

/// Who wants to know. Called on the thread that works and on one beside it.
pub type Listener = Arc<dyn Fn(&Progress) + Send + Sync>;

thread_local! {
    static LISTENER: RefCell<Option<Listener>> = const { RefCell::new(None) };
}

/// Does `work`, such as [`crate::Engine::new`], and tells `listener` what takes long in it.
pub fn observe<T>(listener: Listener, work: impl FnOnce() -> T) -> T {
    /// Puts back who listened before, also after a panic.
    struct Restore(Option<Listener>);
    impl Drop for Restore {
        fn drop(&mut self) {
            LISTENER.set(self.0.take());
        }
    }
    let _restore = Restore(LISTENER.replace(Some(listener)));
    work()
}

/// Does `work` and says so in the log and to who listens on this thread.
pub(crate) fn tell<T>(kind: Work, model: PathBuf, work: impl FnOnce() -> T) -> T {
    let listener = LISTENER.with_borrow(Clone::clone);
    let begun = Instant::now();
    let say = move |stage| {
        let progress = Progress {
            work: kind.clone(),
            model: model.clone(),
            stage,
        };
        tracing::info!("{progress}");
        if let Some(listener) = &listener {
            listener(&progress);
        }
    };
    say(Stage::Started);
    let result = thread::scope(|scope| {
        let (done, until_done) = mpsc::channel::<()>();
        scope.spawn(|| {
            let until_done = until_done;
            while until_done.recv_timeout(HEARTBEAT) == Err(mpsc::RecvTimeoutError::Timeout) {
                say(Stage::Running(begun.elapsed()));
            }
        });
        let result = work();
        drop(done);
        result
    });
    say(Stage::Finished(begun.elapsed()));
    result
}

impl std::fmt::Display for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let model = self.model.display();
        match &self.work {
            Work::Build(device) => write!(
                f,
                "{model}: {device} builds its engine, which can take minutes the first time: "
            )?,
            Work::Measure => write!(f, "{model}: device=auto measures the devices that are present, once: ")?,
        }
        match self.stage {
            Stage::Started => f.write_str("started"),
            Stage::Running(time) => write!(f, "{} s so far", time.as_secs()),
            Stage::Finished(time) => write!(f, "done after {:.1} s", time.as_secs_f64()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn who_listens_hears_of_work_inside_and_of_nothing_outside() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let listener = {
            let heard = Arc::clone(&heard);
            Arc::new(move |progress: &Progress| heard.lock().unwrap().push(progress.clone()))
        };
        let work = || tell(Work::Build(Device::TensorRt(0)), "m.onnx".into(), || 7);
        assert_eq!(observe(listener, work), 7);
        work();
        let heard = heard.lock().unwrap();
        assert_eq!(heard.len(), 2, "{heard:?}");
        assert!(
            heard[0].to_string().ends_with("started") && heard[0].to_string().contains("m.onnx: tensorrt:0 builds")
        );
        assert!(matches!(heard[1].stage, Stage::Finished(_)));
    }
}
