//! Facts as a Parquet file, and back: an exact round trip.
//!
//! One row per video, country and day (and payer); the columns are those of [`schema`] and are documented in
//! `docs/reference/facts.md`. Rows lie in the order of the videos' stable hash, then country, day and payer, so that
//! a file can be written without holding all facts; reading puts them into canonical order.

mod columns;
mod read;
mod write;

pub(crate) use columns::CountColumns;
pub use read::read_facts;
pub use write::write_facts;
pub(crate) use write::{FactKey, FactsWriter, RowGroup};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use event::kind::EngagementKind;
use policy::qualification::Rule;
use std::sync::Arc;

/// Key of the file's metadata that names the format and its version.
pub const FORMAT_KEY: &str = "permille.facts";
/// The version this writes.
pub const FORMAT: &str = "1";
/// Key of the list of rules that were on and could not be evaluated, separated by `,`.
pub const NOT_EVALUATED_KEY: &str = "permille.facts.not_evaluated";
/// Key of the number of ad impressions in another currency.
pub const FOREIGN_IMPRESSIONS_KEY: &str = "permille.facts.foreign_impressions";

/// Columns in front of the counts.
const KEYS: usize = 5;

/// Rules that came after the first facts files were written: a file may lack their columns, and then no view failed them.
const LATER_RULES: [Rule; 1] = [Rule::Invalidated];

/// The column of the views that failed a rule first.
fn rejected(rule: Rule) -> String {
    format!("rejected_{}", rule.name())
}

/// The columns of a facts file.
pub fn schema() -> SchemaRef {
    let count = |name: String| Field::new(name, DataType::UInt64, false);
    let mut columns = vec![
        Field::new("video_id", DataType::Utf8, false),
        Field::new("creator_id", DataType::Utf8, true),
        Field::new("country", DataType::Utf8, false),
        Field::new("day", DataType::Date32, false),
        Field::new("payer_id", DataType::Utf8, true),
        count("views".to_owned()),
        count("qualified".to_owned()),
    ];
    columns.extend(Rule::ALL.map(|rule| count(rejected(rule))));
    columns.extend(["watched_ms", "qualified_watched_ms", "completions"].map(|name| count(name.to_owned())));
    columns.extend(EngagementKind::ALL.map(|kind| count(format!("engagement_{}", kind.name()))));
    columns.push(count("ad_impressions".to_owned()));
    columns.push(Field::new("ad_revenue_micros", DataType::Int64, false));
    Arc::new(Schema::new(columns))
}
