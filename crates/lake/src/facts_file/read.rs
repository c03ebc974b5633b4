//! Reading a facts file into canonical order.

use super::columns::{UNSIGNED, unsigned_mut};
use super::{
    FOREIGN_IMPRESSIONS_KEY, FORMAT, FORMAT_KEY, KEYS, LATER_RULES, NOT_EVALUATED_KEY, rejected, schema,
};
use crate::error::KernelError;
use arrow::array::{Array, AsArray, RecordBatch, StringArray};
use arrow::datatypes::{Date32Type, Fields, Int64Type, UInt64Type};
use facts::{Counts, Fact, FactVideo, Facts};
use hashbrown::HashMap;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::metadata::KeyValue;
use policy::qualification::Rule;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// Reads the facts of a Parquet file.
///
/// # Errors
/// [`KernelError::Io`], [`KernelError::Parquet`]; [`KernelError::FactsFile`] for a Parquet file of something else.
pub fn read_facts(path: &Path) -> Result<Facts, KernelError> {
    let wrong = |reason: String| KernelError::FactsFile {
        path: path.to_owned(),
        reason,
    };
    let file = File::open(path).map_err(KernelError::io("open", path))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(KernelError::parquet(path))?;
    let pairs = builder
        .metadata()
        .file_metadata()
        .key_value_metadata()
        .cloned()
        .unwrap_or_default();
    match value(&pairs, FORMAT_KEY) {
        Some(FORMAT) => {}
        Some(other) => {
            return Err(wrong(format!(
                "format {other}, this version reads format {FORMAT}"
            )));
        }
        None => return Err(wrong(format!("its metadata has no `{FORMAT_KEY}`"))),
    }
    if !are_facts(builder.schema().fields()) {
        return Err(wrong("its columns are not those of facts".to_owned()));
    }
    let mut reading = Reading::default();
    let names = value(&pairs, NOT_EVALUATED_KEY).unwrap_or_default();
    for name in names.split(',').filter(|name| !name.is_empty()) {
        let rule = Rule::ALL.into_iter().find(|rule| rule.name() == name);
        reading
            .facts
            .not_evaluated
            .push(rule.ok_or_else(|| wrong(format!("unknown rule `{name}`")))?);
    }
    let foreign = value(&pairs, FOREIGN_IMPRESSIONS_KEY).unwrap_or("0").parse();
    reading.facts.foreign_impressions =
        foreign.map_err(|_| wrong("bad number of foreign impressions".to_owned()))?;
    for batch in builder.build().map_err(KernelError::parquet(path))? {
        reading.batch(&batch.map_err(KernelError::arrow(path))?);
    }
    Ok(reading.canonical())
}

/// Are these the columns of facts, as this version writes them or an earlier one did?
fn are_facts(columns: &Fields) -> bool {
    let later = LATER_RULES.map(rejected);
    let known = schema();
    let mut found = columns.iter().peekable();
    let all_known = known
        .fields()
        .iter()
        .all(|field| found.next_if_eq(&field).is_some() || later.contains(field.name()));
    all_known && found.next().is_none()
}

fn value<'a>(pairs: &'a [KeyValue], key: &str) -> Option<&'a str> {
    pairs.iter().find(|pair| pair.key == key)?.value.as_deref()
}

#[derive(Default)]
struct Reading {
    facts: Facts,
    video_of: HashMap<Arc<str>, u32>,
    country_of: HashMap<Arc<str>, u32>,
    payer_of: HashMap<Arc<str>, u32>,
}

impl Reading {
    fn batch(&mut self, batch: &RecordBatch) {
        let texts = |column: usize| -> &StringArray { batch.column(column).as_string() };
        let (videos, creators, countries, payers) = (texts(0), texts(1), texts(2), texts(4));
        let days = batch.column(3).as_primitive::<Date32Type>().values();
        let last = batch.num_columns() - 1;
        let known = schema();
        let of_known = known.fields()[KEYS..].iter().take(UNSIGNED);
        let counts: Vec<Option<&[u64]>> = of_known
            .map(|field| batch.column_by_name(field.name()))
            .map(|column| column.map(|column| &**column.as_primitive::<UInt64Type>().values()))
            .collect();
        let revenue = batch.column(last).as_primitive::<Int64Type>().values();
        for row in 0..batch.num_rows() {
            let creator = creators.is_valid(row).then(|| creators.value(row));
            let video = self.video(videos.value(row), creator);
            let country = number(&mut self.country_of, countries.value(row)) as u16;
            let payer = payers
                .is_valid(row)
                .then(|| number(&mut self.payer_of, payers.value(row)));
            let mut of_row = Counts {
                ad_revenue_micros: revenue[row].into(),
                ..Counts::default()
            };
            for (count, column) in unsigned_mut(&mut of_row).into_iter().zip(&counts) {
                *count = column.map_or(0, |column| column[row]);
            }
            self.facts.rows.push(Fact {
                video,
                country,
                day: days[row],
                payer,
                counts: of_row,
            });
        }
    }

    fn video(&mut self, id: &str, creator: Option<&str>) -> u32 {
        if let Some(last) = self.facts.videos.last()
            && &*last.id == id
        {
            return self.facts.videos.len() as u32 - 1;
        }
        if let Some(known) = self.video_of.get(id) {
            return *known;
        }
        let (id, index): (Arc<str>, _) = (Arc::from(id), self.facts.videos.len() as u32);
        self.video_of.insert(Arc::clone(&id), index);
        self.facts.videos.push(FactVideo {
            id,
            creator_hint: creator.map(Arc::from),
        });
        index
    }

    fn canonical(mut self) -> Facts {
        number(&mut self.country_of, "");
        let (countries, country_of) = sorted(self.country_of);
        let (payers, payer_of) = sorted(self.payer_of);
        let mut facts = self.facts;
        let mut order: Vec<usize> = (0..facts.videos.len()).collect();
        order.sort_unstable_by(|a, b| facts.videos[*a].id.cmp(&facts.videos[*b].id));
        let mut video_of = vec![0; order.len()];
        for (position, index) in order.iter().enumerate() {
            video_of[*index] = position as u32;
        }
        facts.videos.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        for row in &mut facts.rows {
            row.video = video_of[row.video as usize];
            row.country = country_of[usize::from(row.country)] as u16;
            row.payer = row.payer.map(|payer| payer_of[payer as usize] as u32);
        }
        facts
            .rows
            .sort_unstable_by_key(|row| (row.video, row.country, row.day, row.payer));
        Facts {
            countries,
            payers,
            ..facts
        }
    }
}

/// The number of a text: how many others came before it.
fn number(numbers: &mut HashMap<Arc<str>, u32>, text: &str) -> u32 {
    if let Some(known) = numbers.get(text) {
        return *known;
    }
    let next = numbers.len() as u32;
    numbers.insert(Arc::from(text), next);
    next
}

/// Texts in order, and for each number the position of its text.
fn sorted(numbers: HashMap<Arc<str>, u32>) -> (Vec<Arc<str>>, Vec<usize>) {
    let mut texts: Vec<(Arc<str>, u32)> = numbers.into_iter().collect();
    texts.sort_unstable();
    let mut positions = vec![0; texts.len()];
    for (position, (_, number)) in texts.iter().enumerate() {
        positions[*number as usize] = position;
    }
    (texts.into_iter().map(|(text, _)| text).collect(), positions)
}
