//! Lists that runs judge by, pinned by content: data centres and bots, read from where the configuration says, and what
//! people marked invalid, handed in by the caller.

use crate::base::error::{Error, Result};
use crate::base::failure::kernel_error;
use crate::inputs::invalidate;
use crate::workspace::Workspace;
use crate::workspace::blobs::Blobs;
use lake::lists::Lists;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The lists a run was made with, by content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinnedLists {
    /// BLAKE3 of the data-centre ranges, if there were any.
    pub data_centres: Option<String>,
    /// BLAKE3 of the bot patterns; absent: the shipped list.
    pub declared_bots: Option<String>,
    /// BLAKE3 of the views and viewers that were marked invalid, if there were any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invalidated: Option<String>,
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
    text: String,
}

/// The largest list.
const MAX_BYTES: u64 = 1 << 30;

/// Reads the lists that the configuration names.
pub fn configured(workspace: &Workspace) -> Result<Configured> {
    let config = &workspace.config().lists;
    let data_centres = read_configured(workspace, "data_centres", config.data_centres.as_deref())?;
    let bots = read_configured(workspace, "declared_bots", config.declared_bots.as_deref())?;
    let lists = build(data_centres.as_deref(), bots.as_deref())?;
    let data_centres = data_centres.map(Content::new);
    let bots = bots.map(Content::new);
    let pinned = PinnedLists {
        data_centres: data_centres.as_ref().map(|content| content.hash.clone()),
        declared_bots: bots.as_ref().map(|content| content.hash.clone()),
        invalidated: None,
        meaning: lists.hash(),
    };
    Ok(Configured {
        lists,
        pinned,
        contents: data_centres.into_iter().chain(bots).collect(),
    })
}

impl Content {
    fn new(text: String) -> Content {
        Content {
            hash: blake3::hash(text.as_bytes()).to_hex().to_string(),
            text,
        }
    }
}

/// The lists in force now: those that the configuration names, and what staff marked invalid.
pub fn in_force(workspace: &Workspace) -> Result<Configured> {
    let configured = configured(workspace)?;
    let Some(books) = workspace.books_if_any()? else {
        return Ok(configured);
    };
    match books.read(invalidate::as_list)? {
        Some(marks) => configured.with_invalidated(marks),
        None => Ok(configured),
    }
}

impl Configured {
    /// The same lists with the views and viewers that were marked invalid, in place of those before, as
    /// [`Lists::with_invalidated`] reads them. A list that marks nothing is as good as none.
    pub fn with_invalidated(mut self, json: String) -> Result<Configured> {
        self.lists = marked(self.lists, &json)?;
        if let Some(before) = self.pinned.invalidated.take() {
            self.contents.retain(|content| content.hash != before);
        }
        if self.lists.has_invalidated() {
            let content = Content::new(json);
            self.pinned.invalidated = Some(content.hash.clone());
            self.contents.push(content);
        }
        self.pinned.meaning = self.lists.hash();
        Ok(self)
    }

    /// Keeps the content of the lists in the workspace, so that a run can be replayed when the files change.
    pub fn keep(&self, blobs: &Blobs) -> Result<()> {
        let mut contents = self.contents.iter();
        contents.try_for_each(|content| blobs.put(content.text.as_bytes()).map(drop))
    }
}

/// The lists of a run.
pub fn pinned(workspace: &Workspace, pinned: &PinnedLists) -> Result<Lists> {
    let blobs = workspace.blobs();
    let read = |hash: &Option<String>, what: &str| -> Result<Option<String>> {
        let Some(hash) = hash else { return Ok(None) };
        let read =
            |path: &Path| lake::sound::text_at_most(path, MAX_BYTES).map_err(|e| Error::unreadable(path, &e));
        blobs
            .reading(hash, &format!("a run (list of {what})"), read)
            .map(Some)
    };
    let data_centres = read(&pinned.data_centres, "data centres")?;
    let bots = read(&pinned.declared_bots, "bots")?;
    let lists = build(data_centres.as_deref(), bots.as_deref())?;
    match read(&pinned.invalidated, "what was marked invalid")? {
        Some(json) => marked(lists, &json),
        None => Ok(lists),
    }
}

fn marked(lists: Lists, invalidated: &str) -> Result<Lists> {
    lists.with_invalidated(invalidated).map_err(|e| kernel_error(&e))
}

fn read_configured(workspace: &Workspace, key: &str, name: Option<&str>) -> Result<Option<String>> {
    let Some(name) = name else { return Ok(None) };
    let path = workspace.folder().join(Path::new(name));
    lake::sound::text_at_most(&path, MAX_BYTES)
        .map(Some)
        .map_err(|e| {
            Error::unreadable(&path, &e).hint(format!(
                "`lists.{key}` in {} names it",
                crate::workspace::CONFIG_FILE
            ))
        })
}

fn build(data_centres: Option<&str>, bots: Option<&str>) -> Result<Lists> {
    let mut lists = Lists::default();
    if let Some(csv) = data_centres {
        lists = lists.with_data_centres(csv).map_err(|e| kernel_error(&e))?;
    }
    if let Some(json) = bots {
        lists = lists.with_bots(json).map_err(|e| kernel_error(&e))?;
    }
    Ok(lists)
}
