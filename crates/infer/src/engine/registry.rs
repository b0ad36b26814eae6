//! Engines that many share: by asking for the same, or by naming the same id.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use luchs_model::{Digest, OnnxFile};

use super::{Engine, EngineError, EngineOptions};
use crate::Device;

/// Why an id cannot be shared.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ShareError {
    /// Another model has it.
    #[error(
        "model-instance-id “{id}” stands for {}, and cannot stand for {} too; use another id for another model",
        running.display(), wanted.display()
    )]
    Model {
        /// The id.
        id: String,
        /// The model that has it.
        running: PathBuf,
        /// The model that wants it.
        wanted: PathBuf,
    },
    /// The same model in another way.
    #[error(
        "model-instance-id “{id}” runs on {running} with {running_threads} thread(s), but {wanted} with {wanted_threads} was \
         asked for; use the same settings, or another id"
    )]
    Options {
        /// The id.
        id: String,
        /// Where it runs.
        running: Device,
        /// On how many threads.
        running_threads: usize,
        /// Where it should.
        wanted: Device,
        /// On how many threads; 0 for any.
        wanted_threads: usize,
    },
}

/// What is the same for all who share an engine.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Id(String),
    Same(Digest, EngineOptions),
}

/// One key; locked while its engine is made, so that only one is, and others are not held up.
type Slot = Arc<Mutex<Weak<Engine>>>;

fn slot(key: Key) -> Slot {
    static SLOTS: Mutex<Option<HashMap<Key, Slot>>> = Mutex::new(None);
    let mut slots = SLOTS.lock().unwrap_or_else(PoisonError::into_inner);
    let slots = slots.get_or_insert_default();
    slots.retain(|_, slot| Arc::strong_count(slot) > 1 || slot.lock().is_ok_and(|engine| engine.strong_count() > 0));
    slots.entry(key).or_default().clone()
}

pub(super) fn get_or_make(
    id: Option<&str>,
    file: &OnnxFile,
    options: &EngineOptions,
) -> Result<Arc<Engine>, EngineError> {
    let slot = slot(match id {
        Some(id) => Key::Id(id.to_owned()),
        None => Key::Same(file.digest, options.clone()),
    });
    let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(engine) = slot.upgrade() {
        if let Some(id) = id {
            check(id, &engine, file, options)?;
        }
        return Ok(engine);
    }
    let engine = Arc::new(Engine::new(file, options)?);
    *slot = Arc::downgrade(&engine);
    Ok(engine)
}

fn check(id: &str, engine: &Engine, file: &OnnxFile, options: &EngineOptions) -> Result<(), ShareError> {
    if engine.digest() != file.digest {
        return Err(ShareError::Model {
            id: id.to_owned(),
            running: engine.model().to_owned(),
            wanted: file.path.clone(),
        });
    }
    let same_device = options.device == Device::Auto || options.device == *engine.device();
    let same_threads = options.threads == 0 || options.threads == engine.threads();
    if same_device && same_threads {
        return Ok(());
    }
    Err(ShareError::Options {
        id: id.to_owned(),
        running: engine.device().clone(),
        running_threads: engine.threads(),
        wanted: options.device.clone(),
        wanted_threads: options.threads,
    })
}
