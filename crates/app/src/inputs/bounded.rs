//! Runs the kernel within a memory budget and shows its progress.

use crate::base::config::DEFAULT_MEMORY;
use crate::base::error::Result;
use crate::base::progress::Context;
use crate::workspace::Workspace;
use crate::workspace::held::HeldFolder;
use lake::kernel::{Memory, Progress, Stage};
use std::path::Path;
use std::sync::Mutex;

/// How the names of folders begin in which the kernel puts what does not fit into its memory.
const SPILLED: &str = "permille-spill-";

/// Hands the kernel its memory bound, with a folder that is removed afterwards, and its progress.
pub(crate) fn with_memory<T>(
    workspace: &Workspace,
    context: &Context<'_>,
    run: impl FnOnce(Option<Memory<'_>>, &(dyn Fn(Progress) + Sync)) -> Result<T>,
) -> Result<T> {
    within(&workspace.scratch(), context, run)
}

/// The same, with temporary files in a folder below the one named.
pub(crate) fn within<T>(
    scratch: &Path,
    context: &Context<'_>,
    run: impl FnOnce(Option<Memory<'_>>, &(dyn Fn(Progress) + Sync)) -> Result<T>,
) -> Result<T> {
    let stage = Mutex::new(None);
    let progress = |now: Progress| {
        if let Ok(mut stage) = stage.lock() {
            if *stage != Some(now.stage) {
                *stage = Some(now.stage);
                context.progress.stage(stage_name(now.stage), Some(now.total));
            }
            context.progress.position(now.done);
        }
    };
    let folder = match HeldFolder::make(scratch, SPILLED) {
        Ok(folder) => folder,
        // Nobody asked for a bound, and reading works in a workspace that cannot be written to.
        Err(_) if context.memory.is_none() => return run(None, &progress),
        Err(error) => return Err(error),
    };
    run(
        Some(Memory {
            bytes: context.memory.unwrap_or(DEFAULT_MEMORY),
            spill_to: folder.path(),
        }),
        &progress,
    )
}

const fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Duplicates => "looking for duplicates",
        Stage::Read => "reading views",
        Stage::Decide => "giving verdicts",
        Stage::Count => "counting facts",
    }
}
