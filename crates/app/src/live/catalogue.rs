//! The gift catalogue as imported.

use crate::base::error::Result;
use crate::base::failure::archive_error;
use crate::workspace::Workspace;
use event::live::Gift;
use jiff::Timestamp;
use lake::archive::Archive;
use lake::live::{Commits, read};
use live::catalogue::Catalogue;
use serde::Serialize;

/// One gift in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CatalogueRow {
    /// The gift.
    pub gift: String,
    /// Its name.
    pub name: String,
    /// Coins for one.
    pub coins: u32,
    /// From when this price holds.
    pub since: Timestamp,
    /// Does it come in streaks? `None`: not known.
    pub streakable: Option<bool>,
    /// How many prices it has had so far.
    pub versions: usize,
}

/// The catalogue of an archive.
pub(super) fn of(archive: &Archive) -> Result<Catalogue> {
    let gifts: Vec<Gift> = read(archive, Commits::all(archive)).map_err(archive_error)?;
    Ok(Catalogue::new(&gifts))
}

/// The gifts in force at an instant, the dearest first.
pub fn catalogue(workspace: &Workspace, at: Timestamp) -> Result<Vec<CatalogueRow>> {
    let catalogue = of(&workspace.archive()?)?;
    let mut rows = Vec::new();
    for (gift, versions) in catalogue.gifts() {
        let Some(version) = catalogue.at(gift, at) else {
            continue;
        };
        rows.push(CatalogueRow {
            gift: gift.to_string(),
            name: catalogue.name(gift, at).to_string(),
            coins: version.coins,
            since: version.from,
            streakable: version.streakable,
            versions: versions.iter().filter(|version| version.from <= at).count(),
        });
    }
    rows.sort_by(|a, b| b.coins.cmp(&a.coins).then_with(|| a.gift.cmp(&b.gift)));
    Ok(rows)
}
