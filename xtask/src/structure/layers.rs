//! Layers of the crate of use cases: each is a folder, and uses those before it.

use super::Violation;
use super::code::{named_below, without_comments_and_strings, words};

/// The layers of `app`, from the lowest to the highest.
pub const LAYERS: [&str; 10] = [
    "base",
    "workspace",
    "inputs",
    "runs",
    "books",
    "live",
    "settling",
    "payouts",
    "audit",
    "queries",
];

/// Where the layers are.
const FOLDER: &str = "crates/app/src/";

/// Checks a source file of `app`, by its path relative to the root: that it lies in a layer and uses no higher one.
pub fn check_layers(file: &str, text: &str) -> Vec<Violation> {
    let Some(inside) = file.strip_prefix(FOLDER) else {
        return Vec::new();
    };
    let code = without_comments_and_strings(text);
    let violation = |line: usize, message: String| Violation {
        file: file.to_owned(),
        line,
        message,
    };
    let Some((layer, _)) = inside.split_once('/') else {
        let message = match inside {
            "lib.rs" if declared(&code) == LAYERS => return Vec::new(),
            "lib.rs" => format!(
                "it must declare the layers, in this order and nothing else: {}",
                LAYERS.join(", ")
            ),
            _ => "it is in no layer: move it into the folder of the lowest one that has all it needs"
                .to_owned(),
        };
        return vec![violation(0, message)];
    };
    let Some(place) = place(layer) else {
        let message = format!(
            "folder `{layer}` is no layer: move what is in it into one, or give it a place in the order, in `lib.rs` and in xtask"
        );
        return vec![violation(0, message)];
    };
    let higher = |(line, other): (usize, String)| {
        let is_higher = self::place(&other).is_some_and(|other| other > place);
        is_higher.then(|| {
            violation(
                line,
                format!(
                    "layer `{layer}` must not use `{other}`, which comes after it: move what both need down to where both may use it, or let the higher one call and hand it in"
                ),
            )
        })
    };
    let root = "super::".repeat(depth(inside));
    let named = named_below(&code, "crate::").into_iter();
    named
        .chain(named_below(&code, &root))
        .filter_map(higher)
        .collect()
}

fn place(layer: &str) -> Option<usize> {
    LAYERS.iter().position(|known| *known == layer)
}

/// How many modules a file is below the root of the crate.
fn depth(inside: &str) -> usize {
    inside.split('/').filter(|part| *part != "mod.rs").count()
}

/// The modules that a file declares, in their order.
fn declared(code: &str) -> Vec<String> {
    let words: Vec<String> = words(code).into_iter().map(|(_, word)| word).collect();
    let declarations = words.windows(2).filter(|pair| pair[0] == "mod");
    declarations.map(|pair| pair[1].clone()).collect()
}
