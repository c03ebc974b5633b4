//! LIVE events: recorded streams, the gift catalogue, and what is read back of them.

use crate::real::{mapping, shared};
use crate::rig::{Rig, counts};
use event::kind::Kind;
use event::live::{CoinPurchase, CoinRefund, Gift, GiftFrame, RoomActivity};
use lake::live::{Commits, read};

/// What a frame says, in one line.
fn said(frame: &GiftFrame) -> String {
    let or_none = |id: &Option<std::sync::Arc<str>>| id.as_deref().unwrap_or("-").to_owned();
    format!(
        "{} {}>{} gift {} x{}{} streak {} type {:?} at {} coins {}",
        frame.room,
        frame.viewer,
        or_none(&frame.to_user),
        frame.gift,
        frame.repeat_count,
        if frame.repeat_end { " end" } else { "" },
        or_none(&frame.streak),
        frame.gift_type,
        frame.occurred_at,
        frame.coins_each.unwrap_or(0),
    )
}

/// Names of TikTok-Live-Connector as flat objects: a streak of three roses, its end frame delivered twice, and a chat line.
const JAVASCRIPT: &str = r#"{"giftId":5655,"repeatCount":1,"groupId":"1697553600123","userId":"6776663624629974121","uniqueId":"z","repeatEnd":false,"giftType":1,"diamondCount":1,"receiverUserId":"6929592145315251000","roomId":"7291","msgId":"71001","createTime":"1697553600500"}
{"comment":"how are you?","userId":"6776663624629974121","msgId":"71002","createTime":"1697553600600","roomId":"7291"}
{"giftId":5655,"repeatCount":3,"groupId":"1697553600123","userId":"6776663624629974121","uniqueId":"z","repeatEnd":true,"giftType":1,"diamondCount":1,"receiverUserId":"0","roomId":"7291","msgId":"71003","createTime":"1697553602500"}
{"giftId":5655,"repeatCount":3,"groupId":"1697553600123","userId":"6776663624629974121","uniqueId":"z","repeatEnd":true,"giftType":1,"diamondCount":1,"receiverUserId":"0","roomId":"7291","msgId":"71003","createTime":"1697553602500"}
"#;

/// Names of TikTokLive: nested, snake case, the first line without a recipient.
const PYTHON: &str = r#"{"common":{"msg_id":"81","room_id":7292,"create_time":1697553600500},"gift_id":6046,"repeat_count":1,"repeat_end":0,"group_id":"0","user":{"id":"77","unique_id":"a"},"gift":{"id":6046,"type":2,"diamond_count":2020,"combo":false}}
{"common":{"msg_id":"82","room_id":7292,"create_time":1697553700500},"gift_id":6046,"repeat_count":1,"repeat_end":0,"group_id":"0","user":{"id":"77","unique_id":"a"},"to_user":{"id":"99","unique_id":"b"},"gift":{"id":6046,"type":2,"diamond_count":2020,"combo":false}}
"#;

/// The older nested form without message id, room and recipient, with a recorder's own time.
const OLDER: &str = r#"{"userId":"6776663624629974121","gift":{"gift_id":5729,"gift_type":2,"repeat_count":1,"repeat_end":0,"to_user_id":6929592145315251000},"giftId":5729,"extendedGiftInfo":{"diamond_count":5,"id":5729,"type":1},"recorded_at":"2022-06-01T20:00:00Z"}
"#;

fn frames(text: &str) -> (Rig, Vec<String>) {
    let mut rig = Rig::new();
    let file = rig.file("stream.ndjson", text);
    rig.try_import(Kind::GiftFrame, &[file], Some(&mapping("tiktok-live.toml")))
        .expect("an import");
    let frames: Vec<GiftFrame> = read(&rig.archive, Commits::all(&rig.archive)).expect("frames");
    let said = frames.iter().map(said).collect();
    (rig, said)
}

#[test]
fn a_recorded_stream_becomes_frames_each_once() {
    let (rig, said) = frames(JAVASCRIPT);
    assert_eq!(
        said,
        [
            "7291 6776663624629974121>6929592145315251000 gift 5655 x1 streak 1697553600123 type Some(1) at 2023-10-17T14:40:00.5Z coins 1",
            "7291 6776663624629974121>- gift 5655 x3 end streak 1697553600123 type Some(1) at 2023-10-17T14:40:02.5Z coins 1",
        ]
    );
    let quarantined = rig.quarantine();
    assert_eq!(quarantined.len(), 1, "the chat line");
    assert_eq!(quarantined[0].line, 2);
}

#[test]
fn nested_names_and_older_forms_are_the_same_frames() {
    let (_, said) = frames(PYTHON);
    assert_eq!(
        said,
        [
            "7292 77>- gift 6046 x1 streak - type Some(2) at 2023-10-17T14:40:00.5Z coins 2020",
            "7292 77>99 gift 6046 x1 streak - type Some(2) at 2023-10-17T14:41:40.5Z coins 2020",
        ]
    );
    let (_, said) = frames(&OLDER.repeat(2));
    assert_eq!(
        said,
        [
            "room-not-said 6776663624629974121>6929592145315251000 gift 5729 x1 streak - type Some(2) at 2022-06-01T20:00:00Z coins 5"
        ],
        "without a message id the same line twice is one frame"
    );
}

#[test]
fn the_public_gift_list_is_imported_whole() {
    let Some(file) = shared("gift-catalogue/gift_catalogue.csv") else {
        return;
    };
    let mut rig = Rig::new();
    let report = rig
        .try_import(Kind::Gift, &[file], Some(&mapping("gift-catalogue.toml")))
        .expect("an import");
    assert_eq!(counts(report.totals()[&Kind::Gift]), [559, 559, 0, 0]);
    let gifts: Vec<Gift> = read(&rig.archive, Commits::all(&rig.archive)).expect("gifts");
    let rose = gifts.iter().find(|gift| &*gift.gift == "5655").expect("the rose");
    assert_eq!((rose.coins, rose.gift_type, rose.combo), (1, Some(1), Some(true)));
    assert_eq!(rose.name.as_deref(), Some("Rose"));
    assert!(gifts.iter().any(|gift| gift.coins == 44_999));
}

#[test]
fn only_the_rows_of_the_asked_commits_are_read_in_the_order_of_time() {
    let mut rig = Rig::new();
    let head = "event_id,viewer_id,occurred_at,channel,coins,price,currency\n";
    let later = rig.file(
        "a.csv",
        format!("{head}p2,v1,2026-10-02T00:00:00Z,web,70,0.99,USD\n"),
    );
    let earlier = rig.file(
        "b.csv",
        format!(
            "{head}p1,v1,2026-10-01T00:00:00Z,web,350,4.99,USD\np3,v1,2026-10-02T00:00:00Z,web,x,4.99,USD\n"
        ),
    );
    assert_eq!(rig.import(Kind::CoinPurchase, &later), [1, 1, 0, 0]);
    assert_eq!(rig.import(Kind::CoinPurchase, &earlier), [2, 1, 0, 1]);
    let ids = |after, up_to| -> Vec<String> {
        let rows: Vec<CoinPurchase> = read(&rig.archive, Commits { after, up_to }).expect("purchases");
        rows.iter()
            .map(|row| format!("{} {}", row.event_id, row.price_micros))
            .collect()
    };
    assert_eq!(ids(0, 2), ["p1 4990000", "p2 990000"]);
    assert_eq!(ids(0, 1), ["p2 990000"]);
    assert_eq!(ids(1, 2), ["p1 4990000"]);
    assert_eq!(ids(2, 2), Vec::<String>::new());
}

#[test]
fn words_of_rooms_and_refunds_are_checked() {
    let mut rig = Rig::new();
    let file = rig.file(
        "room.csv",
        "event_id,room_id,host_id,occurred_at,activity,count,battle_id,team\n\
         1,r,h,2026-10-01T20:00:00Z,start,,,\n\
         2,r,h,2026-10-01T20:00:01Z,like,15,,\n\
         3,r,h,2026-10-01T20:00:02Z,battle_start,,b,h;g\n\
         4,r,h,2026-10-01T20:00:03Z,applause,1,,\n",
    );
    assert_eq!(rig.import(Kind::RoomActivity, &file), [4, 3, 0, 1]);
    let rows: Vec<RoomActivity> = read(&rig.archive, Commits::all(&rig.archive)).expect("activity");
    assert_eq!(rows.iter().map(|row| row.count).collect::<Vec<_>>(), [1, 15, 1]);
    assert_eq!(rows[2].team, ["g".into(), "h".into()]);
    let file = rig.file(
        "refunds.csv",
        "event_id,purchase_id,viewer_id,occurred_at,reason\n\
         1,p1,v,2026-10-01T20:00:00Z,chargeback\n2,p1,v,2026-10-01T20:00:00Z,regret\n",
    );
    assert_eq!(rig.import(Kind::CoinRefund, &file), [2, 1, 0, 1]);
    let rows: Vec<CoinRefund> = read(&rig.archive, Commits::all(&rig.archive)).expect("refunds");
    assert_eq!(rows[0].coins, None);
    let quarantined: Vec<String> = rig
        .quarantine()
        .iter()
        .map(|row| format!("{row:?}"))
        .filter(|row| row.contains("is not refund or chargeback") || row.contains("is not like, join"))
        .collect();
    assert_eq!(quarantined.len(), 2);
}
