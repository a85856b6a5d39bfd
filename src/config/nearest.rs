//! The known key nearest to a misspelt one.

/// Of `known` the one that fewest edits turn into `word`, if they are few enough to be a slip: a third of its letters, three at most.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.len() / 3).clamp(1, 3);
    let near = known.into_iter().map(|key| (distance(word, key), key)).filter(|(edits, _)| *edits <= limit);
    near.min().map(|(_, key)| key)
}

/// Levenshtein's distance, one row at a time.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, letter) in left.chars().enumerate() {
        let mut fresh = vec![line + 1];
        for (column, other) in right.iter().enumerate() {
            let replaced = row.get(column).copied().unwrap_or_default() + usize::from(letter != *other);
            let dropped = row.get(column + 1).copied().unwrap_or_default() + 1;
            let added = fresh.last().copied().unwrap_or_default() + 1;
            fresh.push(replaced.min(dropped).min(added));
        }
        row = fresh;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        // Proves: a letter left out, added or swapped finds its key; another word finds none.
        let known = ["listen", "idle_s", "connections_max", "connections_per_address_max"];
        assert_eq!(nearest("lisen", known), Some("listen"));
        assert_eq!(nearest("conections_max", known), Some("connections_max"));
        assert_eq!(nearest("idle", known), None);
        assert_eq!(nearest("port", known), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
