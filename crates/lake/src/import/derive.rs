//! Event ids of kinds whose rows may come without one.

use super::batch::{Batch, Column, field_index};
use super::pool::{NO_CODE, Pool};
use event::id::FIRST_INTERNED;
use event::kind::Kind;
use event::schema::{self, Need};
use jiff::Timestamp;

/// Fills in the event ids that rows lack, from the fields that identify the row.
///
/// A creator, video or gift is `<id>@<effective_at>`; funding is `<program>/<date>/<country>/<payer>`; a gift frame is a
/// hash of its fields, of which two frames of one streak never agree in all. A `/` or `~` inside a part is written
/// `~1` or `~0`, so that different parts never give the same id.
pub(crate) fn fill_event_ids(batch: &mut Batch) {
    let index = field_index(batch.kind, "event_id");
    if schema::fields(batch.kind)[index].need != Need::Derived {
        return;
    }
    let given = std::mem::replace(&mut batch.columns[index], Column::Absent);
    let mut pool = Pool::default();
    let codes = (0..batch.rows).map(|row| match &given {
        Column::Codes(codes, texts) if codes[row] != NO_CODE => pool.code_once(&text_of(codes[row], texts)),
        _ => pool.code_once(&derived(batch, row)),
    });
    let codes = codes.collect();
    batch.columns[index] = Column::Codes(codes, Box::new(pool));
}

fn derived(batch: &Batch, row: usize) -> String {
    match batch.kind {
        Kind::Creator => format!("{}@{}", field_text(batch, "creator_id", row), instant(batch, row)),
        Kind::Video => format!("{}@{}", field_text(batch, "video_id", row), instant(batch, row)),
        Kind::Gift => format!("{}@{}", field_text(batch, "gift_id", row), instant(batch, row)),
        Kind::GiftFrame => gift_frame(batch, row),
        _ => {
            let escaped = |field| escaped(batch, field, row);
            let date = super::batch::date_of(batch.column("date").numbers()[row]);
            format!(
                "{}/{date}/{}/{}",
                escaped("program"),
                escaped("country"),
                escaped("payer_id")
            )
        }
    }
}

fn escaped(batch: &Batch, field: &str, row: usize) -> String {
    field_text(batch, field, row)
        .replace('~', "~0")
        .replace('/', "~1")
}

/// The longest id may not hold eight others, so the parts are hashed: 128 bits of BLAKE3.
fn gift_frame(batch: &Batch, row: usize) -> String {
    let ids = ["room_id", "viewer_id", "to_user_id", "gift_id", "streak_id"];
    let mut text = ids.map(|field| escaped(batch, field, row)).join("/");
    let count = match batch.column("repeat_count") {
        Column::Counts(counts) => counts[row],
        _ => 0,
    };
    let ended = match batch.column("repeat_end") {
        Column::Flags(flags) => flags[row] == 1,
        _ => false,
    };
    let at = batch.column("occurred_at").numbers()[row];
    text.push_str(&format!("/{at}/{count}/{ended}"));
    let hash = blake3::hash(text.as_bytes()).to_hex();
    format!("frame-{}", &hash[..32])
}

fn instant(batch: &Batch, row: usize) -> Timestamp {
    let millis = batch.column("effective_at").numbers()[row];
    Timestamp::from_millisecond(millis).expect("checked when it was read")
}

fn field_text(batch: &Batch, field: &str, row: usize) -> String {
    match batch.column(field) {
        Column::Codes(codes, pool) if codes[row] != NO_CODE => text_of(codes[row], pool),
        _ => String::new(),
    }
}

fn text_of(code: u64, pool: &Pool) -> String {
    if code < FIRST_INTERNED {
        code.to_string()
    } else {
        pool.text((code & !FIRST_INTERNED) as u32).to_owned()
    }
}
