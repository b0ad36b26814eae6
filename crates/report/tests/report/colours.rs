//! Contrast by WCAG 2.2, and colours as colour-blind people see them: G. M. Machado, M. M. Oliveira, L. A. F. Fernandes, “A
//! physiologically-based model for simulation of color vision deficiency”, IEEE TVCG 15, 2009, at full severity.

use std::collections::BTreeMap;

use luchs_report::Language;

use crate::sample::labelled;

type Colour = [f64; 3];

/// The page's colours on a light screen and on a dark one.
fn palettes() -> [BTreeMap<String, Colour>; 2] {
    let page = labelled().html(Language::English);
    let mut found = Vec::new();
    for block in page.split(":root {").skip(1) {
        let block = block.split('}').next().unwrap();
        let pairs = block
            .split(';')
            .filter_map(|line| line.trim().strip_prefix("--")?.split_once(": #"));
        found.push(pairs.map(|(name, hex)| (name.to_owned(), linear(hex))).collect());
    }
    found.try_into().unwrap()
}

/// Linear light of a colour.
fn linear(hex: &str) -> Colour {
    let long: String = if hex.len() == 3 {
        hex.chars().flat_map(|c| [c, c]).collect()
    } else {
        hex.to_owned()
    };
    [0, 2, 4].map(|at| {
        let value = f64::from(u8::from_str_radix(&long[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    })
}

fn contrast(a: Colour, b: Colour) -> f64 {
    let light = |[r, g, b]: Colour| 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
    let (a, b) = (light(a), light(b));
    a.max(b) / a.min(b)
}

#[test]
fn every_text_stands_out_from_what_is_behind_it() {
    for palette in palettes() {
        for behind in ["page", "panel"] {
            for text in ["ink", "quiet", "accent", "good", "warn", "bad"] {
                let ratio = contrast(palette[text], palette[behind]);
                assert!(ratio >= 4.5, "--{text} on --{behind}: {ratio:.2}");
            }
        }
    }
}

const SIGHTS: [(&str, [[f64; 3]; 3]); 4] = [
    ("normal", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    (
        "protanopia",
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
    ),
    (
        "deuteranopia",
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_820, 0.042_940, 0.968_881],
        ],
    ),
    (
        "tritanopia",
        [
            [1.255_528, -0.076_749, -0.178_779],
            [-0.078_411, 0.930_809, 0.147_602],
            [0.004_733, 0.691_367, 0.303_900],
        ],
    ),
];

fn seen(sight: &[[f64; 3]; 3], colour: Colour) -> Colour {
    sight.map(|row| row.iter().zip(colour).map(|(a, b)| a * b).sum::<f64>().clamp(0.0, 1.0))
}

/// CIE L*a*b* of 1976, D65.
fn lab([r, g, b]: Colour) -> Colour {
    let curve = |t: f64| {
        if t > 0.008_856 {
            t.cbrt()
        } else {
            7.787 * t + 16.0 / 116.0
        }
    };
    let x = curve((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
    let y = curve(0.2126 * r + 0.7152 * g + 0.0722 * b);
    let z = curve((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

#[test]
fn colours_of_data_differ_for_everyone() {
    for palette in palettes() {
        for (name, sight) in &SIGHTS {
            for (one, other) in [
                ("accent", "good"),
                ("accent", "bad"),
                ("good", "bad"),
                ("accent", "ink"),
                ("good", "ink"),
            ] {
                let (a, b) = (lab(seen(sight, palette[one])), lab(seen(sight, palette[other])));
                let difference = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
                // Differences of 2 to 3 are just seen side by side.
                assert!(
                    difference >= 19.0,
                    "{name}: --{one} and --{other} differ by {difference:.1}"
                );
            }
        }
    }
}
