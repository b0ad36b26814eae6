//! How to repeat it, and how long it takes.

use super::{View, format::text};
use crate::{
    document::{Block, Command, Section},
    optimise::{Purpose, Stage, StageTime},
    prose::Prose,
};

impl View<'_> {
    pub(super) fn repeat(&self) -> Option<Section> {
        let words = self.words;
        let mut blocks = Vec::new();
        if !self.run.commands.is_empty() {
            let commands = self.run.commands.iter().map(|command| Command {
                purpose: match &command.purpose {
                    Purpose::Run => words.repeat_run,
                    Purpose::Accuracy => words.repeat_accuracy,
                    Purpose::Speed => words.repeat_speed,
                    Purpose::Passport => words.repeat_passport,
                    Purpose::Other(text) => text,
                }
                .to_owned(),
                text: command.text.clone(),
            });
            blocks.push(Block::Commands(commands.collect()));
        }
        if !self.run.stages.is_empty() {
            let whole = self.run.stages.iter().map(|stage| stage.seconds).sum();
            let parts: Vec<_> = self.run.stages.iter().map(|stage| self.stage(stage)).collect();
            let told = [("time", self.format.0.seconds(whole)), ("parts", parts.join(", "))];
            blocks.push(Block::Prose(Prose::fill(words.took, &told)));
        }
        (!blocks.is_empty()).then(|| Section {
            id: "repeat",
            title: words.repeat.to_owned(),
            brief: true,
            blocks,
        })
    }

    fn stage(&self, stage: &StageTime) -> String {
        let words = self.words;
        let (template, name) = match &stage.stage {
            Stage::Footage => (words.stage_footage, ""),
            Stage::CleanUp => (words.stage_clean_up, ""),
            Stage::Calibration => (words.stage_calibration, ""),
            Stage::Sensitivity => (words.stage_sensitivity, ""),
            Stage::Candidates => (words.stage_candidates, ""),
            Stage::Accuracy => (words.stage_accuracy, ""),
            Stage::Speed => (words.stage_speed, ""),
            Stage::Other(name) => (words.stage_other, name.as_str()),
        };
        text(
            template,
            &[("name", name), ("time", &self.format.0.seconds(stage.seconds))],
        )
    }
}
