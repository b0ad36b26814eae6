//! What makes times doubtful.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::view::text;
use crate::{Language, words};

/// A reason to doubt times that were measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "because", rename_all = "kebab-case")]
pub enum Doubt {
    /// The program that measured was not built with optimisations.
    DevelopmentBuild,
    /// Much was going on before measuring began.
    Load {
        /// Load average of the minute before.
        load: f64,
        /// CPUs that could be used.
        cores: u32,
    },
    /// Other programs were at work while measuring.
    OtherPrograms {
        /// Their part of the time of all CPUs, 0 to 1.
        share: f64,
    },
    /// The CPU changes its speed as it sees fit.
    Governor {
        /// Linux's name of who decides: `powersave`.
        name: String,
    },
}

impl Doubt {
    /// As a clause, with a remedy where there is one.
    pub fn text(&self, language: Language) -> String {
        let words = words::optimise(language);
        match self {
            Self::DevelopmentBuild => words.doubt_build.to_owned(),
            Self::Load { load, cores } => {
                let (load, cores) = (language.decimal(*load, 1), language.count(u64::from(*cores)));
                text(words.doubt_load, &[("load", load), ("cores", cores)])
            }
            Self::OtherPrograms { share } => {
                let share = language.percent(*share, 0);
                text(words.doubt_others, &[("share", share)])
            }
            Self::Governor { name } => text(words.doubt_governor, &[("name", name)]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubt_is_said_in_the_readers_language_with_its_numbers() {
        let load = Doubt::Load { load: 5.25, cores: 2 };
        assert!(load.text(Language::English).contains("load 5.2 on 2 cores"));
        assert!(load.text(Language::German).contains("Last 5,2 auf 2 Kernen"));
        let others = Doubt::OtherPrograms { share: 0.31 };
        assert!(others.text(Language::English).contains("31\u{a0}%"));
        assert!(others.text(Language::German).contains("andere Programme"));
        let name = "power**save**".to_owned();
        assert!(
            Doubt::Governor { name }
                .text(Language::German)
                .contains("„power**save**“")
        );
    }
}
