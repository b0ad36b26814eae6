//! The file as a whole.

use std::{borrow::Cow, collections::BTreeMap, io::Read as _, ops::Range, path::Path};

use luchs_scene::Name;
use toml::{
    Spanned,
    de::{DeTable, DeValue, Error},
};

use super::{
    cross,
    report::{Places, Report, problems},
    suggest,
    table::{Reading, Table},
    value::shown,
};
use crate::config::{
    BrokerConfig, CameraConfig, Config, DecoderConfig, DeviceConfig, EventsConfig, HomeAssistantConfig, HttpConfig,
    ModelConfig, Problem, Problems, Secret, Severity, TrackingConfig,
    keys::{self, Section},
};

/// A larger file is something else.
const LIMIT: u64 = 1 << 20;

impl Config {
    /// Reads a file.
    pub fn load(path: &Path) -> Result<Self, Problems> {
        Self::parse(&read(path)?, path)
    }

    /// Reads `text` as the content of `file`: relative paths begin in its folder.
    pub fn parse(text: &str, file: impl AsRef<Path>) -> Result<Self, Problems> {
        let (config, found) = understand(text, file.as_ref());
        match config {
            Some(config) if !is_wrong(&found) => Ok(Self {
                warnings: found,
                ..config
            }),
            _ => Err(problems(file.as_ref(), found)),
        }
    }

    /// Everything that is wrong with the file at `path`, and what of it could be understood: the text and, if `files`, the
    /// files that it names.
    pub fn check(path: &Path, files: bool) -> Result<(Option<Self>, Vec<Problem>), Problems> {
        let (config, mut found) = understand(&read(path)?, path);
        if let Some(config) = config.as_ref().filter(|_| files) {
            // What the text says wrongly was not looked at.
            let wrong: Vec<_> = found.iter().filter_map(|problem| problem.key.clone()).collect();
            let more = config.inspect().into_iter();
            found.extend(more.filter(|problem| problem.key.as_ref().is_none_or(|key| !wrong.contains(key))));
            found.sort_by_key(|problem| problem.place.as_ref().map(|place| (place.line, place.column)));
        }
        Ok((config, found))
    }
}

fn is_wrong(found: &[Problem]) -> bool {
    found.iter().any(|problem| problem.severity == Severity::Error)
}

/// What a text says, as far as it says something, and what is wrong with it.
fn understand(text: &str, file: &Path) -> (Option<Config>, Vec<Problem>) {
    let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let (root, errors) = DeTable::parse_recoverable(text);
    let mut reading = Reading {
        report: Report::new(text),
        places: Places::new(),
        folder: file.parent().unwrap_or(Path::new("/")),
        broken: !errors.is_empty(),
    };
    let mut config = reading.config(root.get_ref(), &file);
    if let Some(config) = &config {
        cross::check(config, &mut reading);
    }
    let Reading { mut report, places, .. } = reading;
    let syntax: Vec<_> = errors.iter().map(|error| syntax(&report, error)).collect();
    report.without_echoes(&syntax);
    let mut found = report.finish();
    match &mut config {
        Some(config) => config.places = places,
        None if is_wrong(&found) => {}
        None => found.push(whole_file(
            "the configuration could not be understood".into(),
            "this is a fault of luchs: please report it".into(),
        )),
    }
    (config, found)
}

/// The text of a file.
fn read(path: &Path) -> Result<String, Problems> {
    let mut bytes = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(LIMIT + 1).read_to_end(&mut bytes));
    let unread = |message: String, help: String| {
        let mut all = problems(path, vec![whole_file(message, help)]);
        all.unread = true;
        all
    };
    if let Err(error) = read {
        let help = match error.kind() {
            std::io::ErrorKind::NotFound => "write one, or name another: luchs check FILE".into(),
            std::io::ErrorKind::PermissionDenied => "run this as root, or as the user of the service".into(),
            _ => format!("see: ls -l {}", shown(&path.display().to_string())),
        };
        return Err(unread(format!("the configuration cannot be read: {error}"), help));
    }
    if bytes.len() as u64 > LIMIT {
        let help = "is it another file? A configuration is some lines for each camera".to_owned();
        return Err(unread("the file is larger than 1 MiB".into(), help));
    }
    String::from_utf8(bytes).map_err(|error| {
        let before = String::from_utf8_lossy(&error.as_bytes()[..error.utf8_error().valid_up_to()]).into_owned();
        let mut problem = whole_file(
            "this is no UTF-8 text".into(),
            "save the file with the encoding UTF-8".into(),
        );
        problem.place = Some(Report::new(&before).place(&(before.len()..before.len())));
        problems(path, vec![problem])
    })
}

fn whole_file(message: String, help: String) -> Problem {
    Problem {
        severity: Severity::Error,
        key: None,
        message,
        help: Some(help),
        place: None,
    }
}

/// What the parser says, which holds nothing of the text.
fn syntax(report: &Report<'_>, error: &Error) -> Problem {
    let message = error.message();
    let help = if message.contains("duplicate key") {
        Some("it stands further up already: keep one of them")
    } else if message.contains("must be quoted") || message.contains("string values") {
        Some("a text stands between quotation marks: key = \"text\"")
    } else if message.contains("string, expected") {
        Some("a text begins and ends with the same quotation mark, on one line")
    } else if message.contains("expected `=`") || message.contains("key with no value") {
        Some("a line is: key = value; a table begins with its name in brackets, such as [camera.gate]")
    } else {
        None
    };
    Problem {
        severity: Severity::Error,
        key: None,
        message: format!("this cannot be parsed: {message}"),
        help: help.map(str::to_owned),
        place: error.span().map(|span| report.place(&span)),
    }
}

impl Reading<'_> {
    /// None if something is missing, which was reported.
    fn config(&mut self, root: &DeTable<'_>, file: &Path) -> Option<Config> {
        for (name, item) in root {
            if keys::section(name.get_ref()).is_none() {
                self.unknown_table(name.get_ref(), &name.span(), item.get_ref());
            }
        }
        let device = self.device(root);
        let broker = self.broker(root);
        let events = self.events(root);
        let model = self.model(root);
        let (tracking, decoder, http) = (self.tracking(root), self.decoder(root), self.http(root));
        let homeassistant = self.homeassistant(root);
        let model = model?;
        let cameras = self.cameras(root, &model);
        Some(Config {
            file: file.to_owned(),
            device: device?,
            broker,
            events: events?,
            model,
            tracking: tracking?,
            decoder: decoder?,
            http: http?,
            homeassistant: homeassistant?,
            cameras,
            warnings: Vec::new(),
            places: Places::new(),
        })
    }

    /// The table of `section`, if the file has it.
    fn find<'d>(
        &mut self,
        root: &'d DeTable<'_>,
        section: &'static Section,
    ) -> Option<(Range<usize>, &'d DeTable<'d>)> {
        let (name, item) = root.iter().find(|(name, _)| name.get_ref() == section.name)?;
        self.places
            .insert(section.name.to_owned(), self.report.place(&name.span()));
        if let DeValue::Table(table) = item.get_ref() {
            return Some((name.span(), table));
        }
        let example = match item.get_ref() {
            DeValue::Array(_) if section.named => "write a table with a name for each: [camera.gate]".to_owned(),
            _ => format!("write a line with {}, and its keys below it", section.header()),
        };
        self.report.error(
            self.report.place_of_key(&name.span()),
            Some(section.name.to_owned()),
            format!("`{}` is the name of a table", section.name),
            Some(example),
        );
        None
    }

    fn single(&mut self, root: &DeTable<'_>, section: &'static Section) -> Table {
        let found = self.find(root, section);
        self.table(
            section,
            section.name,
            found.as_ref().map(|(span, table)| (span, *table)),
        )
    }

    fn unknown_table(&mut self, name: &str, span: &Range<usize>, item: &DeValue<'_>) {
        let near = suggest::nearest(name, keys::SECTIONS.iter().map(|section| section.name));
        let owner = keys::SECTIONS.into_iter().find(|section| section.key(name).is_some());
        let is_table = matches!(item, DeValue::Table(_) | DeValue::Array(_));
        let known = || {
            let headers: Vec<_> = keys::SECTIONS.iter().map(|section| section.header()).collect();
            format!("there are: {}", headers.join(", "))
        };
        let meant = near.and_then(keys::section).map(Section::header);
        let (message, help) = if is_table {
            let help = meant.map_or_else(known, |header| format!("did you mean {header}?"));
            (format!("there is no table `{}`", shown(name)), help)
        } else {
            let help = owner.map_or_else(known, |section| format!("it belongs below {}", section.header()));
            (format!("`{}` stands outside of every table", shown(name)), help)
        };
        let place = if is_table {
            self.report.place(span)
        } else {
            self.report.place_of_key(span)
        };
        self.report.error(place, Some(shown(name)), message, Some(help));
    }

    fn device(&mut self, root: &DeTable<'_>) -> Option<DeviceConfig> {
        let table = self.single(root, &keys::DEVICE);
        let state: std::path::PathBuf = table.get("state")?;
        Some(DeviceConfig {
            name: table.get("name"),
            keys: table.get("keys").unwrap_or_else(|| state.join("keys")),
            state,
        })
    }

    /// None if there is none, or if it cannot be told which, which was reported.
    fn broker(&mut self, root: &DeTable<'_>) -> Option<BrokerConfig> {
        let (span, found) = self.find(root, &keys::BROKER)?;
        let table = self.table(&keys::BROKER, keys::BROKER.name, Some((&span, found)));
        Some(BrokerConfig {
            url: table.get("url")?,
            ca: table.get("ca")?,
            certificate: table.get("certificate")?,
            key: Secret {
                file: table.get("key"),
                credential: "broker.key".into(),
                usual: Some("/etc/luchs/broker/device.key".into()),
            },
            client_id: table.get("client-id"),
            topic_prefix: table.get("topic-prefix")?,
        })
    }

    fn events(&mut self, root: &DeTable<'_>) -> Option<EventsConfig> {
        let table = self.single(root, &keys::EVENTS);
        Some(EventsConfig {
            recipients: table.get("recipients")?,
            update_interval: table.get("update-interval")?,
            end_after: table.get("end-after")?,
            retention_bytes: table.get("retention-bytes")?,
            retention_age: table.get("retention-age")?,
        })
    }

    fn model(&mut self, root: &DeTable<'_>) -> Option<ModelConfig> {
        let table = self.single(root, &keys::MODEL);
        Some(ModelConfig {
            path: table.get("path")?,
            device: table.get("device")?,
            scheduling_policy: table.get("scheduling-policy")?,
            threads: table.get("threads")?,
        })
    }

    fn tracking(&mut self, root: &DeTable<'_>) -> Option<TrackingConfig> {
        let table = self.single(root, &keys::TRACKING);
        Some(TrackingConfig {
            method: table.get("type")?,
            max_lost: table.get("max-lost")?,
            min_hits: table.get("min-hits")?,
        })
    }

    fn decoder(&mut self, root: &DeTable<'_>) -> Option<DecoderConfig> {
        let hardware = self.single(root, &keys::DECODER).get("hardware")?;
        Some(DecoderConfig { hardware })
    }

    fn http(&mut self, root: &DeTable<'_>) -> Option<HttpConfig> {
        let listen = self.single(root, &keys::HTTP).get("listen")?;
        Some(HttpConfig { listen })
    }

    fn homeassistant(&mut self, root: &DeTable<'_>) -> Option<HomeAssistantConfig> {
        let table = self.single(root, &keys::HOMEASSISTANT);
        Some(HomeAssistantConfig {
            discovery: table.get("discovery")?,
            prefix: table.get("prefix")?,
        })
    }

    /// Those that could be read; the others were reported.
    fn cameras(&mut self, root: &DeTable<'_>, model: &ModelConfig) -> BTreeMap<Name, CameraConfig> {
        let Some((_, tables)) = self.find(root, &keys::CAMERA) else {
            return BTreeMap::new();
        };
        let camera = |(written, item): (&Spanned<Cow<'_, str>>, &Spanned<DeValue<'_>>)| {
            self.camera(written.get_ref(), &written.span(), item.get_ref(), model)
        };
        tables.iter().filter_map(camera).collect()
    }

    fn camera(
        &mut self,
        written: &str,
        span: &Range<usize>,
        item: &DeValue<'_>,
        model: &ModelConfig,
    ) -> Option<(Name, CameraConfig)> {
        let DeValue::Table(found) = item else {
            let key = keys::CAMERA.key(written).is_some();
            let help = if key {
                "give the camera a name, and put it below: [camera.gate]"
            } else {
                "write: [camera.gate]"
            };
            let message = if key {
                format!("`{}` belongs to a camera, but this table has no name", shown(written))
            } else {
                format!("the camera “{}” is no table", shown(written))
            };
            let path = format!("camera.{}", shown(written));
            self.report
                .error(self.report.place_of_key(span), Some(path), message, Some(help.into()));
            return None;
        };
        let path = format!("camera.{written}");
        let name = written.parse::<Name>();
        if let Err(error) = &name {
            let help = suggest::as_name(written).map(|name| format!("write: [camera.{name}]"));
            let message = format!("a camera's name is a level of topics: {error}");
            self.report
                .error(self.report.place(span), Some(shown(&path)), message, help);
        }
        let table = self.table(&keys::CAMERA, &path, Some((span, found)));
        let name = name.ok()?;
        let camera = CameraConfig {
            url: table.get("url")?,
            credentials: Secret {
                file: table.get("credentials"),
                credential: format!("camera_{name}"),
                usual: None,
            },
            tls_ca: table.get("tls-ca"),
            transport: table.get("transport")?,
            latency: table.get("latency")?,
            model: table.get("model").unwrap_or_else(|| model.path.clone()),
            device: table.get("device").unwrap_or_else(|| model.device.clone()),
            threshold: table.get("threshold"),
            object_class: table.get("object-class")?,
            inference_interval: table.get("inference-interval")?,
            inference_region: table.get("inference-region"),
            motion_gate: table.get("motion-gate")?,
            max_fps: table.get("max-fps"),
            priority: table.get("priority")?,
            enabled: table.get("enabled")?,
            repeat: table.get("loop")?,
        };
        Some((name, camera))
    }
}
