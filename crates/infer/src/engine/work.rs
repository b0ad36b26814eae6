//! What a worker does with a slot, or with several as a batch.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use luchs_vision::ElementType;

use super::{
    EngineError,
    pool::Work,
    raw::Program,
    slot::{Ran, Slot},
    tensors::{OutputPlan, Tensors},
};
use crate::Device;

/// A model that runs.
#[derive(Debug)]
pub(super) struct Runs {
    pub(super) program: Program,
    pub(super) outputs: Vec<OutputPlan>,
    /// Held during a run where the device takes one at a time.
    pub(super) alone: Option<Mutex<()>>,
    pub(super) model: PathBuf,
    pub(super) device: Device,
}

impl Runs {
    /// Memory for so many frames at a time.
    pub(super) fn memory(
        &self,
        shape: [usize; 4],
        element: ElementType,
        frames: usize,
    ) -> Result<Tensors, EngineError> {
        Tensors::new(shape, element, &self.outputs, frames).map_err(|error| self.run_error(error.to_string()))
    }

    /// Runs the model on what is in `tensors`.
    pub(super) fn run_on(&self, tensors: &mut Tensors) -> Result<(), EngineError> {
        let _alone = self
            .alone
            .as_ref()
            .map(|lock| lock.lock().unwrap_or_else(PoisonError::into_inner));
        tensors
            .run(&self.program)
            .map_err(|error| self.run_error(error.to_string()))
    }

    fn run_error(&self, reason: String) -> EngineError {
        EngineError::Run {
            model: self.model.clone(),
            device: self.device.clone(),
            reason,
        }
    }

    fn run_batch(&self, slots: &[Arc<Slot>], batches: &mut Batches) -> Result<(), EngineError> {
        let copied = |error: ort::Error| self.run_error(error.to_string());
        let (shape, element) = slots[0].tensors().form();
        let batch = batches.of(slots.len(), || self.memory(shape, element, slots.len()))?;
        for (index, slot) in slots.iter().enumerate() {
            batch.put(index, &mut slot.tensors()).map_err(copied)?;
        }
        self.run_on(batch)?;
        for (index, slot) in slots.iter().enumerate() {
            batch.give(index, slots.len(), &mut slot.tensors());
        }
        Ok(())
    }
}

/// A worker's memory for batches, by their size.
#[derive(Debug, Default)]
pub(super) struct Batches(Vec<Option<Tensors>>);

impl Batches {
    fn of(
        &mut self,
        frames: usize,
        make: impl FnOnce() -> Result<Tensors, EngineError>,
    ) -> Result<&mut Tensors, EngineError> {
        if self.0.len() <= frames {
            self.0.resize_with(frames + 1, || None);
        }
        let place = &mut self.0[frames];
        match place {
            Some(batch) => Ok(batch),
            None => Ok(place.insert(make()?)),
        }
    }
}

impl Work for Runs {
    type Job = Arc<Slot>;
    type Memory = Batches;

    fn run(&self, slots: &[Arc<Slot>], batches: &mut Batches) {
        let started = Instant::now();
        let result = match slots {
            [slot] => self.run_on(&mut slot.tensors()),
            slots => self.run_batch(slots, batches),
        };
        let infer = started.elapsed();
        for slot in slots {
            let queue = slot.since().map(|since| started.saturating_duration_since(since));
            slot.finish(result.clone().map(|()| Ran {
                queue: queue.unwrap_or_default(),
                infer,
            }));
        }
    }

    fn lost(&self, slot: &Arc<Slot>) {
        slot.finish(Err(EngineError::Worker {
            model: self.model.clone(),
            device: self.device.clone(),
        }));
    }
}
