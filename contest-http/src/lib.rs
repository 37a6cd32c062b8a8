//! HTTP routes for `contest-core`. Nothing is implemented yet.
