//! The demo: a generated platform, imported, settled, booked and paid out, in a workspace of its own.

mod bank;
pub mod money;
mod payees;

use access::Scope;
use app::base::error::{Error, Result};
use app::base::progress::Context;
use app::inputs::import;
use app::queries::explain::{self, Explained};
use app::queries::lines::{Filter, Found, lines};
use app::settling::settle::{self, Outcome, Selection};
use app::workspace::files::write_atomically;
use app::workspace::{CONFIG_FILE, Purpose, Workspace};
use event::kind::Kind;
use jiff::civil::Date;
use lake::import::ImportReport;
use sim::{GenerateOptions, Generated};
use std::fs;
use std::path::{Path, PathBuf};

/// The demo's parameters.
#[derive(Clone, Debug)]
pub struct Options {
    /// Folder of the workspace, made anew.
    pub dir: PathBuf,
    /// Views to generate.
    pub views: u64,
    /// Seed of the platform.
    pub seed: u64,
    /// Where the books are kept, if not in the workspace: an empty store.
    pub store: Option<String>,
}

/// What the demo did.
#[derive(Debug)]
pub struct Demo {
    /// Reports of the imports, in order.
    pub imports: Vec<(Kind, ImportReport)>,
    /// The settled periods.
    pub outcomes: Vec<Outcome>,
    /// The largest line of Creator Rewards, or of any program.
    pub line: Option<Found>,
    /// That line explained.
    pub explained: Option<Explained>,
    /// What became of the money.
    pub money: money::Money,
    /// The books without their password, when it was left out of the workspace's configuration.
    pub left_out_password: Option<String>,
}

/// Programs that the demo settles.
pub const PROGRAMS: [&str; 3] = ["creator-fund", "creator-rewards", "pulse"];
/// The month that it settles.
pub const MONTH: &str = "2026-10";
/// First day of the generated traffic: a month before, so that look-backs of 30 days are full.
const START: Date = Date::constant(2026, 9, 1);
/// Days of traffic: to the end of the month.
const DAYS: u32 = 61;
/// From this day on every program of the demo pays for the month: Creator Rewards on the 15th of the next.
const PAY_DAY: Date = Date::constant(2026, 11, 16);
/// Where the platform's files lie in the demo's folder.
const PLATFORM: &str = "platform";

const CONFIG_HEAD: &str = "\
# Workspace of `permille demo`.
data = \".permille\"
";
const CONFIG_TAIL: &str = "
[lists]
data_centres = \"platform/datacentres.csv\"

[payout.debtor]
name = \"Permille Demo\"
account = { iban = \"DE89370400440532013000\" }
bic = \"COBADEFFXXX\"
currency = \"USD\"
address = { street = \"Musterweg\", building_number = \"1\", post_code = \"10115\", town = \"Berlin\", country = \"DE\" }
";

/// Generates, imports, settles and explains.
pub fn run(options: &Options, context: &Context<'_>) -> Result<Demo> {
    // The demo's month is over, and its pay day has come, wherever the clock stands.
    let context = &Context {
        now: context.now.max(app::inputs::reader::midnight(PAY_DAY)),
        ..*context
    };
    if let Some(url) = &options.store {
        money::must_be_empty(url)?;
    }
    let workspace = prepare(&options.dir, options.store.as_deref())?;
    let platform = options.dir.join(PLATFORM);
    context
        .progress
        .stage("generating a platform", Some(options.views));
    generate(&platform_options(options, &platform, context), context)?;
    let mut imports = Vec::new();
    for kind in Kind::ALL {
        let files = app::inputs::count::parquet_files(&platform.join(kind.name()))?;
        if !files.is_empty() {
            imports.push((kind, import::import(&workspace, kind, &files, None, context)?));
        }
    }
    let mut outcomes = Vec::new();
    for id in PROGRAMS {
        app::settling::apply::apply(&workspace, id, &context.doing("program apply"))?;
        let month = Selection::Month(MONTH.to_owned());
        let settling = context.doing("settle");
        outcomes.extend(settle::settle(&workspace, Some(id), &month, &settling, |_| Ok(()))?.whole()?);
    }
    let line = largest_line(&workspace)?;
    let explained = line
        .as_ref()
        .map(|found| explain::line(&workspace, &found.line.id, SAMPLES, &Scope::All, context))
        .transpose()?;
    let money = money::run(&workspace, &options.dir, context)?;
    let store = options.store.as_deref();
    Ok(Demo {
        money,
        left_out_password: store
            .map(|url| (store::without_password(url), url))
            .filter(|(named, url)| named != url)
            .map(|(named, _)| named),
        imports,
        outcomes,
        line,
        explained,
    })
}

/// Sample events shown for each verdict.
const SAMPLES: usize = 2;

fn platform_options(options: &Options, out: &Path, context: &Context<'_>) -> GenerateOptions {
    // One creator for 2,500 views and one viewer for 20: enough of both that some creators reach the
    // programs' thresholds and most do not.
    let scale = |per: u64, least: u64| u32::try_from((options.views / per).max(least)).unwrap_or(u32::MAX);
    GenerateOptions {
        seed: options.seed,
        days: DAYS,
        creators: scale(2_500, 20),
        viewers: scale(20, 100),
        views: options.views,
        start: START,
        out: out.to_owned(),
        threads: std::num::NonZeroUsize::new(context.threads),
    }
}

/// Generates a platform; its errors become ours.
pub fn generate(options: &GenerateOptions, context: &Context<'_>) -> Result<Generated> {
    let progress = |done: u64, _total: u64| context.progress.position(done);
    sim::generate(options, &progress, context.cancel).map_err(|e| {
        if let Err(cancelled) = context.check() {
            return cancelled;
        }
        let error = Error::usage("generate", app::base::error::with_causes(&e));
        match e.hint() {
            Some(hint) => error.hint(hint),
            None => error,
        }
    })
}

/// Makes the demo's folder anew. A folder that holds anything else than an earlier demo is refused.
fn prepare(dir: &Path, store: Option<&str>) -> Result<Workspace> {
    let config = dir.join(CONFIG_FILE);
    let is_empty = app::workspace::files::sorted_entries(dir)?.is_empty();
    let is_demo = fs::read_to_string(&config)
        .is_ok_and(|text| text.starts_with(CONFIG_HEAD) && text.ends_with(CONFIG_TAIL));
    if !is_empty && !is_demo {
        return Err(Error::refused("demo/folder", format!("{} holds something that is not an earlier demo", dir.display()))
            .hint("name an empty or new folder with --dir; the demo removes what an earlier demo left there and nothing else"));
    }
    for left in [
        dir.join(PLATFORM),
        dir.join(money::PAYOUTS),
        dir.join(".permille"),
    ] {
        if left.exists() {
            fs::remove_dir_all(&left).map_err(|e| Error::io("remove", &left, &e))?;
        }
    }
    // The books are named in the workspace, so that the commands that follow use them too; a password is nobody's to keep there.
    let store = store.map(|store| match store.strip_prefix("sqlite:").unwrap_or(store) {
        url if url.contains("://") => url.to_owned(),
        path => std::path::absolute(path).map_or_else(|_| path.to_owned(), |path| path.display().to_string()),
    });
    let named = store
        .as_deref()
        .map(|store| format!("store = {}\n", toml::Value::from(store::without_password(store))));
    let text = [CONFIG_HEAD, named.as_deref().unwrap_or(""), CONFIG_TAIL].concat();
    write_atomically(&config, text.as_bytes())?;
    Ok(Workspace::init(dir, Purpose::Money)?.with_store(store))
}

fn largest_line(workspace: &Workspace) -> Result<Option<Found>> {
    for program in ["creator-rewards", "creator-fund", "pulse"] {
        let filter = Filter {
            program: Some(program.to_owned()),
            ..Filter::default()
        };
        let found = lines(workspace, &filter, &Scope::All)?
            .whole()?
            .into_iter()
            .max_by(|a, b| {
                a.line
                    .amount
                    .units()
                    .cmp(&b.line.amount.units())
                    .then_with(|| b.line.id.cmp(&a.line.id))
            });
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use policy::qualification::Rule;

    #[test]
    fn the_generator_labels_every_rule_but_marks_by_people() {
        let labels: Vec<_> = sim::invalid::Rule::ALL.iter().map(|rule| rule.name()).collect();
        let rules = Rule::ALL.into_iter().filter(|rule| *rule != Rule::Invalidated);
        assert!(labels.into_iter().eq(rules.map(Rule::name)));
    }
}
