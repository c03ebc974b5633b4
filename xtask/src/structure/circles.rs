//! Circles: what lies side by side in a folder of a crate, files and folders, uses each other one way.

use super::Violation;
use super::code::{named_below, without_comments_and_strings, without_tests};
use std::collections::{BTreeMap, BTreeSet};

/// A module that another one uses, and where.
type Uses = BTreeMap<String, (String, usize)>;

/// Checks the sources of all crates, by their paths relative to the root, for modules side by side that use each other in a circle.
pub fn check_circles<'f>(files: impl IntoIterator<Item = (&'f str, &'f str)>) -> Vec<Violation> {
    let mut folders: BTreeMap<Vec<String>, BTreeMap<String, Uses>> = BTreeMap::new();
    for (file, text) in files {
        let Some(path) = modules(file) else { continue };
        let code = without_tests(&without_comments_and_strings(text));
        for level in 0..path.len() - 2 {
            let (folder, own) = (&path[..level + 2], &path[level + 2]);
            let known = folders.entry(folder.to_vec()).or_default();
            let uses = known.entry(own.clone()).or_default();
            let up = "super::".repeat(path.len() - level - 2);
            let inside: String = folder[2..].iter().map(|one| format!("{one}::")).collect();
            let named = named_below(&code, &up).into_iter();
            for (line, other) in named.chain(named_below(&code, &format!("crate::{inside}"))) {
                uses.entry(other).or_insert_with(|| (file.to_owned(), line));
            }
        }
    }
    folders.values().flat_map(circles).collect()
}

/// Crate, root and modules of a source file; none: it is a root, tests, or no source of a crate.
fn modules(file: &str) -> Option<Vec<String>> {
    let (krate, inside) = file.strip_prefix("crates/")?.split_once("/src/")?;
    let mut path: Vec<String> = [krate, "src"].map(str::to_owned).into();
    path.extend(inside.strip_suffix(".rs")?.split('/').map(str::to_owned));
    if path.last().is_some_and(|last| last == "mod") {
        path.pop();
    }
    let is_root = path.len() == 3 && ["lib", "main"].contains(&path[2].as_str());
    let is_of_tests = path.last().is_some_and(|last| last == "tests");
    (path.len() > 2 && !is_root && !is_of_tests).then_some(path)
}

/// The modules of a folder that lead back to themselves: one violation for each circle.
fn circles(folder: &BTreeMap<String, Uses>) -> Vec<Violation> {
    let mut told: BTreeSet<&str> = BTreeSet::new();
    let mut found = Vec::new();
    for name in folder.keys() {
        let Some(way) = way_back(folder, name).filter(|way| way.iter().all(|one| !told.contains(one))) else {
            continue;
        };
        told.extend(&way);
        let next = way.get(1).copied().unwrap_or(name);
        let (file, line) = folder[name][next].clone();
        let message = format!(
            "modules use each other in a circle: {} -> {name}: move what both need into one that uses neither",
            way.join(" -> ")
        );
        found.push(Violation { file, line, message });
    }
    found
}

/// The shortest way from a module over others of its folder back to it; none: there is none.
fn way_back<'f>(folder: &'f BTreeMap<String, Uses>, name: &'f str) -> Option<Vec<&'f str>> {
    let next = |of: &'f str| {
        let uses = folder.get(of).into_iter().flat_map(BTreeMap::keys);
        uses.map(String::as_str)
            .filter(move |other| *other != of && folder.contains_key(*other))
    };
    let mut ways = vec![vec![name]];
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            for other in next(way[way.len() - 1]) {
                if other == name {
                    return Some(way);
                }
                if seen.insert(other) {
                    longer.push([&way[..], &[other]].concat());
                }
            }
        }
        ways = longer;
    }
    None
}
