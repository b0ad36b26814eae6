//! The launch lines of `pipelines/`: text with `${…}` where values go.
//!
//! `${name}` has to have a value, `${name?}` may have none. A value is a list of words: where the placeholder is a word of
//! its own all of them take its place, within a word there must be exactly one. Lines that begin with `#` are comments.

use std::collections::BTreeMap;

/// Why a template cannot be filled in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// No value for a placeholder that needs one.
    #[error("the line wants a value for ${{{name}}}: give --set {name}=…")]
    NoValue {
        /// The placeholder.
        name: String,
    },
    /// Several words where one is wanted.
    #[error("${{{name}}} stands within a word, so its value has to be one word, not {count}")]
    NotOneWord {
        /// The placeholder.
        name: String,
        /// Words of its value.
        count: usize,
    },
}

/// Values by placeholder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values(BTreeMap<String, Vec<String>>);

impl Values {
    /// Sets the value of `name` to one word, in place of an earlier one.
    pub fn set(&mut self, name: &str, word: impl Into<String>) {
        self.0.insert(name.to_owned(), vec![word.into()]);
    }

    /// Sets the value of `name` to any number of words.
    pub fn set_words(&mut self, name: &str, words: Vec<String>) {
        self.0.insert(name.to_owned(), words);
    }
}

impl<N: AsRef<str>, W: Into<String>> FromIterator<(N, W)> for Values {
    fn from_iter<I: IntoIterator<Item = (N, W)>>(values: I) -> Self {
        let mut all = Self::default();
        for (name, word) in values {
            all.set(name.as_ref(), word);
        }
        all
    }
}

/// The words of `template`, with `values` filled in.
pub fn fill(template: &str, values: &Values) -> Result<Vec<String>, TemplateError> {
    let lines = template.lines().filter(|line| !line.trim_start().starts_with('#'));
    let mut words = Vec::new();
    // Taken apart first, so that a value with blanks in it stays one word.
    for word in lines.flat_map(str::split_whitespace) {
        words.extend(filled(word, values)?);
    }
    Ok(words)
}

/// A word of a line; nothing in the values is a placeholder.
pub fn filled(word: &str, values: &Values) -> Result<Vec<String>, TemplateError> {
    if let Some(name) = word.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'))
        && !name.contains('}')
    {
        return value(name, values);
    }
    let mut out = String::new();
    let mut rest = word;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, behind)) = after.split_once('}') else {
            break;
        };
        let words = value(name, values)?;
        let [word] = words.as_slice() else {
            return Err(TemplateError::NotOneWord {
                name: name.to_owned(),
                count: words.len(),
            });
        };
        out.push_str(before);
        out.push_str(word);
        rest = behind;
    }
    Ok(vec![out + rest])
}

fn value(name: &str, values: &Values) -> Result<Vec<String>, TemplateError> {
    let (name, optional) = match name.strip_suffix('?') {
        Some(name) => (name, true),
        None => (name, false),
    };
    match values.0.get(name) {
        Some(words) => Ok(words.clone()),
        None if optional => Ok(Vec::new()),
        None => Err(TemplateError::NoValue { name: name.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Values {
        let mut values: Values = [("a", "1"), ("b", "${a} x")].into_iter().collect();
        values.set_words("many", vec!["p=1".into(), "q=2".into()]);
        values
    }

    #[test]
    fn values_are_filled_in_once_and_stay_words() {
        let words = fill("# ${nothing}\nx p=${a}/${b} !\n  ${many} ${none?} ${b}", &values()).unwrap();
        assert_eq!(words, ["x", "p=1/${a} x", "!", "p=1", "q=2", "${a} x"]);
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = fill("location=${clip}", &values()).unwrap_err();
        assert!(error.to_string().contains("--set clip="), "{error}");
        let error = fill("location=${many}", &values()).unwrap_err();
        assert!(error.to_string().contains("not 2"), "{error}");
    }
}
