//! The property object-class: which of a model's classes are wanted.

use luchs_scene::Labels;

/// A class that the model does not have.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("object-class: the model knows no “{name}”; {hint}")]
pub(super) struct ClassError {
    name: String,
    hint: String,
}

/// Per class index whether `list` (names, comma separated) contains it; None for an empty list, which wants all.
pub(super) fn wanted(list: &str, labels: &Labels) -> Result<Option<Vec<bool>>, ClassError> {
    let names: Vec<&str> = list.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        return Ok(None);
    }
    let mut wanted = vec![false; labels.len()];
    for name in names {
        // A model without labels has numbers for names.
        let number = || labels.is_empty().then(|| name.parse::<u16>().ok()).flatten();
        let Some(id) = labels
            .id(name)
            .map(|id| id as usize)
            .or_else(|| number().map(usize::from))
        else {
            return Err(ClassError {
                name: name.chars().take(80).collect(),
                hint: hint(name, labels),
            });
        };
        wanted.resize(wanted.len().max(id + 1), false);
        wanted[id] = true;
    }
    Ok(Some(wanted))
}

fn hint(name: &str, labels: &Labels) -> String {
    let quoted = |names: Vec<&str>| {
        names
            .iter()
            .map(|name| format!("“{name}”"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let lower = name.to_lowercase();
    let mut near: Vec<(usize, &str)> = labels
        .iter()
        .map(|label| (distance(&lower, &label.to_lowercase()), label))
        .filter(|(distance, label)| {
            *distance <= 1 + lower.chars().count() / 4 || (lower.len() > 2 && label.to_lowercase().contains(&lower))
        })
        .collect();
    near.sort_unstable();
    let near: Vec<&str> = near.into_iter().map(|(_, label)| label).take(5).collect();
    if !near.is_empty() {
        return format!("did you mean {}?", quoted(near));
    }
    if labels.is_empty() {
        return "it has no labels: use class numbers, or give labels-file".to_owned();
    }
    let more = if labels.len() > 10 {
        format!(" and {} more", labels.len() - 10)
    } else {
        String::new()
    };
    format!("it knows {}{more}", quoted(labels.iter().take(10).collect()))
}

/// Edit distance (Levenshtein 1966): the fewest characters to insert, delete or replace.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_a_mask_and_an_empty_list_wants_all() {
        let labels = Labels::new(["person", "traffic light", "car"]);
        assert_eq!(wanted(" car, person,", &labels), Ok(Some(vec![true, false, true])));
        assert_eq!(wanted(" , ", &labels), Ok(None));
    }

    #[test]
    fn an_unknown_name_gets_near_ones_or_a_list() {
        let labels = Labels::new(["person", "traffic light", "car"]);
        let message = |list| wanted(list, &labels).unwrap_err().to_string();
        assert_eq!(
            message("Persn"),
            "object-class: the model knows no “Persn”; did you mean “person”?"
        );
        assert!(message("light").contains("did you mean “traffic light”?"));
        assert!(message("zebra").contains("it knows “person”, “traffic light”, “car”"));
    }

    #[test]
    fn without_labels_numbers_are_names() {
        let labels = Labels::new([""; 0]);
        assert_eq!(wanted("2", &labels), Ok(Some(vec![false, false, true])));
        assert!(
            wanted("car", &labels)
                .unwrap_err()
                .to_string()
                .contains("use class numbers")
        );
    }
}
