//! The codes of what can be wrong with a program document.

/// Every code with its meaning, in the order of the documentation.
pub const CODES: &[(&str, &str)] = &[
    ("program/toml", "the document is not TOML"),
    (
        "program/unknown-key",
        "a key that no program has there, often a slip of the pen",
    ),
    ("program/missing-key", "a key that every program must have there"),
    ("program/wrong-type", "a value of another type than the key's"),
    ("program/wrong-value", "a value that the key cannot have"),
    ("program/float", "a TOML float where an exact number is needed"),
    ("program/duplicate", "an entry that stands there twice"),
    (
        "program/unknown-currency",
        "no currency of ISO 4217, or one without minor unit",
    ),
    (
        "program/too-many-decimals",
        "an amount with more decimals than the program's scale keeps",
    ),
    ("program/negative-amount", "an amount below zero"),
    (
        "program/share-above-100",
        "a part above 100 %, or one that leaves nothing to divide",
    ),
    (
        "program/formula",
        "a formula with an unknown name, of a wrong type, or unreadable",
    ),
    (
        "program/window-out-of-range",
        "a look-back window that is not 1 to 400 days",
    ),
    (
        "program/not-kept-apart",
        "`day`, `payer` or `country` where nothing is kept apart by it",
    ),
    (
        "program/unknown-name",
        "a table that is looked up by something other than a text variable",
    ),
    (
        "program/unknown-table",
        "a pool filled from a table that the document does not have",
    ),
    (
        "program/pool-source",
        "a pool with two sources, or filled from a table by another key than its own",
    ),
    (
        "program/mechanism",
        "none or more than one of `[pool]`, `[rate]`, `[share]` and `[conversion]`",
    ),
    (
        "program/conversion",
        "a key that has no meaning in a program with `[conversion]`",
    ),
    (
        "program/immutable",
        "a version that was applied with other content",
    ),
    (
        "program/overlap",
        "two versions that would take force with the same period",
    ),
    (
        "program/out-of-order",
        "a higher version number that would take force before a lower one",
    ),
    (
        "program/currency-changed",
        "a version with another currency or scale than the ones before",
    ),
    (
        "program/period-changed",
        "a version with another period than the ones before",
    ),
    ("program/settled", "a version that would change settled periods"),
    ("program/unknown", "a program of which no version was applied"),
    (
        "program/not-in-force",
        "a period before the first version takes force",
    ),
    (
        "program/wrong-period",
        "a day where the program settles months, or a month where it settles days",
    ),
];
