//! The outbox of both stores: that its log is the history that was committed, and that killing those who
//! write and those who deliver loses and reorders nothing.
//! And that an audit of the tables knows epochs and logs.

mod audit;
mod child;
mod crash;
mod delivery;
mod log;
mod place;
mod work;
