//! What the figures stand on.

use super::{View, format::text};
use crate::document::{Block, Fact, Section};

impl View<'_> {
    pub(super) fn basis(&self) -> Section {
        let words = self.words;
        let mut blocks = vec![
            Block::Heading(words.basis_model.to_owned(), None),
            Block::Facts(self.model()),
            Block::Heading(words.basis_box.to_owned(), None),
            Block::Facts(self.machine()),
        ];
        if !self.run.settings.is_empty() {
            let settings = self.run.settings.iter().map(|setting| {
                let value = if setting.default {
                    text(words.setting_default, &[("value", &setting.value)])
                } else {
                    setting.value.clone()
                };
                Fact::new(&setting.option, value)
            });
            blocks.push(Block::Heading(words.basis_settings.to_owned(), None));
            blocks.push(Block::Facts(settings.collect()));
        }
        Section {
            id: "basis",
            title: words.basis.to_owned(),
            brief: false,
            blocks,
        }
    }

    fn model(&self) -> Vec<Fact> {
        let (words, model) = (self.words, &self.run.model);
        let name = [("name", &model.name), ("version", &model.version)];
        let family = [
            ("family", model.family.clone()),
            ("width", model.input.width.to_string()),
            ("height", model.input.height.to_string()),
        ];
        vec![
            Fact::new(words.fact_model, text(words.fact_model_value, &name)),
            Fact::new(words.fact_family, text(words.fact_family_value, &family)),
            Fact::new(words.fact_file, self.format.0.bytes(model.bytes)),
            Fact::code(words.fact_digest, &model.digest),
            Fact::new(words.fact_licence, &model.licence),
            Fact::new(words.fact_source, &model.source),
        ]
    }

    fn machine(&self) -> Vec<Fact> {
        let (run, words, format) = (self.run, self.words, self.format);
        let count = |number: u32| format.0.count(u64::from(number));
        let cpu = [("cores", count(run.machine.cores)), ("cpu", run.machine.cpu.clone())];
        let frames = [
            ("calibration", count(run.footage.calibration_frames)),
            ("comparison", count(run.footage.comparison_frames)),
        ];
        let labels = run.labels.as_ref().map_or_else(
            || words.fact_no_labels.to_owned(),
            |labels| {
                let (images, objects) = (
                    format.counted(
                        labels.images,
                        words.fact_labels_images_one,
                        words.fact_labels_images_several,
                    ),
                    format.counted(
                        labels.objects,
                        words.fact_labels_objects_one,
                        words.fact_labels_objects_several,
                    ),
                );
                text(
                    words.fact_labels_value,
                    &[("name", &labels.name), ("images", &images), ("objects", &objects)],
                )
            },
        );
        vec![
            Fact::new(words.fact_cpu, text(words.fact_cpu_value, &cpu)),
            Fact::new(words.fact_memory, format.0.bytes(run.machine.memory_bytes)),
            Fact::new(words.fact_runtime, &run.machine.runtime),
            Fact::code(words.fact_footage, &run.footage.name),
            Fact::new(words.fact_frames, text(words.fact_frames_value, &frames)),
            Fact::code(words.fact_footage_digest, &run.footage.digest),
            Fact::new(words.fact_labels, labels),
        ]
    }
}
