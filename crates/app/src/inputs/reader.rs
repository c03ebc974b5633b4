//! The archive as seen at a stored-before bound: its files, snapshots and facts.

use crate::base::error::Result;
use crate::base::failure::{archive_error, kernel_error};
use crate::base::progress::Context;
use crate::inputs::bounded;
use crate::inputs::windows::ViewWindows;
use crate::workspace::Workspace;
use event::kind::Kind;
use facts::Facts;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use lake::archive::{Archive, FileEntry, StoredBefore};
use lake::kernel::{ByPayer, FactsRequest, Source};
use lake::lists::Lists;
use lake::snapshots::{Advancing, Snapshots};
use money::Money;
use policy::period::Period;
use policy::program::{Mechanism, PartitionKey, Program};
use policy::qualification::Qualification;

/// An archive at a bound, with the lists to judge by: what settling, verifying and simulating read.
pub struct Reader<'a> {
    /// The archive.
    pub archive: &'a Archive,
    /// What of it is seen.
    pub bound: StoredBefore,
    /// Kinds of which less is seen, up to an earlier bound: what lies between two runs is looked at so, kind by kind.
    pub held_back: Option<(StoredBefore, Vec<Kind>)>,
    /// The lists.
    pub lists: &'a Lists,
    /// Where temporary files go.
    pub workspace: &'a Workspace,
    /// Look-back windows of the periods before.
    pub windows: ViewWindows,
}

/// The midnight (UTC) at which a date begins.
pub fn midnight(date: Date) -> Timestamp {
    // Dates of periods lie between 1970 and 2199, where every midnight is an instant.
    date.to_zoned(jiff::tz::TimeZone::UTC)
        .map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

/// The facts of a program that divides by payer are kept by payer.
pub fn by_payer(program: &Program) -> ByPayer {
    let partition = match &program.mechanism {
        Mechanism::Pool(pool) => pool.partition.as_slice(),
        Mechanism::Share(share) => share.partition.as_slice(),
        Mechanism::Rate(_) | Mechanism::Conversion(_) => &[],
    };
    if partition.contains(&PartitionKey::Payer) {
        ByPayer::Yes
    } else {
        ByPayer::No
    }
}

impl<'a> Reader<'a> {
    /// Reads an archive up to a bound.
    pub fn new(
        archive: &'a Archive,
        bound: StoredBefore,
        lists: &'a Lists,
        workspace: &'a Workspace,
    ) -> Self {
        Self {
            archive,
            bound,
            held_back: None,
            lists,
            workspace,
            windows: ViewWindows::default(),
        }
    }

    /// Files of a kind with dates in a span.
    pub(crate) fn files(&self, kind: Kind, (from, to): (Date, Date)) -> Vec<FileEntry> {
        let bound = match &self.held_back {
            Some((earlier, kinds)) if kinds.contains(&kind) => *earlier,
            _ => self.bound,
        };
        self.archive.files(kind, from, to, bound)
    }

    /// The snapshots in force at the instant a date begins.
    pub fn snapshots(&self, end: Date) -> Result<Snapshots> {
        let span = (Date::MIN, end);
        let creators = self.files(Kind::Creator, span);
        let videos = self.files(Kind::Video, span);
        lake::snapshots::read(&creators, &videos, midnight(end)).map_err(archive_error)
    }

    /// Takes snapshots from the instant at which a date begins to that of a later one.
    pub(crate) fn advance(&self, snapshots: &mut Advancing, (from, to): (Date, Date)) -> Result<()> {
        let creators = self.files(Kind::Creator, (from, to));
        let videos = self.files(Kind::Video, (from, to));
        let advanced = snapshots.to(midnight(to), &creators, &videos);
        advanced.map_err(archive_error)
    }

    /// Counts facts of `[from, to)`.
    pub fn facts(
        &self,
        qualification: &Qualification,
        span: (Date, Date),
        by_payer: ByPayer,
        currency: &str,
        snapshots: &Snapshots,
        context: &Context<'_>,
    ) -> Result<Facts> {
        let files = EventFiles::of(self, span);
        bounded::with_memory(self.workspace, context, |memory, progress| {
            let request = FactsRequest {
                qualification,
                from: span.0,
                to: span.1,
                by_payer,
                currency,
                lists: self.lists,
                creators: &snapshots.creators,
                videos: &snapshots.videos,
                memory,
                threads: context.threads,
                cancel: context.cancel,
                progress,
            };
            lake::kernel::facts(files.source(), &request).map_err(|e| kernel_error(&e))
        })
    }

    /// Fingerprint of everything a settlement of the period would read. Two equal fingerprints: nothing new.
    pub fn fingerprint(&self, program: &Program, period: &Period, budget_spent: Money) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut add = |text: &str| {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        add(&program.hash);
        add(&period.to_string());
        add(&self.lists.hash());
        add(&budget_spent.to_string());
        for (kind, span) in read_of(program, period) {
            add(kind.name());
            for file in self.files(kind, span) {
                add(&file.hash);
            }
        }
        hasher.finalize().to_hex().to_string()
    }
}

/// The kinds that a settlement of the period reads, and the days of each.
pub(crate) fn read_of(program: &Program, period: &Period) -> [(Kind, (Date, Date)); 6] {
    let days = program.lookbacks.iter().map(|lookback| lookback.days);
    let longest = i64::from(days.max().unwrap_or(0));
    let earliest = period.start().min(period.end().saturating_sub(longest.days()));
    [
        (Kind::View, (earliest, period.end())),
        (Kind::Engagement, (earliest, period.end())),
        (Kind::AdImpression, (period.start(), period.end())),
        (Kind::Funding, (period.start(), period.end())),
        (Kind::Creator, (Date::MIN, period.end())),
        (Kind::Video, (Date::MIN, period.end())),
    ]
}

/// Files of the events that facts are counted from.
pub struct EventFiles {
    views: Vec<FileEntry>,
    engagement: Vec<FileEntry>,
    ads: Vec<FileEntry>,
}

impl EventFiles {
    /// The event files of a span of days.
    pub fn of(reader: &Reader<'_>, span: (Date, Date)) -> EventFiles {
        EventFiles {
            views: reader.files(Kind::View, span),
            engagement: reader.files(Kind::Engagement, span),
            ads: reader.files(Kind::AdImpression, span),
        }
    }

    /// As the kernel's source.
    pub fn source(&self) -> Source<'_> {
        Source::Archive {
            views: &self.views,
            engagement: &self.engagement,
            ads: &self.ads,
        }
    }

    /// True when there is no view at all.
    pub fn is_empty(&self) -> bool {
        self.views.is_empty() && self.ads.is_empty()
    }
}
