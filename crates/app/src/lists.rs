//! Lists of data centres and bots: read from where the configuration says, pinned by content for runs.

use crate::error::{Error, Result};
use crate::workspace::{Workspace, write_atomically};
use lake::lists::Lists;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// The lists a run was made with, by content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinnedLists {
    /// BLAKE3 of the data-centre ranges, if there were any.
    pub data_centres: Option<String>,
    /// BLAKE3 of the bot patterns; absent: the shipped list.
    pub declared_bots: Option<String>,
    /// Hash of all that the lists mean, the shipped list included.
    pub meaning: String,
}

struct ListFile {
    key: &'static str,
    extension: &'static str,
}

const DATA_CENTRES: ListFile = ListFile { key: "data_centres", extension: "csv" };
const DECLARED_BOTS: ListFile = ListFile { key: "declared_bots", extension: "json" };

/// Reads the lists that the configuration names.
pub fn configured(workspace: &Workspace) -> Result<(Lists, Vec<(String, &'static str, String)>, PinnedLists)> {
    let config = &workspace.config().lists;
    let data_centres = read_configured(workspace, &DATA_CENTRES, config.data_centres.as_deref())?;
    let bots = read_configured(workspace, &DECLARED_BOTS, config.declared_bots.as_deref())?;
    let lists = build(data_centres.as_deref(), bots.as_deref())?;
    let mut contents = Vec::new();
    let mut pin = |text: Option<String>, extension: &'static str| {
        text.map(|text| {
            let hash = blake3::hash(text.as_bytes()).to_hex().to_string();
            contents.push((hash.clone(), extension, text));
            hash
        })
    };
    let pinned = PinnedLists {
        data_centres: pin(data_centres, DATA_CENTRES.extension),
        declared_bots: pin(bots, DECLARED_BOTS.extension),
        meaning: lists.hash(),
    };
    Ok((lists, contents, pinned))
}

/// Keeps the content of lists in the workspace, so that a run can be replayed when the files change.
pub fn keep(workspace: &Workspace, contents: &[(String, &'static str, String)]) -> Result<()> {
    for (hash, extension, text) in contents {
        let path = kept_file(workspace, hash, extension);
        if !path.exists() {
            write_atomically(&path, text.as_bytes())?;
        }
    }
    Ok(())
}

/// The lists of a run.
pub fn pinned(workspace: &Workspace, pinned: &PinnedLists) -> Result<Lists> {
    let read = |hash: &Option<String>, extension: &str| -> Result<Option<String>> {
        let Some(hash) = hash else { return Ok(None) };
        let path = kept_file(workspace, hash, extension);
        fs::read_to_string(&path).map(Some).map_err(|e| Error::io("read", &path, &e))
    };
    let data_centres = read(&pinned.data_centres, DATA_CENTRES.extension)?;
    let bots = read(&pinned.declared_bots, DECLARED_BOTS.extension)?;
    build(data_centres.as_deref(), bots.as_deref())
}

fn kept_file(workspace: &Workspace, hash: &str, extension: &str) -> PathBuf {
    workspace.lists().join(format!("{hash}.{extension}"))
}

fn read_configured(workspace: &Workspace, file: &ListFile, name: Option<&str>) -> Result<Option<String>> {
    let Some(name) = name else { return Ok(None) };
    let path = workspace.folder().join(Path::new(name));
    fs::read_to_string(&path).map(Some).map_err(|e| {
        Error::io("read", &path, &e).hint(format!("`lists.{}` in {} names it", file.key, crate::workspace::CONFIG_FILE))
    })
}

fn build(data_centres: Option<&str>, bots: Option<&str>) -> Result<Lists> {
    let mut lists = Lists::default();
    if let Some(csv) = data_centres {
        lists = lists.with_data_centres(csv).map_err(|e| crate::count::kernel_error(&e))?;
    }
    if let Some(json) = bots {
        lists = lists.with_bots(json).map_err(|e| crate::count::kernel_error(&e))?;
    }
    Ok(lists)
}
