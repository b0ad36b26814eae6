//! Topics and identifiers.

use luchs_scene::Name;

/// Where things are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topics {
    /// First level of Home Assistant's topics: `homeassistant`, if it was not changed there.
    pub discovery: String,
    /// `<topic-prefix>/<device>`.
    pub base: String,
}

impl Topics {
    /// Whether the box is connected: the status that the broker keeps, and replaces when the box is gone.
    pub(super) fn availability(&self) -> String {
        format!("{}/status", self.base)
    }

    pub(super) fn device_state(&self) -> String {
        format!("{}/status/device/state", self.base)
    }

    pub(super) fn camera_state(&self, camera: &Name) -> String {
        format!("{}/status/camera/{camera}/state", self.base)
    }

    /// No camera's name begins like this one's last part.
    pub(super) fn device_config(&self, device: &Name) -> String {
        format!("{}/device/{}/_box/config", self.discovery, id(device))
    }

    pub(super) fn camera_config(&self, device: &Name, camera: &Name) -> String {
        format!("{}/device/{}/{}/config", self.discovery, id(device), id(camera))
    }
}

/// Home Assistant reads no points in topics of discovery.
fn id(name: &Name) -> String {
    name.as_str().replace('.', "-dot-")
}

/// A label as key of a JSON object and within a template, where it must not be anything else: labels come with models.
pub(super) fn key(label: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '_'
        }
    };
    label.chars().take(64).map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_have_the_characters_that_home_assistant_reads() {
        let topics = Topics {
            discovery: "homeassistant".into(),
            base: "luchs/box.1".into(),
        };
        let (device, camera) = ("box.1".parse().unwrap(), "a.b".parse().unwrap());
        assert_eq!(
            topics.camera_config(&device, &camera),
            "homeassistant/device/box-dot-1/a-dot-b/config"
        );
        assert_eq!(topics.camera_state(&camera), "luchs/box.1/status/camera/a.b/state");
    }

    #[test]
    fn a_label_cannot_become_a_template() {
        assert_eq!(key("Traffic light"), "traffic_light");
        assert_eq!(key("'] }}{{ x"), "________x");
    }
}
