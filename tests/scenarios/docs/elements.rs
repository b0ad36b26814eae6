//! docs/elements.md is what GStreamer's registry knows of our plug-ins, with the SECTION of each element.

use std::fmt::Write as _;

use gst::prelude::*;

use crate::{page, properties, section::Section};

const HEAD: &str = "# Elements

All elements of Luchs, as GStreamer's registry knows them. This page is made by a test (`tests/scenarios/docs`), from the
plug-ins and from the comment at the top of each element's `imp.rs`: change those, then
`UPDATE_DOCS=1 cargo test -p luchs-tests --test docs`. Whole pipelines are in [`pipelines/`](../pipelines); the devices that a
model can run on in [devices.md](devices.md); the events of `luchspublish` in [events.md](events.md).

*When* tells in which states of the element a property can be set: *always* also while frames flow. `name`, `parent` and `qos`,
which every element has, are left out. Where nothing else is said, times are in milliseconds.
";

/// The elements in the order in which a frame meets them; those that are not named here follow by name.
const ORDER: [&str; 4] = ["luchsdetect", "luchstrack", "luchspublish", "luchsoverlay"];

/// The factories of all plug-ins that this build has made.
fn factories() -> Vec<gst::ElementFactory> {
    gst::init().unwrap();
    let built = std::fs::read_dir(luchs_tests::built().unwrap()).unwrap();
    let files = built.map(|file| file.unwrap().path());
    let ours = files.filter(|file| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("libgstluchs") && name.ends_with(".so")
    });
    let plugins = ours.map(|file| gst::Plugin::load_file(&file).unwrap());
    let features = plugins.flat_map(|plugin| gst::Registry::get().features_by_plugin(&plugin.plugin_name()));
    let mut factories: Vec<gst::ElementFactory> = features.filter_map(|feature| feature.downcast().ok()).collect();
    let place = |factory: &gst::ElementFactory| ORDER.iter().position(|name| *name == factory.name());
    factories.sort_by_key(|factory| (place(factory).unwrap_or(ORDER.len()), factory.name().to_string()));
    factories
}

fn element_page(factory: &gst::ElementFactory) -> String {
    let name = factory.name();
    let element = factory.create().build().unwrap();
    let section = Section::of(&name);
    let about = |key: &str| factory.metadata(key).unwrap_or_default().to_owned();
    let mut text = format!("\n## {name}\n\n{}.\n\n", about("description").trim_end_matches('.'));
    let plugin = factory.plugin().unwrap().plugin_name();
    let rank = if factory.rank() == gst::Rank::NONE {
        "none"
    } else {
        "see gst-inspect-1.0"
    };
    writeln!(text, "Klass `{}`, plug-in `{plugin}`, rank {rank}.\n", about("klass")).unwrap();
    writeln!(text, "```\n{}\n```\n\n{}\n", section.example, section.prose).unwrap();

    text.push_str("### Pads\n\n| pad | direction | presence | caps |\n|---|---|---|---|\n");
    let mut templates: Vec<_> = factory.static_pad_templates().into_iter().collect();
    templates.sort_by_key(|template| template.name_template().to_owned());
    for template in templates {
        let direction = if template.direction() == gst::PadDirection::Sink {
            "sink"
        } else {
            "source"
        };
        let presence = format!("{:?}", template.presence()).to_lowercase();
        let (name, caps) = (template.name_template(), template.caps());
        writeln!(text, "| `{name}` | {direction} | {presence} | `{caps}` |").unwrap();
    }

    text.push_str("\n### Properties\n\n| property | | type | default | when | |\n|---|---|---|---|---|---|\n");
    let own = properties::own(&element);
    text.extend(own.iter().map(properties::row));
    for property in &own {
        let values = properties::values(property);
        if !values.is_empty() {
            writeln!(text, "\nValues of `{}`:\n\n| nick | |\n|---|---|", property.name()).unwrap();
            for (nick, meaning) in values {
                writeln!(text, "| `{nick}` | {meaning} |").unwrap();
            }
        }
    }
    for property in own
        .iter()
        .filter(|property| property.value_type() == gst::Structure::static_type())
    {
        let structure = element.property::<gst::Structure>(property.name());
        let (name, property) = (structure.name(), property.name());
        writeln!(
            text,
            "\nFields of the structure `{name}` (property `{property}`):\n\n| field | type |\n|---|---|"
        )
        .unwrap();
        for (field, value) in structure.iter() {
            writeln!(text, "| `{field}` | {} |", value.type_().name()).unwrap();
        }
    }
    text
}

#[test]
fn the_page_of_elements_is_the_registrys() {
    let factories = factories();
    assert!(
        factories.len() >= ORDER.len(),
        "too few elements are built: {factories:?}"
    );
    let pages: String = factories.iter().map(element_page).collect();
    page::is_made("elements.md", &format!("{HEAD}{pages}"));
}

#[test]
fn every_example_is_a_pipeline_that_gstreamer_can_make() {
    let factories = factories();
    assert!(!factories.is_empty());
    for factory in factories {
        let example = Section::of(&factory.name()).example.replace("\\\n", "");
        let line = example
            .strip_prefix("gst-launch-1.0 ")
            .unwrap_or_else(|| panic!("{example}"));
        assert!(line.contains(factory.name().as_str()), "the example of another: {line}");
        if let Err(error) = gst::parse::launch(line) {
            panic!("{}: {error}: {line}", factory.name());
        }
    }
}
