//! The report value: what is kept, sent and drawn.

use luchs_scene::Utc;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Language, Screen, document::Document, optimise};

/// The version of the format. A reader that does not know it must not guess.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Schema {
    /// The first version.
    #[default]
    #[serde(rename = "luchs.report/1")]
    V1,
}

impl Schema {
    const TEXT: &str = "luchs.report/1";
}

/// A report of any kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Format of this report.
    pub schema: Schema,
    /// When it was made.
    pub created: Utc,
    /// Version of Luchs that made it.
    pub luchs: String,
    /// What it is about.
    #[serde(flatten)]
    pub subject: Subject,
}

/// What a report is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "result", rename_all = "kebab-case")]
pub enum Subject {
    /// An optimisation run.
    Optimise(Box<optimise::Run>),
}

/// Why a text is no [`Report`].
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Of another version, or something else.
    #[error("this is “{0}”, not {text}: read it with the version of Luchs that made it", text = Schema::TEXT)]
    Schema(String),
    /// Not JSON, or not what the schema says; the reason has line and column where there are any.
    #[error("the report cannot be read: {0}")]
    Json(#[from] serde_json::Error),
}

impl Report {
    /// Of an optimisation run.
    pub fn of_optimisation(run: optimise::Run, created: Utc, luchs: impl Into<String>) -> Self {
        Self {
            schema: Schema::V1,
            created,
            luchs: luchs.into(),
            subject: Subject::Optimise(Box::new(run)),
        }
    }

    /// As JSON, indented, ending with a line break. Numbers that are not finite become `null` and cannot be read again.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    pub fn from_json(text: &str) -> Result<Self, ReadError> {
        /// What of any version can be read.
        #[derive(Deserialize)]
        struct Head {
            #[serde(default)]
            schema: String,
        }
        let head: Head = serde_json::from_str(text)?;
        if head.schema == Schema::TEXT {
            Ok(serde_json::from_str(text)?)
        } else {
            let shown = luchs_scene::printable(&head.schema).chars().take(60).collect();
            Err(ReadError::Schema(shown))
        }
    }

    /// The JSON Schema of the format, as committed in docs/report.schema.json.
    pub fn json_schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }

    /// Its sections, in a language.
    pub fn document(&self, language: Language) -> Document {
        match &self.subject {
            Subject::Optimise(run) => optimise::document(self, run, language),
        }
    }

    /// One page that needs nothing else.
    pub fn html(&self, language: Language) -> String {
        self.document(language).html()
    }

    /// The summary for a terminal.
    pub fn terminal(&self, language: Language, screen: Screen) -> String {
        self.document(language).terminal(screen)
    }
}
