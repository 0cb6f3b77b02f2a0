//! Whole commands, as a user types them.

mod approval;
mod crash;
mod demo;
mod input;
mod proofmark;
