//! The properties of an element as rows of a table.

use gst::{
    glib::{self, ParamFlags, ParamSpec},
    prelude::*,
};

/// Those that the element itself has, in the order of their names.
pub(crate) fn own(element: &gst::Element) -> Vec<ParamSpec> {
    let all = element.list_properties().to_vec().into_iter();
    let mut own: Vec<_> = all
        .filter(|property| property.owner_type() == element.type_())
        .collect();
    own.sort_by(|a, b| a.name().cmp(b.name()));
    own
}

/// One row.
pub(crate) fn row(property: &ParamSpec) -> String {
    let cells = [
        format!("`{}`", property.name()),
        property.nick().to_owned(),
        kind(property),
        default(property),
        when(property).to_owned(),
        property.blurb().unwrap_or_default().to_owned(),
    ];
    format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | "))
}

/// The values of an enumeration: nick and meaning.
pub(crate) fn values(property: &ParamSpec) -> Vec<(String, String)> {
    let Some(class) = glib::EnumClass::with_type(property.value_type()) else {
        return Vec::new();
    };
    let values = class.values().iter();
    values
        .map(|value| (value.nick().to_owned(), value.name().to_owned()))
        .collect()
}

/// Type and range.
fn kind(property: &ParamSpec) -> String {
    fn range<T: PartialEq + std::fmt::Display>(name: &str, (least, most): (T, T), (lowest, highest): (T, T)) -> String {
        match (least == lowest, most == highest) {
            (true, true) => name.to_owned(),
            (false, true) => format!("{name}, {least} or more"),
            _ => format!("{name}, {least} to {most}"),
        }
    }
    macro_rules! number {
        ($($spec:ident, $of:ty, $name:literal);*) => {$(
            if let Some(spec) = property.downcast_ref::<glib::$spec>() {
                return range($name, (spec.minimum(), spec.maximum()), (<$of>::MIN, <$of>::MAX));
            }
        )*};
    }
    number!(
        ParamSpecUInt, u32, "unsigned"; ParamSpecUInt64, u64, "unsigned"; ParamSpecInt, i32, "integer";
        ParamSpecInt64, i64, "integer"; ParamSpecFloat, f32, "float"; ParamSpecDouble, f64, "float"
    );
    match property.value_type() {
        glib::Type::STRING => "text".to_owned(),
        glib::Type::BOOL => "boolean".to_owned(),
        _ if property.is::<glib::ParamSpecEnum>() => {
            let nicks: Vec<_> = values(property)
                .into_iter()
                .map(|(nick, _)| format!("`{nick}`"))
                .collect();
            nicks.join(", ")
        }
        boxed if boxed == gst::Structure::static_type() => "structure".to_owned(),
        other => other.name().to_owned(),
    }
}

fn default(property: &ParamSpec) -> String {
    let value = property.default_value();
    if !property.flags().contains(ParamFlags::WRITABLE) {
        return "–".to_owned();
    }
    if let Some((_, value)) = glib::EnumValue::from_value(value) {
        return format!("`{}`", value.nick());
    }
    let number = |text: String| format!("`{text}`");
    match value.type_() {
        glib::Type::STRING => match value.get::<Option<String>>().unwrap() {
            Some(text) => number(text),
            None => "none".to_owned(),
        },
        glib::Type::F32 => number(value.get::<f32>().unwrap().to_string()),
        glib::Type::F64 => number(value.get::<f64>().unwrap().to_string()),
        _ => number(
            value
                .transform::<String>()
                .unwrap()
                .get::<String>()
                .unwrap()
                .to_lowercase(),
        ),
    }
}

/// In which states of the element it can be set.
fn when(property: &ParamSpec) -> &'static str {
    let flags = property.flags();
    if !flags.contains(ParamFlags::WRITABLE) {
        "read only"
    } else if flags.contains(gst::PARAM_FLAG_MUTABLE_PLAYING) {
        "always"
    } else if flags.contains(gst::PARAM_FLAG_MUTABLE_PAUSED) {
        "up to PAUSED"
    } else if flags.contains(gst::PARAM_FLAG_MUTABLE_READY) {
        "NULL, READY"
    } else {
        "NULL"
    }
}
