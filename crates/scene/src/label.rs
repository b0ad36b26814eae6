//! Class names, in the order of the model's class indices.

use std::sync::Arc;

/// The class names of a model. Cheap to clone; label strings are shared, not copied per object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels(Arc<[Arc<str>]>);

impl Labels {
    /// Names in class order.
    pub fn new<I, S>(names: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: AsRef<str>,
    {
        Self(names.into_iter().map(|name| Arc::from(name.as_ref())).collect())
    }

    /// Reads the common labels file: one class name a line, blank lines at the end ignored.
    pub fn parse(text: &str) -> Self {
        Self::new(text.trim_end().lines().map(str::trim))
    }

    /// The name of class `id`, or its number as text where the model knows more classes than the list has names.
    pub fn name(&self, id: u32) -> Arc<str> {
        self.0
            .get(id as usize)
            .cloned()
            .unwrap_or_else(|| Arc::from(id.to_string()))
    }

    /// The class index of `name`.
    pub fn id(&self, name: &str) -> Option<u32> {
        self.0.iter().position(|n| &**n == name).map(|i| i as u32)
    }

    /// How many classes there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no class.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All names in class order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|name| &**name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_labels_file_has_one_class_a_line() {
        let labels = Labels::parse("person\nbicycle\r\n traffic light \n\n");
        assert_eq!(
            labels.iter().collect::<Vec<_>>(),
            ["person", "bicycle", "traffic light"]
        );
        assert_eq!(labels.id("bicycle"), Some(1));
        assert_eq!(&*labels.name(7), "7");
    }
}
