//! Stories: what a person does with the command line, and what it answers.

mod demo;
mod harness;
mod kuairand;
mod ledger;
mod live;
mod live_events;
mod live_money;
mod live_refusals;
mod manners;
mod payee_decisions;
mod payout;
mod periods;
mod programs;
mod replay;
mod restatement;
mod survival;
mod verdicts;
