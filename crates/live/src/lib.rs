//! LIVE: what gift frames, coin purchases and redemptions come to.
//!
//! Frames are folded into bookings ([`streak`]), priced by a versioned list ([`catalogue`]), paid from lots of coins
//! ([`wallet`]), turned into diamonds ([`exchange`], [`split`]) and into money again ([`redemption`]). Rooms and battles
//! are summed up for people ([`room`], [`battle`]).
//!
//! Likes, joins, follows and shares are counted and shown. They never become a booking: nothing here takes an activity and
//! gives one. This crate does no IO, reads no clock, and writes to no books: it says what is to be written.

pub mod battle;
pub mod catalogue;
pub mod exchange;
pub mod lot;
pub mod redemption;
pub mod room;
pub mod split;
pub mod streak;
pub mod subscription;
pub mod wallet;
