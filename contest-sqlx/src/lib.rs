//! Postgres and SQLite stores for `contest-core`. Nothing is implemented yet.
