//! What must be equal, and what must not be twice.

use muckwatch::engine::canonical::Canonical;

/// The episodes in the output of `replay --list` or in a store, one JSON object each.
pub(crate) fn lines(output: &str) -> Vec<String> {
    output.lines().filter(|line| line.starts_with('{')).map(str::to_owned).collect()
}

/// The same form of a store's list.
pub(crate) fn listed(canonical: &[Canonical]) -> Vec<String> {
    canonical.iter().map(|episode| serde_json::to_string(episode).expect("JSON")).collect()
}

/// Of one (rule, subject, object) no two episodes are there at one time. The list is sorted by these and by start.
pub(crate) fn assert_no_overlap(canonical: &[Canonical]) {
    for pair in canonical.windows(2) {
        let [one, next] = pair else { continue };
        let same = (one.rule, &one.subject, &one.object) == (next.rule, &next.subject, &next.object);
        assert!(!same || one.end.is_some_and(|end| end <= next.start), "two live episodes overlap: {one:?} {next:?}");
    }
}

/// Says where two lists differ, `None` when they do not.
pub(crate) fn difference(reference: &[String], found: &[String]) -> Option<String> {
    let missing = reference.iter().filter(|line| !found.contains(line));
    let extra = found.iter().filter(|line| !reference.contains(line));
    let said: Vec<String> =
        missing.map(|line| format!("missing {line}")).chain(extra.map(|line| format!("extra   {line}"))).collect();
    (!said.is_empty() || reference.len() != found.len())
        .then(|| format!("{} against {}\n{}", reference.len(), found.len(), said.join("\n")))
}
