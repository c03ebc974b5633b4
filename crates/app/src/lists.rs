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

/// The lists that a workspace's configuration names.
#[derive(Debug)]
pub struct Configured {
    /// What they mean.
    pub lists: Lists,
    /// Their identity.
    pub pinned: PinnedLists,
    contents: Vec<Content>,
}

#[derive(Debug)]
struct Content {
    hash: String,
    extension: &'static str,
    text: String,
}

/// Extension of a kept list of data centres.
const DATA_CENTRES: &str = "csv";
/// Extension of a kept list of bots.
const DECLARED_BOTS: &str = "json";

/// Reads the lists that the configuration names.
pub fn configured(workspace: &Workspace) -> Result<Configured> {
    let config = &workspace.config().lists;
    let data_centres = read_configured(workspace, "data_centres", config.data_centres.as_deref())?;
    let bots = read_configured(workspace, "declared_bots", config.declared_bots.as_deref())?;
    let lists = build(data_centres.as_deref(), bots.as_deref())?;
    let content = |text: String, extension| Content {
        hash: blake3::hash(text.as_bytes()).to_hex().to_string(),
        extension,
        text,
    };
    let data_centres = data_centres.map(|text| content(text, DATA_CENTRES));
    let bots = bots.map(|text| content(text, DECLARED_BOTS));
    let pinned = PinnedLists {
        data_centres: data_centres.as_ref().map(|content| content.hash.clone()),
        declared_bots: bots.as_ref().map(|content| content.hash.clone()),
        meaning: lists.hash(),
    };
    Ok(Configured {
        lists,
        pinned,
        contents: data_centres.into_iter().chain(bots).collect(),
    })
}

impl Configured {
    /// Keeps the content of the lists in the workspace, so that a run can be replayed when the files change.
    pub fn keep(&self, workspace: &Workspace) -> Result<()> {
        for content in &self.contents {
            let path = kept_file(workspace, &content.hash, content.extension);
            if !path.exists() {
                write_atomically(&path, content.text.as_bytes())?;
            }
        }
        Ok(())
    }
}

/// The lists of a run.
pub fn pinned(workspace: &Workspace, pinned: &PinnedLists) -> Result<Lists> {
    let read = |hash: &Option<String>, extension: &str| -> Result<Option<String>> {
        let Some(hash) = hash else { return Ok(None) };
        let path = kept_file(workspace, hash, extension);
        fs::read_to_string(&path)
            .map(Some)
            .map_err(|e| Error::io("read", &path, &e))
    };
    let data_centres = read(&pinned.data_centres, DATA_CENTRES)?;
    let bots = read(&pinned.declared_bots, DECLARED_BOTS)?;
    build(data_centres.as_deref(), bots.as_deref())
}

fn kept_file(workspace: &Workspace, hash: &str, extension: &str) -> PathBuf {
    workspace.lists().join(format!("{hash}.{extension}"))
}

fn read_configured(workspace: &Workspace, key: &str, name: Option<&str>) -> Result<Option<String>> {
    let Some(name) = name else { return Ok(None) };
    let path = workspace.folder().join(Path::new(name));
    fs::read_to_string(&path).map(Some).map_err(|e| {
        Error::io("read", &path, &e).hint(format!(
            "`lists.{key}` in {} names it",
            crate::workspace::CONFIG_FILE
        ))
    })
}

fn build(data_centres: Option<&str>, bots: Option<&str>) -> Result<Lists> {
    let mut lists = Lists::default();
    if let Some(csv) = data_centres {
        lists = lists
            .with_data_centres(csv)
            .map_err(|e| crate::failure::kernel_error(&e))?;
    }
    if let Some(json) = bots {
        lists = lists
            .with_bots(json)
            .map_err(|e| crate::failure::kernel_error(&e))?;
    }
    Ok(lists)
}
