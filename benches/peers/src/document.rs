//! The marked part of a document.

use anyhow::{Context, Result};

const BEGIN: &str = "<!-- bench-peers -->";
const END: &str = "<!-- /bench-peers -->";

/// `document` with `section` between the marks.
///
/// # Errors
/// A mark is missing.
pub(crate) fn replaced(document: &str, section: &str) -> Result<String> {
    let marks = || format!("it needs the marks {BEGIN} and {END}, each on a line of its own, in this order");
    let (before, rest) = document.split_once(BEGIN).with_context(marks)?;
    let (_, after) = rest.split_once(END).with_context(marks)?;
    Ok(format!("{before}{BEGIN}\n{}\n{END}{after}", section.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_marks_changes() {
        let document = format!("# A\n{BEGIN}\nold\n{END}\nrest\n");
        let new = replaced(&document, "new\nlines\n\n").unwrap();
        assert_eq!(new, format!("# A\n{BEGIN}\nnew\nlines\n{END}\nrest\n"));
        assert_eq!(replaced(&new, "new\nlines").unwrap(), new);
        assert!(
            replaced("# A\n", "x")
                .unwrap_err()
                .to_string()
                .contains("needs the marks")
        );
        assert!(replaced(&format!("{END}{BEGIN}"), "x").is_err());
    }
}
