//! Use cases: what a person or a program can ask of Permille.
//!
//! A use case opens what it needs in a [`workspace::Workspace`], calls the crates that know how, and
//! returns a value. It prints nothing and reads no argument, environment or clock: those are handed in.
//!
//! Each folder is a layer, from the lowest to the highest: one uses those that stand before it here, and no others.
//! `cargo xtask structure` checks it.

// What every command needs: errors, configuration, who asks and how it goes on, keys of what is booked.
pub mod base;

// A workspace's folder: its files, its lock, its books, who may act on it, and its backup.
pub mod workspace;

// What goes into a settlement: imported events, lists, program documents, and what is counted from them.
pub mod inputs;

// Runs as they are stored, and which of them the books name.
pub mod runs;

// How a run gets into the books, and why a later one differs.
pub mod books;

// LIVE: coins, gifts and diamonds, booked from events.
pub mod live;

// The life of a period: programs put into force, periods settled, closed and restated.
pub mod settling;

// From payable money to a bank file and back.
pub mod payouts;

// Every sum that decides money, computed again from what is booked.
pub mod audit;

// What is asked and answered: lines and why they are so, statements, the ledger, messages, verification.
pub mod queries;
