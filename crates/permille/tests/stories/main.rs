//! Stories: what a person does with the command line, and what it answers.

mod demo;
mod full_disk;
mod gift_counts;
mod harness;
mod kuairand;
mod ledger;
mod live;
mod live_events;
mod live_money;
mod live_refusals;
mod long_ids;
mod manners;
mod payout;
mod periods;
mod programs;
mod replay;
mod restatement;
mod rounded_ids;
mod survival;
mod verdicts;
