//! Who receives gifts whose frames leave it out: one gift is one, whoever it is.

use crate::live_order::{bring, frames, of, platform, posted};

/// A frame that names nobody is of whom other frames of its streak name, and else of who hosts the room at its time.
#[test]
fn who_receives_what_names_nobody() {
    let activity = "event_id,room_id,host_id,occurred_at,activity\n";
    let hosts = [
        "x,r,h,2026-11-10T00:00:00Z,start\n",
        "y,r,k,2026-11-10T14:00:00Z,start\n",
    ];
    for order in [[0, 1], [1, 0]] {
        let story = platform(
            "g,2026-01-01T00:00:00Z,1,1\n",
            "p,v,2026-11-05T00:00:00Z,web,1000,10.00,USD,DE\n",
        );
        for number in order {
            bring(&story, "room-activity", &format!("{activity}{}", hosts[number]));
            story.ok(&["live", "book"]);
        }
        frames(
            &story,
            "a,r,v,g,2026-11-10T12:00:00Z,3,false,s,1,m,\nb,r,v,g,2026-11-10T12:00:02Z,4,false,s,1,,\n\
             d,r,v,g,2026-11-10T13:00:00Z,10,true,t,1,,\ne,r,v,g,2026-11-10T15:00:00Z,20,true,u,1,,\n",
        );
        story.ok(&["live", "book"]);
        // What is named in another booking counts, too.
        frames(&story, "c,r,v,g,2026-11-10T12:00:04Z,5,true,s,1,,\n");
        story.ok(&["live", "book"]);
        let received = posted(&story, "creator-diamonds");
        assert_eq!(received, of(&[("h", "10"), ("k", "20"), ("m", "5")]), "{order:?}");
    }
}

/// As many of a gift in one millisecond are one gift, also where one of two frames without ids leaves out who receives it.
#[test]
fn one_gift_in_two_frames_without_ids_is_one_whoever_receives_it() {
    let activity = "event_id,room_id,host_id,occurred_at,activity\nx,r,h,2026-11-10T00:00:00Z,start\n";
    let sent = [
        "a,r,v,g,2026-11-10T12:00:00Z,3,true,,2,m,\n",
        "b,r,v,g,2026-11-10T12:00:00Z,3,true,,2,,\n",
    ];
    for (order, is_booked_between, receives) in [
        ([0, 1], false, "m"),
        ([1, 0], false, "m"),
        ([0, 1], true, "m"),
        ([1, 0], true, "h"),
    ] {
        let story = platform(
            "g,2026-01-01T00:00:00Z,1,2\n",
            "p,v,2026-11-05T00:00:00Z,web,1000,10.00,USD,DE\n",
        );
        bring(&story, "room-activity", activity);
        for number in order {
            frames(&story, sent[number]);
            if is_booked_between {
                story.ok(&["live", "book"]);
            }
        }
        story.ok(&["live", "book"]);
        let received = posted(&story, "creator-diamonds");
        assert_eq!(received, of(&[(receives, "3")]), "{order:?} {is_booked_between}");
    }
}

/// What was booked for the host stays the host's, however many later frames of the id name somebody else.
#[test]
fn what_was_booked_for_the_host_stays_the_hosts() {
    let story = platform(
        "g,2026-01-01T00:00:00Z,1,1\n",
        "p,v,2026-11-05T00:00:00Z,web,1000,10.00,USD,DE\n",
    );
    let host = "event_id,room_id,host_id,occurred_at,activity\nx,r,h,2026-11-10T00:00:00Z,start\n";
    bring(&story, "room-activity", host);
    for (second, count, to) in [(0, 1, ""), (2, 2, "m"), (4, 3, "m"), (6, 4, "")] {
        frames(
            &story,
            &format!(
                "e{count},r,v,g,2026-11-10T12:00:0{second}Z,{count},{},s,1,{to},\n",
                count == 4
            ),
        );
        story.ok(&["live", "book"]);
    }
    assert_eq!(posted(&story, "creator-diamonds"), of(&[("h", "4")]));
    story.ok(&["ledger", "verify"]);
}
