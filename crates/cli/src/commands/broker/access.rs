//! Who may do what: the broker's access list.
//!
//! A device may write below its own name; that takes no entry, as the name comes from its certificate. A reader has an
//! entry with what it may read, and may write nothing, not even below its own name. Where Home Assistant is to find devices
//! by itself, a device may also describe itself and its cameras there, and who reads everything reads that too.

use std::{collections::BTreeMap, fmt, fs, path::PathBuf};

use anyhow::{Context as _, anyhow};
use clap::Args;
use luchs_scene::Name;

use super::files::{ACCESS, Owner};
use crate::output::{Outcome, Sort as _, line};

#[derive(Args)]
pub(crate) struct AddReader {
    /// Folder of the broker
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// What it may read; without it, everything of all devices
    #[arg(long, value_name = "FILTER")]
    topic: Option<String>,
    /// The reader, by the name of its certificate
    name: Name,
}

#[derive(Args)]
pub(crate) struct HomeAssistant {
    /// Folder of the broker
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// First level of its topics
    #[arg(default_value = "homeassistant")]
    prefix: Name,
}

#[derive(Args)]
pub(crate) struct RemoveReader {
    /// Folder of the broker
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// The reader, by the name of its certificate
    name: Name,
}

pub(super) fn add(arguments: &AddReader) -> Outcome {
    let name = &arguments.name;
    change(&arguments.dir, |access| access.add(name, arguments.topic.as_deref()))?;
    line(format_args!(
        "reader {name}; next: kill -HUP the broker, which then reads its rights again"
    ));
    Ok(())
}

pub(super) fn home_assistant(arguments: &HomeAssistant) -> Outcome {
    let prefix = &arguments.prefix;
    change(&arguments.dir, |access| {
        access.home_assistant = Some(prefix.clone());
        Ok(())
    })?;
    line(format_args!(
        "devices may announce themselves below {prefix}; next: kill -HUP the broker, which then reads its rights again"
    ));
    Ok(())
}

pub(super) fn remove(arguments: &RemoveReader) -> Outcome {
    let name = &arguments.name;
    change(&arguments.dir, |access| match access.readers.remove(name) {
        Some(_) => Ok(()),
        None => Err(anyhow!("{name} is no reader here")).usage(),
    })?;
    line(format_args!(
        "no reader any more: {name}; next: start the broker again, which ends its connection"
    ));
    Ok(())
}

fn change(dir: &std::path::Path, change: impl FnOnce(&mut Access) -> Outcome) -> Outcome {
    let path = dir.join(ACCESS);
    let text = fs::read_to_string(&path)
        .with_context(|| path.display().to_string())
        .usage()?;
    let mut access = Access::parse(&text)
        .with_context(|| path.display().to_string())
        .usage()?;
    change(&mut access)?;
    Owner::of(dir)?.write(&path, access.to_string().as_bytes())
}

/// The rights of a site.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Access {
    prefix: Name,
    /// First level of Home Assistant's topics, if devices may announce themselves there.
    pub(super) home_assistant: Option<Name>,
    /// What each reader may read.
    readers: BTreeMap<Name, String>,
}

/// Behind Home Assistant's prefix: what a device may write there.
const DISCOVERY: &str = "/device/%u/+/config";

const HEAD: &str = "# Kept by `luchs broker`: a device writes below its own name, readers read and write nothing.";

impl Access {
    pub(super) fn new(prefix: &Name) -> Self {
        Self {
            prefix: prefix.clone(),
            home_assistant: None,
            readers: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, name: &Name, filter: Option<&str>) -> Outcome {
        let filter = filter.map_or_else(|| format!("{}/#", self.prefix), str::to_owned);
        let is_level = |level: &str| matches!(level, "+" | "#") || level.parse::<Name>().is_ok();
        let hash = filter.find('#').is_none_or(|at| at + 1 == filter.len());
        if !(filter.split('/').all(is_level) && hash) {
            return Err(anyhow!(
                "“{filter}” is no topic filter for rights: levels that are names, “+”, or “#” at the end"
            ))
            .usage();
        }
        self.readers.insert(name.clone(), filter);
        Ok(())
    }

    /// Only what [`Access`] writes: what a person has added would be lost.
    fn parse(text: &str) -> anyhow::Result<Self> {
        let foreign = || anyhow!("this access list was changed by hand: go on like that, or move it away");
        let mut lines = text.lines().filter(|line| !line.is_empty());
        let prefix = |line: &str| line.strip_prefix("pattern write ")?.strip_suffix("/%u/#")?.parse().ok();
        if lines.next() != Some(HEAD) {
            return Err(foreign());
        }
        let mut access = Self::new(&lines.next().and_then(prefix).ok_or_else(foreign)?);
        let mut reader = None;
        for line in lines {
            let announce = line
                .strip_prefix("pattern write ")
                .and_then(|line| line.strip_suffix(DISCOVERY));
            if let Some(first) = announce {
                access.home_assistant = Some(first.parse().map_err(|_| foreign())?);
            } else if let Some(name) = line.strip_prefix("user ") {
                reader = Some(name.parse().map_err(|_| foreign())?);
            } else if let (Some(filter), Some(name)) = (line.strip_prefix("topic read "), &reader) {
                // The first of them; what else it may read follows from it.
                access
                    .readers
                    .entry(Name::clone(name))
                    .or_insert_with(|| filter.to_owned());
            }
        }
        // What was passed over, or is in another order, shows here.
        if access.to_string() == text {
            Ok(access)
        } else {
            Err(foreign())
        }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = &self.prefix;
        writeln!(f, "{HEAD}\npattern write {prefix}/%u/#")?;
        if let Some(first) = &self.home_assistant {
            writeln!(f, "pattern write {first}{DISCOVERY}")?;
        }
        for (name, filter) in &self.readers {
            // The pattern above would let it write as a device.
            writeln!(f, "\nuser {name}\ntopic read {filter}\ntopic deny {prefix}/{name}/#")?;
            if let Some(first) = &self.home_assistant {
                if *filter == format!("{prefix}/#") {
                    writeln!(f, "topic read {first}/#")?;
                }
                writeln!(f, "topic deny {first}/device/{name}/#")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_and_nothing_else() {
        let mut access = Access::new(&"luchs".parse().unwrap());
        for (name, filter) in [("guard", None), ("shed-reader", Some("luchs/shed/+/events"))] {
            assert!(access.add(&name.parse().unwrap(), filter).is_ok());
        }
        let text = access.to_string();
        assert_eq!(Access::parse(&text).unwrap(), access);
        access.home_assistant = Some("homeassistant".parse().unwrap());
        let announcing = access.to_string();
        assert_eq!(
            announcing.lines().skip(1).collect::<Vec<_>>(),
            [
                "pattern write luchs/%u/#",
                "pattern write homeassistant/device/%u/+/config",
                "",
                "user guard",
                "topic read luchs/#",
                "topic deny luchs/guard/#",
                "topic read homeassistant/#",
                "topic deny homeassistant/device/guard/#",
                "",
                "user shed-reader",
                "topic read luchs/shed/+/events",
                "topic deny luchs/shed-reader/#",
                "topic deny homeassistant/device/shed-reader/#",
            ]
        );
        assert_eq!(Access::parse(&announcing).unwrap(), access);
        for foreign in [
            text.replace("user guard", "user guard\ntopic write x"),
            format!("{text}\nuser x\n"),
            announcing.replace("/+/config", "/#"),
            text.replace("pattern write", "pattern readwrite"),
            "x".into(),
        ] {
            assert!(Access::parse(&foreign).is_err(), "{foreign}");
        }
        for bad in ["luchs/#/x", "luchs/a b", "x\nuser y", "luchs//x", ""] {
            assert!(access.add(&"guard".parse().unwrap(), Some(bad)).is_err(), "{bad:?}");
        }
    }
}
