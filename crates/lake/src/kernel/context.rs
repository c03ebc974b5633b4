//! What every worker of one job shares: the request with its ids numbered, and what was met on the way.

use super::ids::Interner;
use super::input::Workers;
use super::marked;
use super::places::Places;
use super::request::FactsRequest;
use super::span::Span;
use super::{ByPayer, KernelError, Progress, Stage};
use event::id::mix;
use hashbrown::{HashMap, HashSet};
use policy::qualification::Rule;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// Bits of the table that says which viewers may be linked to a creator: it stays in the second-level cache.
const LINKED_BITS: u64 = 1 << 20;

/// What the snapshot in force says of a video.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KnownVideo {
    pub creator: u64,
    /// 0: not known.
    pub duration_ms: u32,
}

/// Shared by all workers.
pub(crate) struct Context<'a> {
    pub request: &'a FactsRequest<'a>,
    pub span: Span,
    pub interner: Interner,
    pub places: Places,
    pub videos: HashMap<u64, KnownVideo>,
    /// For each account linked to creators, those creators.
    linked: HashMap<u64, Vec<u64>>,
    /// A bit for each linked account, shared with others: most viewers are found not to be linked by it alone.
    maybe_linked: Vec<u64>,
    /// Accounts that may watch their own videos: creators of known videos, and linked accounts.
    pub interested: HashSet<u64>,
    /// Viewers that were marked invalid.
    pub invalidated: marked::Viewers,
    seen: AtomicU32,
    pub foreign_impressions: AtomicU64,
    done: AtomicU64,
    total: AtomicU64,
}

impl<'a> Context<'a> {
    /// Who reads for it.
    pub(crate) const fn workers(&self) -> Workers<'a> {
        Workers {
            threads: self.request.threads,
            cancel: self.request.cancel,
        }
    }

    pub(crate) fn new(request: &'a FactsRequest<'a>) -> Result<Self, KernelError> {
        let span = Span::new(request.from, request.to)?;
        let interner = Interner::new();
        let mut videos = HashMap::with_capacity(request.videos.len());
        let mut interested = HashSet::new();
        for video in request.videos {
            let creator = interner.number(&video.creator);
            let known = KnownVideo {
                creator,
                duration_ms: video.duration_ms.unwrap_or(0),
            };
            videos.insert(interner.number(&video.id), known);
            interested.insert(creator);
        }
        let mut linked: HashMap<u64, Vec<u64>> = HashMap::new();
        for creator in request.creators {
            let id = interner.number(&creator.id);
            for account in &creator.linked_accounts {
                let account = interner.number(account);
                linked.entry(account).or_default().push(id);
                interested.insert(account);
            }
        }
        let mut maybe_linked = vec![0; LINKED_BITS as usize / 64];
        for account in linked.keys() {
            let bit = mix(*account) % LINKED_BITS;
            maybe_linked[(bit / 64) as usize] |= 1 << (bit % 64);
        }
        let marked = &request.lists.invalidated().viewers;
        let invalidated = marked::numbered(marked, &interner, span);
        Ok(Context {
            request,
            span,
            interner,
            places: Places::default(),
            videos,
            linked,
            maybe_linked,
            interested,
            invalidated,
            seen: AtomicU32::new(0),
            foreign_impressions: AtomicU64::new(0),
            done: AtomicU64::new(0),
            total: AtomicU64::new(0),
        })
    }

    /// Do viewer and creator belong together?
    #[inline]
    pub(crate) fn same_person(&self, viewer: u64, creator: u64) -> bool {
        let bit = mix(viewer) % LINKED_BITS;
        viewer == creator
            || self.maybe_linked[(bit / 64) as usize] >> (bit % 64) & 1 == 1
                && self.is_linked(viewer, creator)
    }

    #[inline(never)]
    fn is_linked(&self, viewer: u64, creator: u64) -> bool {
        let creators = self.linked.get(&viewer);
        creators.is_some_and(|creators| creators.contains(&creator))
    }

    pub(crate) fn by_payer(&self) -> bool {
        self.request.by_payer == ByPayer::Yes
    }

    /// Notes that rows had what a rule needs.
    pub(crate) fn note_seen(&self, rules: u32) {
        self.seen.fetch_or(rules, Ordering::Relaxed);
    }

    /// Rules that are on and lacked what they need in every row.
    pub(crate) fn not_evaluated(&self) -> Vec<Rule> {
        let wanted = self.request.qualification;
        let seen = self.seen.load(Ordering::Relaxed);
        let lacking = |rule: Rule| {
            let on = match rule {
                Rule::SelfView => wanted.exclude_self.is_some(),
                Rule::Surface => wanted.surfaces.is_some(),
                Rule::Paid => wanted.exclude_paid.is_some(),
                Rule::DataCentre => wanted.exclude_data_centres.is_some(),
                Rule::DeclaredBot => wanted.exclude_declared_bots.is_some(),
                Rule::NegativeFeedback => wanted.exclude_negative_feedback.is_some(),
                // The others need only columns that every file has, or a list.
                _ => false,
            };
            on && seen & (1 << rule as u32) == 0
        };
        Rule::ALL.into_iter().filter(|rule| lacking(*rule)).collect()
    }

    /// Starts a stage of so many rows or partitions.
    pub(crate) fn begin(&self, stage: Stage, total: u64) {
        self.done.store(0, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
        (self.request.progress)(Progress {
            stage,
            done: 0,
            total,
        });
    }

    /// Tells that more is done.
    pub(crate) fn advance(&self, stage: Stage, by: u64) {
        let done = self.done.fetch_add(by, Ordering::Relaxed) + by;
        (self.request.progress)(Progress {
            stage,
            done,
            total: self.total.load(Ordering::Relaxed),
        });
    }
}
