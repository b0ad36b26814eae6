//! A stream's part of an engine.

use std::sync::Arc;

use super::{Engine, schedule::StreamId, slot::Slot};

/// The slots of one stream and its number in the queue. Waits for its frames when it goes.
#[derive(Debug)]
pub(crate) struct Stream {
    engine: Arc<Engine>,
    id: StreamId,
    slots: Vec<Arc<Slot>>,
}

impl Stream {
    pub(super) fn new(engine: Arc<Engine>, slots: Vec<Arc<Slot>>) -> Self {
        let id = engine.pool().join(slots.len());
        Self { engine, id, slots }
    }

    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    pub(crate) fn slots(&self) -> &[Arc<Slot>] {
        &self.slots
    }

    /// Puts a slot that was filled into the queue. With a single slot there is nothing to do but to wait for it, so it is run
    /// here and now if a worker is free.
    pub(crate) fn submit(&self, slot: &Arc<Slot>) {
        slot.queued();
        self.engine
            .pool()
            .submit(self.id, Arc::clone(slot), self.slots.len() == 1);
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.engine.pool().leave(self.id, self.slots.len());
    }
}
