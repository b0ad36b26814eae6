//! A session that is being tried, in the way in which an engine runs it.

use std::time::{Duration, Instant};

use ort::{Error, session::Session};

use super::{agreement::Answer, picture::Picture};
use crate::{
    engine::{Plan, Program, Tensors, Values},
    session::reason,
};

/// A session and what it is fed.
pub(super) struct Runner {
    program: Program,
    tensors: Tensors,
}

impl Runner {
    /// Errors are reasons.
    pub(super) fn new(session: Session, picture: &Picture) -> Result<Self, String> {
        let plan = Plan::new(&session);
        let program = Program::new(session).map_err(|error| error.to_string())?;
        let tensors = filled(picture, &plan).map_err(|error| reason(&error))?;
        Ok(Self { program, tensors })
    }

    /// Runs the model and gives its outputs. Errors are reasons.
    pub(super) fn answer(&mut self) -> Result<Vec<Answer>, String> {
        self.tensors.run(&self.program).map_err(|error| reason(&error))?;
        if let Some((name, kind)) = self.tensors.unreadable().next() {
            return Err(format!("output “{name}” has elements of type {kind}"));
        }
        let answers = self.tensors.outputs().map(|output| Answer {
            name: output.name.to_owned(),
            shape: output.shape.to_vec(),
            values: output.data.to_vec(),
        });
        Ok(answers.collect())
    }

    /// Runs the model and gives how long it took; None if it failed.
    pub(super) fn time(&mut self) -> Option<Duration> {
        let begun = Instant::now();
        self.tensors.run(&self.program).ok()?;
        Some(begun.elapsed())
    }
}

fn filled(picture: &Picture, plan: &Plan) -> Result<Tensors, Error> {
    let (shape, element) = picture.form();
    let mut tensors = Tensors::new(shape, element, &plan.outputs, 1)?;
    match (tensors.input()?, picture) {
        (Values::F32(input), Picture::F32(_, values)) => input.copy_from_slice(values),
        (Values::U8(input), Picture::U8(_, values)) => input.copy_from_slice(values),
        _ => {}
    }
    Ok(tensors)
}
