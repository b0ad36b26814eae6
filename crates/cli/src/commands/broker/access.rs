//! Who may do what: the broker's access list.
//!
//! A device may write below its own name; that takes no entry, as the name comes from its certificate. A reader has an
//! entry with what it may read, and may write nothing, not even below its own name.

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
    /// What each reader may read.
    readers: BTreeMap<Name, String>,
}

const HEAD: &str = "# Kept by `luchs broker`: a device writes below its own name, readers read and write nothing.";

impl Access {
    pub(super) fn new(prefix: &Name) -> Self {
        Self {
            prefix: prefix.clone(),
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
        while let Some(line) = lines.next() {
            let name = line.strip_prefix("user ").and_then(|name| name.parse().ok());
            let filter = lines.next().and_then(|line| line.strip_prefix("topic read "));
            let (Some(name), Some(filter), Some(_deny)) = (name, filter, lines.next()) else {
                return Err(foreign());
            };
            access.readers.insert(name, filter.to_owned());
        }
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
        for (name, filter) in &self.readers {
            // The pattern above would let it write as a device.
            writeln!(f, "\nuser {name}\ntopic read {filter}\ntopic deny {prefix}/{name}/#")?;
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
        for foreign in [
            text.replace("user guard", "user guard\ntopic write x"),
            format!("{text}\nuser x\n"),
            "x".into(),
        ] {
            assert!(Access::parse(&foreign).is_err(), "{foreign}");
        }
        for bad in ["luchs/#/x", "luchs/a b", "x\nuser y", "luchs//x", ""] {
            assert!(access.add(&"guard".parse().unwrap(), Some(bad)).is_err(), "{bad:?}");
        }
    }
}
