//! From a program document to a checked [`Program`], or to everything that is wrong with it.

mod context;
mod conversion;
mod eligibility;
mod formulas;
mod header;
mod mechanism;
mod payment;
mod qualification;
mod section;
mod tables;
mod text_map;
mod values;

use crate::codes::CODES;
use crate::program::Program;
use ::document::Diagnostic;
use formulas::Formulas;
use section::{Reader, Section};
use toml::de::DeTable;

/// Reads and checks a program document. `file_name` is only for messages: nothing is opened here.
///
/// On refusal every mistake found is returned, in the order of the document; mistakes of TOML itself are
/// told alone, since what follows them cannot be trusted.
pub fn parse(file_name: &str, text: &str) -> Result<Program, Vec<Diagnostic>> {
    let mut reader = Reader::new(file_name, text, CODES);
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        for error in errors {
            let span = error.span().unwrap_or(0..0);
            let message = error.message().lines().next().unwrap_or("unreadable").to_owned();
            reader
                .refuse("program/toml", &span, message)
                .help("see https://toml.io for how TOML is written");
        }
        return Err(reader.into_found());
    }
    let program = read(&mut reader, Section::root(table.get_ref()));
    match program {
        Some(program) if reader.is_clean() => Ok(program),
        _ => {
            assert!(!reader.is_clean(), "a document without mistakes is a program");
            Err(reader.into_found())
        }
    }
}

fn read(reader: &mut Reader<'_>, mut root: Section<'_>) -> Option<Program> {
    let header = header::read(reader, &mut root);
    let asset = header.asset;
    let qualification = qualification::read(reader, &mut root);
    let tables = tables::read(reader, &mut root);
    let mut formulas = Formulas::new(tables.keys().cloned());
    let conditions = eligibility::read(reader, &mut root, &mut formulas);
    let mechanism = mechanism::read(
        reader,
        &mut root,
        &mut context::Context {
            asset,
            tables: &tables,
            formulas: &mut formulas,
        },
    );
    if root.get("conversion").is_some() {
        conversion::refuse_meaningless(reader, &mut root);
    }
    let caps = payment::read_caps(reader, &mut root, asset);
    let payable = payment::read_payable(reader, &mut root, asset);
    root.finish(reader);
    Some(Program {
        id: header.id?,
        version: header.version?,
        name: header.name?,
        summary: header.summary?,
        effective_from: header.effective_from?,
        asset,
        period: header.period?,
        qualification: qualification?,
        creator_conditions: conditions.creator,
        video_conditions: conditions.video,
        tables: tables
            .into_iter()
            .filter_map(|(name, table)| Some((name, table.value?)))
            .collect(),
        mechanism: mechanism?,
        caps,
        payable: payable?,
        lookbacks: formulas.into_lookbacks(),
        hash: blake3::hash(reader.text().as_bytes()).to_hex().to_string(),
        source: reader.text().to_owned(),
    })
}
