//! One source file into one commit.

use super::amounts::Amounts;
use super::batch::Reject;
use super::chunk::Chunk;
use super::plan::{self, Made};
use super::raw::{Malformed, RawBatch, RawData};
use super::source::Source;
use super::{FileReport, ImportError, ImportOptions, Progress, SourceError, source_name};
use crate::archive::draft::Draft;
use crate::archive::ids::{IdIndex, must_be_renewed};
use crate::archive::lease::Lease;
use crate::archive::quarantine::{self, QuarantineWriter, QuarantinedRow, row_text};
use crate::archive::{Archive, ArchiveError, CommitLog, Counts, Source as CommittedSource};
use arrow::array::Array;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use event::kind::Kind;
use event::mapping::{BoundSection, BoundSource, Convert, Section, Source as MappingSource};
use event::schema::{self, FieldType};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// How often a commit is made again as the next one. Each time another import has made one.
const MAX_RACES: u32 = 1_000;

/// How a file's columns become events.
struct Plan {
    sections: Vec<BoundSection>,
    columns: Vec<String>,
    ignored: Vec<String>,
    absent: Vec<String>,
}

/// Reads a file to its end and commits what is new in it. On any error nothing of it is kept.
pub(super) fn import(
    (archive, log): (&mut Archive, &mut dyn CommitLog),
    (indexes, lease): (&mut BTreeMap<Kind, IdIndex>, &Rc<Lease>),
    sections: &[Section],
    path: &Path,
    finished: usize,
    options: ImportOptions<'_>,
) -> Result<FileReport, ImportError> {
    let unreadable = |source| ImportError::Unreadable {
        file: path.to_path_buf(),
        source,
    };
    let mut source = options.input().open(path).map_err(unreadable)?;
    let plan = bind(source.as_mut(), sections, path)?;
    let mut work = FileWork::new(lease, path, &plan, options, finished);
    work.amounts = Amounts::known(archive, sections)?;
    let result = work.read(source.as_mut(), indexes);
    let outcome = result
        .and_then(|()| source.finish().map_err(unreadable))
        .and_then(|hash| {
            let commit = work.commit((&mut *archive, log), (&mut *indexes, lease), &hash)?;
            Ok((hash, commit))
        });
    // Pending keys are those of no commit: it was not made, or they were sealed.
    for (kind, index) in indexes.iter_mut() {
        index.forget().map_err(|source| index_error(*kind, source))?;
    }
    let (hash, commit) = outcome?;
    Ok(FileReport {
        file: path.to_path_buf(),
        kinds: work.counts(),
        ignored_columns: plan.ignored,
        absent_fields: plan.absent,
        commit,
        hash,
    })
}

pub(super) fn index_error(kind: Kind, source: std::io::Error) -> ArchiveError {
    ArchiveError::Index {
        kind,
        path: PathBuf::from("ids"),
        source,
    }
}

fn bind(source: &mut dyn Source, sections: &[Section], path: &Path) -> Result<Plan, ImportError> {
    let shown = source.columns().to_vec();
    for section in sections {
        // Lines of JSON may leave members out: a column that the first lines do not show may come later in the file.
        // A required field must show at least one of its sources at once.
        let shows = |alternative: &MappingSource| {
            alternative
                .columns()
                .iter()
                .all(|name| shown.iter().any(|column| column == name))
        };
        let open = section
            .fields
            .iter()
            .filter(|field| field.optional || field.alternatives.iter().any(shows));
        let sources = open.flat_map(|field| &field.alternatives);
        let names = sources.flat_map(MappingSource::columns);
        let names: Vec<String> = names.map(str::to_owned).collect();
        source.add_columns(&names);
    }
    let columns = source.columns().to_vec();
    let bound = sections.iter().map(|section| {
        section.bind(&columns).map_err(|error| ImportError::Columns {
            file: path.to_path_buf(),
            kind: section.kind,
            source: error,
        })
    });
    let bound: Vec<BoundSection> = bound.collect::<Result<_, _>>()?;
    let read = plan::columns_read(&bound);
    source.select(&read).map_err(|source| ImportError::Unreadable {
        file: path.to_path_buf(),
        source,
    })?;
    check_times(source, &bound, path)?;
    let ignored = shown
        .iter()
        .enumerate()
        .filter(|(index, _)| read.binary_search(index).is_err());
    let ignored = ignored.map(|(_, name)| name.clone()).collect();
    let absent = sections
        .iter()
        .zip(&bound)
        .flat_map(|(section, bound)| absent_fields(section, bound));
    let absent = absent.collect();
    Ok(Plan {
        sections: bound,
        columns,
        ignored,
        absent,
    })
}

/// Fields of a mapping's section that the file has no column for. Without a mapping every optional
/// column may be absent, and that is not worth a word.
fn absent_fields(section: &Section, bound: &BoundSection) -> Vec<String> {
    let fields = schema::fields(section.kind);
    let given = section.fields.iter().filter(|field| {
        let own_name = field
            .alternatives
            .iter()
            .all(|source| source.columns() == [fields[field.field].name]);
        bound.fields[field.field].is_none() && !own_name
    });
    given
        .map(|field| format!("{}.{}", section.kind, fields[field.field].name))
        .collect()
}

/// Refuses columns of bare numbers as instants: every single row would be quarantined.
fn check_times(source: &dyn Source, sections: &[BoundSection], path: &Path) -> Result<(), ImportError> {
    for section in sections {
        for (field, bound) in schema::fields(section.kind).iter().zip(&section.fields) {
            let sources = match bound {
                Some(BoundSource::First(sources)) => sources.as_slice(),
                Some(source) => std::slice::from_ref(source),
                None => &[],
            };
            for bound in sources {
                let BoundSource::Column {
                    column,
                    convert: Convert::None,
                } = bound
                else {
                    continue;
                };
                if let (FieldType::Timestamp, Some(ty)) = (field.ty, source.column_type(*column))
                    && ty.is_numeric()
                {
                    return Err(ImportError::BareTime {
                        file: path.to_path_buf(),
                        column: source.columns()[*column].clone(),
                        found: ty.to_string(),
                        field: field.name,
                    });
                }
            }
        }
    }
    Ok(())
}

/// A file in work.
pub(super) struct FileWork<'a> {
    path: &'a Path,
    plan: &'a Plan,
    pub(super) options: ImportOptions<'a>,
    /// How many files were imported before it.
    finished: usize,
    pub(super) draft: Draft,
    pub(super) chunks: Vec<Chunk>,
    quarantine: Option<(PathBuf, QuarantineWriter)>,
    amounts: Amounts,
}

impl<'a> FileWork<'a> {
    fn new(
        lease: &Rc<Lease>,
        path: &'a Path,
        plan: &'a Plan,
        options: ImportOptions<'a>,
        finished: usize,
    ) -> Self {
        let sections = plan.sections.iter();
        Self {
            path,
            plan,
            options,
            finished,
            draft: Draft::new(lease, options.stored_at),
            chunks: sections.map(|section| Chunk::new(section.kind)).collect(),
            quarantine: None,
            amounts: Amounts::default(),
        }
    }

    /// Ends the import where somebody asked for that.
    pub(super) fn must_go_on(&self) -> Result<(), ImportError> {
        match self.options.is_cancelled() {
            true => Err(ImportError::Cancelled {
                file: self.path.to_path_buf(),
                finished: self.finished,
            }),
            false => Ok(()),
        }
    }

    fn read(
        &mut self,
        source: &mut dyn Source,
        indexes: &mut BTreeMap<Kind, IdIndex>,
    ) -> Result<(), ImportError> {
        // Sorting and encoding need about three times the memory of the rows themselves.
        let budget = self.options.memory.max(super::MIN_MEMORY) / 4;
        loop {
            self.must_go_on()?;
            self.draft.beat();
            let batches = source.next().map_err(|source| self.unreadable(source))?;
            if batches.is_empty() {
                break;
            }
            let sections = &self.plan.sections;
            let made: Vec<Vec<Made>> = batches
                .par_iter()
                .map(|raw| sections.iter().map(|section| plan::make(section, raw)).collect())
                .collect();
            for (raw, made) in batches.iter().zip(made) {
                self.append(raw, made)?;
            }
            let (bytes, total) = source.position();
            let rows = self.chunks.first().map_or(0, |chunk| chunk.counts.read);
            (self.options.progress)(Progress::Reading {
                file: self.path,
                bytes,
                total,
                rows,
            });
            let memory: usize = self.chunks.iter().map(Chunk::memory).sum();
            if memory >= budget || self.chunks.iter().any(Chunk::is_full) {
                self.flush(indexes)?;
            }
        }
        self.flush(indexes)
    }

    fn unreadable(&self, source: SourceError) -> ImportError {
        ImportError::Unreadable {
            file: self.path.to_path_buf(),
            source,
        }
    }

    fn append(&mut self, raw: &RawBatch, made: Vec<Made>) -> Result<(), ImportError> {
        for (index, mut made) in made.into_iter().enumerate() {
            self.amounts.take(&mut made);
            let kind = self.chunks[index].kind();
            if !made.rejects.is_empty() || !raw.malformed.is_empty() {
                self.set_aside(kind, raw, &made.rejects)?;
            }
            self.chunks[index].append(made, raw.malformed.len());
        }
        Ok(())
    }

    /// Lists rows that are no events.
    fn set_aside(&mut self, kind: Kind, raw: &RawBatch, rejects: &[Reject]) -> Result<(), ImportError> {
        let file = source_name(self.path);
        let mut rows: Vec<QuarantinedRow> = Vec::with_capacity(rejects.len() + raw.malformed.len());
        rows.extend(raw.malformed.iter().map(|row| malformed(kind, &file, row)));
        rows.extend(rejects.iter().map(|reject| QuarantinedRow {
            kind: kind.name().to_owned(),
            file: file.clone(),
            line: raw.line(reject.row as usize),
            field: schema::fields(kind)[usize::from(reject.field)].name.to_owned(),
            reason: reject.reason.to_string(),
            row: raw_row(raw, reject.row as usize, &self.plan.columns),
            commit: 0,
        }));
        rows.sort_by_key(|row| row.line);
        if self.quarantine.is_none() {
            let path = self.draft.scratch();
            let writer = QuarantineWriter::create(&path).map_err(|source| ArchiveError::Io {
                path: path.clone(),
                source,
            })?;
            self.quarantine = Some((path, writer));
        }
        if let Some((path, writer)) = &mut self.quarantine {
            for row in &rows {
                writer.add(row).map_err(|source| ArchiveError::Io {
                    path: path.clone(),
                    source,
                })?;
            }
        }
        Ok(())
    }

    fn flush(&mut self, indexes: &mut BTreeMap<Kind, IdIndex>) -> Result<(), ImportError> {
        for chunk in &mut self.chunks {
            let kind = chunk.kind();
            (self.options.progress)(Progress::Writing {
                file: self.path,
                kind,
            });
            let index = indexes.get_mut(&kind).expect("an index for every section");
            chunk.flush(&mut self.draft, index)?;
        }
        Ok(())
    }

    fn counts(&self) -> Vec<(Kind, Counts)> {
        self.chunks
            .iter()
            .map(|chunk| (chunk.kind(), chunk.counts))
            .collect()
    }

    /// Makes the commit, unless there is nothing new. Where another import has made one meanwhile, it is made as the next one, without
    /// what that has stored.
    fn commit(
        &mut self,
        (archive, log): (&mut Archive, &mut dyn CommitLog),
        (indexes, lease): (&mut BTreeMap<Kind, IdIndex>, &Lease),
        hash: &str,
    ) -> Result<Option<u64>, ImportError> {
        if let Some((path, writer)) = self.quarantine.take() {
            writer.finish().map_err(|source| ArchiveError::Io {
                path: path.clone(),
                source,
            })?;
            self.draft.set_quarantine(Some(path))?;
            self.keep_unlisted(archive.listed_rows(0, hash)?)?;
        }
        for _ in 0..MAX_RACES {
            if self.draft.is_empty() {
                return Ok(None);
            }
            let commit = archive.last_commit() + 1;
            (self.options.progress)(Progress::Committing { commit });
            match self.draft.commit(archive, log, self.sources(hash)) {
                Ok(made) => {
                    archive.extend(vec![made])?;
                    (self.options.progress)(Progress::Committed { commit });
                    seal(archive, (indexes, lease))?;
                    return Ok(Some(commit));
                }
                Err(ArchiveError::Outrun { .. }) => {}
                Err(error) => return Err(error.into()),
            }
            self.must_go_on()?;
            self.catch_up((&mut *archive, &mut *log), indexes, hash)?;
        }
        Err(ImportError::Outrun {
            file: self.path.to_path_buf(),
            times: MAX_RACES,
        })
    }

    fn sources(&self, hash: &str) -> Vec<CommittedSource> {
        let sources = self.counts().into_iter().map(|(kind, counts)| CommittedSource {
            name: source_name(self.path),
            hash: hash.to_owned(),
            kind,
            counts,
        });
        sources.collect()
    }

    /// Takes rows that earlier commits list for the same bytes out of those that are no events.
    pub(super) fn keep_unlisted(&mut self, listed: BTreeSet<(String, u64)>) -> Result<(), ArchiveError> {
        let Some(path) = self.draft.quarantine().filter(|_| !listed.is_empty()) else {
            return Ok(());
        };
        let mut new = Vec::new();
        quarantine::read(path, &mut |row| {
            if !listed.contains(&(row.kind.clone(), row.line)) {
                new.push(row);
            }
            true
        })?;
        if new.is_empty() {
            return self.draft.set_quarantine(None);
        }
        let path = self.draft.scratch();
        let write = || {
            let mut writer = QuarantineWriter::create(&path)?;
            new.iter().try_for_each(|row| writer.add(row))?;
            writer.finish()
        };
        write().map_err(|source| ArchiveError::Io {
            path: path.clone(),
            source,
        })?;
        self.draft.set_quarantine(Some(path))
    }
}

/// Keeps the keys of a commit that was made for the next ones. It is made whatever becomes of them: without room for merged runs the next
/// import merges them, and what was not kept it reads from the archive.
fn seal(
    archive: &Archive,
    (indexes, lease): (&mut BTreeMap<Kind, IdIndex>, &Lease),
) -> Result<(), ArchiveError> {
    let made = archive.commits().last().expect("it was just made");
    for (kind, index) in indexes {
        match index.seal(made, *kind).and_then(|()| index.compact()) {
            Err(error) if must_be_renewed(&error) => index.renew(archive, *kind, lease, &error)?,
            _ => {}
        }
    }
    Ok(())
}

fn malformed(kind: Kind, file: &str, row: &Malformed) -> QuarantinedRow {
    QuarantinedRow {
        kind: kind.name().to_owned(),
        file: file.to_owned(),
        line: row.line,
        field: String::new(),
        reason: row.reason.to_string(),
        row: row_text(&row.row),
        commit: 0,
    }
}

fn raw_row(raw: &RawBatch, row: usize, names: &[String]) -> String {
    match &raw.data {
        RawData::Text(text) => {
            let span = text.rows[row].span;
            text.arena[span.start as usize..span.end as usize].to_owned()
        }
        RawData::Arrow { columns, .. } => {
            let mut object = serde_json::Map::new();
            for (name, column) in names.iter().zip(columns) {
                let Some(column) = column else { continue };
                let text = ArrayFormatter::try_new(column.as_ref(), &FormatOptions::default())
                    .map(|formatter| formatter.value(row).to_string());
                let value = match text {
                    Ok(text) if column.is_valid(row) => serde_json::Value::String(text),
                    _ => serde_json::Value::Null,
                };
                object.insert(name.clone(), value);
            }
            serde_json::Value::Object(object).to_string()
        }
    }
}
