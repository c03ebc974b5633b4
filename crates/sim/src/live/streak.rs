//! The frames of one gift: once, or a streak that counts up, sometimes broken on purpose.

use super::{Broken, Day, Frame};
use crate::rng::Rng;

/// One in so many streaks is broken.
const BROKEN_ONE_IN: u32 = 8;
/// How much later than the last frame a late one is made.
const LATE_MS: i64 = 60_000;

/// How much later a frame comes again.
const AGAIN_MS: i64 = 5_000;

/// Adds the frames of a gift that comes once.
pub fn once(frame: Frame, day: &mut Day) {
    day.made += 1;
    day.frames.push(Frame {
        number: day.made - 1,
        count: 1,
        end: false,
        streak: None,
        comes_ms: frame.at_ms,
        ..frame
    });
}

/// Adds the frames of a streak of so many gifts.
pub fn counted(first: &Frame, gifts: u32, rng: &mut Rng, day: &mut Day) {
    let broken = rng
        .one_in(BROKEN_ONE_IN)
        .then(|| Broken::ALL[rng.below(Broken::ALL.len() as u32) as usize]);
    let mut frames = whole(first, gifts, day.streaks, rng);
    day.streaks += 1;
    if broken == Some(Broken::NoEnd) {
        frames.pop();
    }
    if broken == Some(Broken::Late)
        && let Some(last) = frames.last_mut()
    {
        last.at_ms += LATE_MS;
    }
    for frame in &mut frames {
        frame.broken = broken;
        frame.number = day.made;
        frame.comes_ms = frame.at_ms;
        day.made += 1;
    }
    match broken {
        Some(Broken::Redelivered) => {
            let again = rng.below(frames.len() as u32) as usize;
            let mut frame = frames[again].clone();
            frame.comes_ms += AGAIN_MS;
            if rng.one_in(2) {
                frame.number = day.made;
                day.made += 1;
            }
            frames.push(frame);
        }
        Some(Broken::OutOfOrder) => {
            let times: Vec<i64> = frames.iter().rev().map(|frame| frame.at_ms).collect();
            for (frame, comes_ms) in frames.iter_mut().zip(times) {
                frame.comes_ms = comes_ms;
            }
        }
        Some(Broken::NoEnd | Broken::Late) | None => {}
    }
    day.frames.extend(frames);
}

/// A frame for every step of the count, then the end.
fn whole(first: &Frame, gifts: u32, streak: usize, rng: &mut Rng) -> Vec<Frame> {
    let mut frames = Vec::new();
    let (mut count, mut at_ms) = (0, first.at_ms);
    while count < gifts {
        count = (count + rng.between(1, 4)).min(gifts);
        frames.push(Frame {
            count,
            at_ms,
            streak: Some(streak),
            ..first.clone()
        });
        at_ms += i64::from(rng.between(400, 2_000));
    }
    frames.push(Frame {
        count,
        at_ms,
        end: true,
        streak: Some(streak),
        ..first.clone()
    });
    frames
}
