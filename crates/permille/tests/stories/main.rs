//! Stories: what a person does with the command line, and what it answers.

mod audited;
mod bank;
mod demo;
mod full_disk;
mod gift_counts;
mod gone_runs;
mod harness;
mod kuairand;
mod ledger;
mod live;
mod live_events;
mod live_money;
mod live_refusals;
mod long_ids;
mod manners;
mod pairs;
mod payee_decisions;
mod payout;
mod periods;
mod programs;
mod recorded_time;
mod replay;
mod restatement;
mod rounded_ids;
mod survival;
mod verdicts;
