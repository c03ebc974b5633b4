//! A workspace folder, imports into it, and what the archive then holds.

use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::{DataType, TimestampMillisecondType};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use event::kind::Kind;
use event::mapping::Mapping;
use jiff::Timestamp;
use lake::archive::{Archive, Counts, QuarantinedRow, StoredBefore};
use lake::import::{ImportError, ImportOptions, ImportReport, Progress, import};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

pub struct Rig {
    folder: tempfile::TempDir,
    pub archive: Archive,
    pub memory: usize,
}

impl Rig {
    pub fn new() -> Rig {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let archive = Archive::open(&folder.path().join("archive")).expect("an empty archive");
        Rig {
            folder,
            archive,
            memory: 64 << 20,
        }
    }

    /// Opens the archive again, as another process would.
    pub fn reopen(&mut self) {
        self.archive = Archive::open(&self.path().join("archive")).expect("a sound archive");
    }

    /// Files in the archive that no commit names.
    pub fn leftovers(&self) -> Vec<String> {
        let root = self.path().join("archive");
        let mut named: Vec<PathBuf> = Vec::new();
        for commit in self.archive.commits() {
            named.extend(commit.files.iter().map(|file| root.join(&file.path)));
            named.extend(commit.quarantine.iter().map(|file| root.join(&file.path)));
            named.push(root.join(format!("commits/{:08}.json", commit.number)));
        }
        let mut found = Vec::new();
        collect(&root, &mut found);
        let ours = |path: &PathBuf| {
            let index = path.components().any(|part| part.as_os_str() == "ids");
            let run = path.extension().is_some_and(|extension| extension == "run");
            named.contains(path) || (index && run)
        };
        let foreign = found.into_iter().filter(|path| !ours(path));
        foreign.map(|path| path.display().to_string()).collect()
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, content).expect("a written file");
        path
    }

    pub fn try_import(
        &mut self,
        kind: Kind,
        files: &[PathBuf],
        mapping: Option<&Mapping>,
    ) -> Result<ImportReport, ImportError> {
        let cancel = AtomicBool::new(false);
        let progress = |_: Progress<'_>| {};
        let options = ImportOptions {
            memory: self.memory,
            stored_at: "2026-11-01T00:00:00Z".parse::<Timestamp>().expect("an instant"),
            cancel: &cancel,
            progress: &progress,
        };
        import(&mut self.archive, kind, files, mapping, options)
    }

    /// Imports one file and returns read, stored, duplicate, quarantined of its kind.
    pub fn import(&mut self, kind: Kind, file: &Path) -> [u64; 4] {
        let report = self
            .try_import(kind, &[file.to_path_buf()], None)
            .expect("an import");
        counts(report.totals()[&kind])
    }

    /// All rows of a kind as text, field by field with `|` between, in the order of the files.
    pub fn rows(&self, kind: Kind) -> Vec<String> {
        let files = self.archive.all_files(kind, StoredBefore(u64::MAX));
        files.iter().flat_map(|file| parquet_rows(&file.path)).collect()
    }

    pub fn quarantine(&self) -> Vec<QuarantinedRow> {
        let mut rows = Vec::new();
        let each = |row| {
            rows.push(row);
            true
        };
        self.archive.quarantine(each).expect("a readable quarantine");
        rows
    }
}

pub fn counts(counts: Counts) -> [u64; 4] {
    assert_eq!(counts.read, counts.stored + counts.duplicate + counts.quarantined);
    [counts.read, counts.stored, counts.duplicate, counts.quarantined]
}

pub fn parquet_rows(path: &Path) -> Vec<String> {
    let file = File::open(path).expect("an archive file");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).and_then(|builder| builder.build());
    let mut rows = Vec::new();
    for batch in reader.expect("readable parquet") {
        let batch = batch.expect("a batch");
        let options = FormatOptions::default().with_null("");
        let columns: Vec<_> = batch.columns().iter().map(without_zone).collect();
        let columns: Vec<_> = columns
            .iter()
            .map(|column| ArrayFormatter::try_new(column.as_ref(), &options).expect("a formatter"))
            .collect();
        for row in 0..batch.num_rows() {
            let fields: Vec<String> = columns
                .iter()
                .map(|column| column.value(row).to_string())
                .collect();
            rows.push(fields.join("|"));
        }
    }
    rows
}

fn without_zone(column: &ArrayRef) -> ArrayRef {
    match column.data_type() {
        DataType::Timestamp(..) => Arc::new(
            column
                .as_primitive::<TimestampMillisecondType>()
                .clone()
                .with_timezone("+00:00"),
        ),
        _ => column.clone(),
    }
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, found)
        } else {
            found.push(path)
        }
    }
}
