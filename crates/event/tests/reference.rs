//! `docs/reference/events.md` says what the schema says. `UPDATE_DOCS=1` writes it anew.

use event::kind::Kind;
use event::schema::{self, Field, FieldType, Need};
use std::fmt::Write;
use std::fs;

const HEAD: &str = "\
# Events

What a platform tells Permille. Facts (`view`, `engagement`, `ad_impression`, `funding`) happen once; snapshots (`creator`, `video`, `gift`) say what is
true from their effective time on, and a settlement uses the one in force at the end of its period. The kinds from `gift_frame` on are those of
LIVE: they are booked from frames and purchases, and no settlement of views reads them. On the command line `gift-frame` is `gift_frame`.

Files without a [mapping](mappings.md) have these columns, in any order; others are ignored. An empty value is an absent one.

This page is written from the schema by a test.
";

const TYPES: &str = "
## Types

| type | values |
|---|---|
| id | opaque text of 1 to 128 bytes without control characters; integers are their decimal text, of any length. No floating-point number: see below |
| ids | several ids, separated by `;` |
| text | at most 256 bytes (user agents: 1,024) without control characters |
| time | an instant from 1990 to 2099, kept to the millisecond: RFC 3339, or `2026-10-05 14:30:00.123` with or without an offset (without: UTC); numbers need a unit in a mapping |
| date | `2026-10-05` or `20261005` |
| count | a whole number from 0 to the bound |
| yes/no | `true`/`false`, `1`/`0`, `yes`/`no` |
| decimal | at most twelve digits before the point and six after it |
| address | IPv4, as text or number; IPv6 is accepted and not kept |

What programs write where a value is missing (`null`, `none`, `nil`, `n/a`, `n.a.`, `undefined`, `unknown`, `\\N` in any case of letters, `NA`, `NaT`; also in brackets or quotes; the errors of spreadsheets, such as `#N/A`, `#VALUE!`, `#SPILL!`; marks alone: `-`, `—`, `…`, `?`, `####`), and `true` and `false`, is no id and is set aside: it would be one for all that have none. So are Parquet columns of dates or of yes and no where ids are wanted. A number that passed through floating point is several ids in one, or another text than the id it was, so such ids are set aside: `7.1E+18` as spreadsheets write it, `7,1E+18` with a comma, `$7.1E+18` with the sign of a currency, `CHF 7.1E+18` or `7.1E+18L` with a few letters, also in quotes, as `=\"7.1E+18\"` or with an apostrophe before it, `7,100,000,000,000,000,512.0` in groups of three, `1.0` (a whole number with nothing but zeros behind its point), `7.1D+18`, `7e18`, `1e400`, `nan` and `inf` as programs do, a Parquet column of type double with a value
that is not whole or not below 2^53, one of decimals with a value that is not whole, a number of JSON with a fraction or an exponent, also inside a join or a formula of a mapping. A text of digits, `e` and a power below 15 without a sign or a point (`1e5`, `12e4`) is an id: short ids of hexadecimal digits look like that, spreadsheets write the sign, and no two whole numbers share a floating-point number that small. So is one with other digits than zeros behind its point (`1698765432.000100`). Export the column as text. An event id that is derived from other ids may be longer than 128 bytes.
";

fn type_name(ty: FieldType) -> String {
    match ty {
        FieldType::Id => "id".to_owned(),
        FieldType::IdList => "ids".to_owned(),
        FieldType::Text => "text".to_owned(),
        FieldType::Timestamp => "time".to_owned(),
        FieldType::Date => "date".to_owned(),
        FieldType::Count { max } => format!("count up to {max}"),
        FieldType::Bool => "yes/no".to_owned(),
        FieldType::Decimal => "decimal".to_owned(),
        FieldType::Ip => "address".to_owned(),
    }
}

fn need(field: &Field) -> &'static str {
    match field.need {
        Need::Required => "required",
        Need::Optional => "",
        Need::Derived => "derived",
    }
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    for kind in Kind::ALL {
        write!(
            page,
            "\n## `{kind}`\n\n| field | type | | meaning |\n|---|---|---|---|\n"
        )
        .expect("memory");
        for field in schema::fields(kind) {
            let row = format!(
                "| `{}` | {} | {} | {} |",
                field.name,
                type_name(field.ty),
                need(field),
                field.doc
            );
            writeln!(page, "{row}").expect("memory");
        }
    }
    page.push_str(TYPES);
    page
}

#[test]
fn the_reference_of_events_is_the_schema() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/events.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(path, page()).expect("a written page");
    }
    let written = fs::read_to_string(path).expect("docs/reference/events.md");
    assert!(
        written == page(),
        "docs/reference/events.md is out of date: run this test with UPDATE_DOCS=1"
    );
}
