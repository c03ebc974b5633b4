//! Battles: the score is what gifts inside the timer cost; a tie goes to the side that reached the score first.

use event::id::id_order;
use jiff::Timestamp;
use std::sync::Arc;

/// A side of a battle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// Its name: its host, or a team's.
    pub name: Arc<str>,
    /// The hosts whose gifts count for it.
    pub hosts: Vec<Arc<str>>,
}

/// A booked gift as far as a battle is concerned. A streak counts when it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Points {
    /// Names the booking; it orders gifts of one instant.
    pub reference: Arc<str>,
    /// Who received it.
    pub host: Arc<str>,
    /// When it was booked: `Booking::at`.
    pub at: Timestamp,
    /// What it counts: its coins.
    pub points: u64,
}

/// The score of a side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    /// The side.
    pub side: Arc<str>,
    /// Points inside the timer.
    pub points: u64,
    /// When it reached them; `None`: it has none.
    pub reached_at: Option<Timestamp>,
}

/// How a battle went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The sides in the order in which they placed.
    pub scores: Vec<Score>,
    /// Who won; `None`: nobody has a point.
    pub winner: Option<Arc<str>>,
    /// Did the first to reach the score win a tie?
    pub tie_broken: bool,
}

/// Scores a battle over `[start, end)`.
pub fn score(sides: &[Side], gifts: &[Points], start: Timestamp, end: Timestamp) -> Outcome {
    let mut inside: Vec<&Points> = gifts
        .iter()
        .filter(|gift| (start..end).contains(&gift.at) && gift.points > 0)
        .collect();
    inside.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| id_order(&a.reference, &b.reference)));
    // Place in the order of gifts at which each side reached its score; sides without points come last.
    let mut scores: Vec<(usize, Score)> = sides
        .iter()
        .map(|side| {
            let of_side = inside
                .iter()
                .enumerate()
                .filter(|(_, gift)| side.hosts.contains(&gift.host));
            let last = of_side.clone().next_back();
            let score = Score {
                side: Arc::clone(&side.name),
                points: of_side.map(|(_, gift)| gift.points).sum(),
                reached_at: last.map(|(_, gift)| gift.at),
            };
            (last.map_or(usize::MAX, |(place, _)| place), score)
        })
        .collect();
    scores.sort_by(|(a_place, a), (b_place, b)| {
        let by_points = b.points.cmp(&a.points);
        by_points
            .then(a_place.cmp(b_place))
            .then_with(|| id_order(&a.side, &b.side))
    });
    let scores: Vec<Score> = scores.into_iter().map(|(_, score)| score).collect();
    let winner = scores.first().filter(|score| score.points > 0);
    let tie_broken =
        winner.is_some_and(|first| scores.get(1).is_some_and(|second| second.points == first.points));
    Outcome {
        winner: winner.map(|score| Arc::clone(&score.side)),
        tie_broken,
        scores,
    }
}
