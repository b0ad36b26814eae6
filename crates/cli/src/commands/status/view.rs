//! The status as text.

use std::fmt::Write as _;

use console::{Style, measure_text_width, pad_str, truncate_str};
use luchs_appliance::status::{CameraState, CameraStatus, DeliveryStatus, Health, Snapshot, amount};
use luchs_scene::printable;

/// Width of the words before each part.
const MARGIN: usize = 10;
const HEAD: [&str; 8] = [
    "CAMERA",
    "STATE",
    "FPS",
    "LOOKED AT",
    "LATENCY",
    "IN VIEW",
    "EVENTS",
    "OUTAGES",
];

/// All of it, in lines of at most so many columns.
pub(super) fn whole(all: &Snapshot, columns: usize) -> String {
    let mut text = String::new();
    let device = all.device.as_ref().map_or("luchs", |device| device.as_str());
    let health = health(all.health);
    let up = amount::age(all.uptime_s);
    let head = format!("{device}: {health}, for {up}, luchs {}", foreign(&all.version));
    wrap(&mut text, "", &head, columns);
    text.push('\n');
    cameras(&mut text, all, columns);
    if let Some(delivery) = &all.delivery {
        part(&mut text, "DELIVERY", &deliver(delivery), columns);
    }
    for engine in &all.engines {
        let time = engine
            .infer_ms
            .map_or_else(String::new, |(median, high)| format!(", {median:.1} / {high:.1} ms"));
        let line = format!(
            "{} on {}, {}, {}{time}, {} under way",
            foreign(&engine.model),
            foreign(&engine.device),
            count(engine.cameras, "camera"),
            count(engine.inferences, "run"),
            count(engine.in_flight, "frame")
        );
        part(&mut text, "MODEL", &line, columns);
    }
    if all.overload.shedding {
        let why = all.overload.text.as_deref().unwrap_or("frames are shed");
        let line = format!(
            "{:.0} % of the frames are looked at: {}",
            all.overload.share * 100.0,
            foreign(why)
        );
        part(&mut text, "OVERLOAD", &line, columns);
    }
    part(&mut text, "BOX", &system(all), columns);
    if !all.issues.is_empty() {
        // Writing to a text cannot fail, here and below.
        let _ = writeln!(text, "\nTO DO");
    }
    for issue in &all.issues {
        let who = issue
            .camera
            .as_ref()
            .map_or_else(String::new, |camera| format!("{camera}: "));
        let mark = style(issue.health).apply_to(if issue.health == Health::Good { "i" } else { "!" });
        wrap(
            &mut text,
            &format!("  {mark} "),
            &format!("{who}{}", foreign(&issue.text)),
            columns,
        );
    }
    text
}

fn count(count: u64, of: &str) -> String {
    format!("{count} {of}{}", if count == 1 { "" } else { "s" })
}

/// Text that is not ours: what is no text in it becomes visible.
fn foreign(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().map(printable).collect();
    words.join(" ")
}

fn style(health: Health) -> Style {
    match health {
        Health::Good => Style::new().green(),
        Health::Degraded => Style::new().yellow().bold(),
        Health::Failed => Style::new().red().bold(),
    }
}

fn health(health: Health) -> String {
    let words = match health {
        Health::Good => "all is well",
        Health::Degraded => "works, but somebody should look",
        Health::Failed => "does not work",
    };
    style(health).apply_to(words).to_string()
}

fn cameras(text: &mut String, all: &Snapshot, columns: usize) {
    if all.cameras.is_empty() {
        return;
    }
    let rows: Vec<[String; 8]> = all
        .cameras
        .iter()
        .map(|(name, camera)| row(name.as_str(), camera))
        .collect();
    let widths: Vec<usize> = (0..HEAD.len())
        .map(|column| {
            rows.iter()
                .map(|row| measure_text_width(&row[column]))
                .chain([HEAD[column].len()])
                .max()
                .unwrap_or(0)
        })
        .collect();
    line(
        text,
        &HEAD.map(|head| Style::new().bold().apply_to(head).to_string()),
        &widths,
        columns,
    );
    for ((_, camera), row) in all.cameras.iter().zip(&rows) {
        line(text, row, &widths, columns);
        if let Some(fault) = &camera.fault {
            wrap(text, "  ", &foreign(fault), columns);
        }
    }
    text.push('\n');
}

fn row(name: &str, camera: &CameraStatus) -> [String; 8] {
    let none = || "-".to_owned();
    let (word, mood) = match camera.state {
        CameraState::Starting => ("starting", Style::new()),
        CameraState::Running => ("running", style(Health::Good)),
        CameraState::Waiting => ("waiting", style(Health::Degraded)),
        CameraState::Stopped => ("off", Style::new().dim()),
    };
    let running = camera.state == CameraState::Running;
    let of = match camera.inference_interval {
        0 | 1 => String::new(),
        interval => format!(" (1 of {interval})"),
    };
    let objects: Vec<String> = camera
        .objects
        .iter()
        .filter(|(_, count)| **count > 0)
        .map(|(label, count)| format!("{count} {}", foreign(label)))
        .collect();
    [
        name.to_owned(),
        mood.apply_to(word).to_string(),
        if running { format!("{:.1}", camera.fps) } else { none() },
        if running {
            format!("{:.1}{of}", camera.analysed_fps)
        } else {
            none()
        },
        camera
            .latency_ms
            .map_or_else(none, |(median, high)| format!("{median:.0} / {high:.0} ms")),
        if objects.is_empty() { none() } else { objects.join(", ") },
        camera.events.to_string(),
        camera.outages.to_string(),
    ]
}

fn line(text: &mut String, cells: &[String; 8], widths: &[usize], columns: usize) {
    let padded: Vec<_> = cells
        .iter()
        .zip(widths)
        .map(|(cell, width)| pad_str(cell, *width, console::Alignment::Left, None))
        .collect();
    let _ = writeln!(text, "{}", truncate_str(padded.join("  ").trim_end(), columns, "…"));
}

fn deliver(delivery: &DeliveryStatus) -> String {
    let mut text = if delivery.connected {
        style(Health::Good).apply_to("connected").to_string()
    } else {
        style(Health::Degraded).apply_to("not connected").to_string()
    };
    if let Some(error) = &delivery.last_error {
        let _ = write!(text, ": {}", foreign(error));
    }
    let _ = write!(text, "; {} wait", delivery.pending);
    if let Some(millis) = delivery.oldest_ms {
        let _ = write!(text, " (oldest {})", amount::age(millis / 1000));
    }
    let _ = write!(text, ", {} delivered", delivery.acknowledged);
    for (count, what) in [
        (delivery.parked, "refused by the broker"),
        (delivery.dropped, "given up"),
    ] {
        if count > 0 {
            let _ = write!(text, ", {} {what}", style(Health::Degraded).apply_to(count));
        }
    }
    let _ = write!(text, "; {}", count(delivery.recipients, "reader"));
    if let Some(days) = delivery.certificate_days {
        let _ = write!(text, "; certificate valid for {days} days");
    }
    text
}

fn system(all: &Snapshot) -> String {
    let system = &all.system;
    let mut facts = Vec::new();
    facts.extend(system.temperature_c.map(|celsius| format!("{celsius:.0} °C")));
    facts.extend(
        system
            .load
            .map(|load| format!("load {:.0} % of {} CPUs", load * 100.0, system.cpus)),
    );
    facts.push(format!("memory {}", amount::bytes(system.rss_bytes)));
    facts.push(format!("{} files open", system.open_files));
    facts.extend(
        system
            .disk_free_bytes
            .map(|bytes| format!("{} of disk free", amount::bytes(bytes))),
    );
    facts.extend(system.clock_synchronised.map(|right| {
        let word = if right {
            "clock synchronised"
        } else {
            "clock not synchronised"
        };
        style(if right { Health::Good } else { Health::Degraded })
            .apply_to(word)
            .to_string()
    }));
    facts.join(", ")
}

fn part(text: &mut String, head: &str, words: &str, columns: usize) {
    wrap(
        text,
        &format!("{}", Style::new().bold().apply_to(format!("{head:<MARGIN$}"))),
        words,
        columns,
    );
}

/// Words in lines that begin below the first one's words.
fn wrap(text: &mut String, head: &str, words: &str, columns: usize) {
    let margin = measure_text_width(head);
    let room = columns.saturating_sub(margin).max(20);
    let mut line = String::new();
    let mut head = head.to_owned();
    for word in words.split_whitespace() {
        if !line.is_empty() && measure_text_width(&line) + 1 + measure_text_width(word) > room {
            let _ = writeln!(text, "{head}{line}");
            head = " ".repeat(margin);
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    let _ = writeln!(text, "{head}{line}");
}

#[cfg(test)]
mod tests;
