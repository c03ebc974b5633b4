//! Names that formulas know.

/// The functions a formula may call, sorted: for error messages, documentation and completion.
pub const FUNCTIONS: [&str; 24] = [
    "abs",
    "avg",
    "bool",
    "ceil",
    "contains",
    "endsWith",
    "extract",
    "floor",
    "isNumeric",
    "len",
    "lower",
    "matches",
    "max",
    "median",
    "min",
    "number",
    "round",
    "split",
    "startsWith",
    "string",
    "sum",
    "trim",
    "trunc",
    "upper",
];
