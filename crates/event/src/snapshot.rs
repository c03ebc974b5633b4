//! Snapshots in force: what was true of a creator or a video at an instant.

use jiff::Timestamp;
use jiff::civil::Date;
use std::sync::Arc;

/// A creator as in force at the asked instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatorSnapshot {
    /// The creator.
    pub id: Arc<str>,
    /// From when this was true.
    pub effective_at: Timestamp,
    /// Birth date, if known.
    pub birth_date: Option<Date>,
    /// Of age, if told.
    pub adult: Option<bool>,
    /// Country of residence.
    pub country: Option<Arc<str>>,
    /// Authentic followers.
    pub followers: Option<u32>,
    /// Account type.
    pub account_type: Option<Arc<str>>,
    /// Standing of the account.
    pub standing: Option<Arc<str>>,
    /// Programs joined, sorted.
    pub joined: Vec<Arc<str>>,
    /// Public posts in all.
    pub posts: Option<u32>,
    /// Linked viewer accounts, sorted.
    pub linked_accounts: Vec<Arc<str>>,
}

/// A video as in force at the asked instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VideoSnapshot {
    /// The video.
    pub id: Arc<str>,
    /// Its creator.
    pub creator: Arc<str>,
    /// From when this was true.
    pub effective_at: Timestamp,
    /// Length in milliseconds; `None`: not known.
    pub duration_ms: Option<u32>,
    /// When it was published.
    pub published_at: Option<Timestamp>,
    /// Category.
    pub category: Option<Arc<str>>,
    /// Original work.
    pub original: Option<bool>,
    /// Licensed music tracks used.
    pub music_tracks: Option<u32>,
    /// Visibility.
    pub visibility: Option<Arc<str>>,
    /// Search value in millionths.
    pub search_value_micros: Option<i64>,
}

/// Money put into a program's pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Funding {
    /// Id of the program.
    pub program: Arc<str>,
    /// The day it is for.
    pub date: Date,
    /// Only for this country.
    pub country: Option<Arc<str>>,
    /// Only for this payer.
    pub payer: Option<Arc<str>>,
    /// Amount in millionths of the currency.
    pub amount_micros: i64,
    /// ISO 4217 code.
    pub currency: Arc<str>,
}
