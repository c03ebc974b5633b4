//! Imports files into an archive and prints how long it took:
//! `import ARCHIVE KIND FILE... [--mapping FILE] [--memory MIB]`. What the figures of `docs/reference/archive.md` are
//! measured with.

use event::kind::Kind;
use event::mapping::Mapping;
use jiff::Timestamp;
use lake::archive::Archive;
use lake::import::{ImportOptions, Progress, import};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (mut mapping, mut memory, mut plain) = (None, 2048usize, Vec::new());
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--mapping" => mapping = arguments.next(),
            "--memory" => memory = arguments.next().ok_or("--memory MIB")?.parse()?,
            _ => plain.push(argument),
        }
    }
    let [root, kind, files @ ..] = &plain[..] else {
        return Err("import ARCHIVE KIND FILE...".into());
    };
    let kind: Kind = kind.parse()?;
    let mapping = match mapping {
        None => None,
        Some(file) => {
            let text = std::fs::read_to_string(&file)?;
            Some(Mapping::parse(&file, &text).map_err(|found| found[0].render(&text))?)
        }
    };
    let files: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
    let mut archive = Archive::open(Path::new(root))?;
    let cancel = AtomicBool::new(false);
    let progress = |_: Progress<'_>| {};
    let options = ImportOptions {
        memory: memory << 20,
        stored_at: Timestamp::now(),
        cancel: &cancel,
        progress: &progress,
    };
    let started = Instant::now();
    let report = import(&mut archive, kind, &files, mapping.as_ref(), options)?;
    let took = started.elapsed();
    for (kind, counts) in report.totals() {
        let per_second = u128::from(counts.read) * 1_000 / took.as_millis().max(1);
        println!("{kind}: {counts:?} in {took:.2?}, {per_second} rows/s");
    }
    Ok(())
}
