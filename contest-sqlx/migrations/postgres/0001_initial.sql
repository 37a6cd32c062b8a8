-- The tables of contest. `{schema}` is replaced by the quoted name of the schema they live in.
--
-- Every table with user data leads its primary key, its unique indexes and its foreign keys with
-- user_id, so that the tables can be distributed by it; problems and catalogue_state are small,
-- shared and read by everybody. Nothing draws from a sequence.

-- Which edition of the problems is stored: one row.
CREATE TABLE {schema}.catalogue_state (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    revision bigint NOT NULL DEFAULT 0
);
INSERT INTO {schema}.catalogue_state DEFAULT VALUES;

-- Problems are never deleted, only retired. difficulty: 1 easy, 2 medium, 3 hard. No foreign key
-- leads here: the statements that name a problem look it up themselves, and the check of a key would
-- lock the row of the problem, which all users share, on every write.
CREATE TABLE {schema}.problems (
    id uuid PRIMARY KEY,
    slug text NOT NULL UNIQUE,
    title text NOT NULL,
    difficulty smallint NOT NULL CHECK (difficulty BETWEEN 1 AND 3),
    topics text[] NOT NULL,
    link text,
    position bigint NOT NULL,
    retired boolean NOT NULL
);
CREATE INDEX problems_retired ON {schema}.problems (id) WHERE retired;

-- One row for each user: what has been counted so far. Every step that writes anything of a user
-- claims this row and adds one to version.
CREATE TABLE {schema}.user_progress (
    user_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    easy bigint NOT NULL DEFAULT 0,
    medium bigint NOT NULL DEFAULT 0,
    hard bigint NOT NULL DEFAULT 0,
    completed bigint NOT NULL DEFAULT 0,
    abandoned bigint NOT NULL DEFAULT 0,
    expired bigint NOT NULL DEFAULT 0,
    CHECK (least(easy, medium, hard, completed, abandoned, expired) >= 0)
) WITH (fillfactor = 70);

CREATE TABLE {schema}.user_topics (
    user_id uuid NOT NULL,
    topic text NOT NULL,
    solved bigint NOT NULL CHECK (solved >= 0),
    PRIMARY KEY (user_id, topic)
) WITH (fillfactor = 70);

-- ending: 1 completed, 2 abandoned, 3 expired; none while active, and for an expired contest that
-- nothing has settled yet.
CREATE TABLE {schema}.contests (
    user_id uuid NOT NULL,
    id uuid NOT NULL,
    started_at timestamptz NOT NULL,
    deadline timestamptz NOT NULL,
    ending smallint CHECK (ending BETWEEN 1 AND 3),
    ended_at timestamptz,
    idempotency_key text,
    request_digest bytea CHECK (octet_length(request_digest) = 32),
    selection jsonb NOT NULL,
    PRIMARY KEY (user_id, id),
    CHECK (deadline > started_at),
    CHECK ((ending IS NULL) = (ended_at IS NULL)),
    CHECK ((idempotency_key IS NULL) = (request_digest IS NULL))
) WITH (fillfactor = 90);
CREATE UNIQUE INDEX contests_open ON {schema}.contests (user_id) WHERE ending IS NULL;
CREATE UNIQUE INDEX contests_key ON {schema}.contests (user_id, idempotency_key)
    WHERE idempotency_key IS NOT NULL;

CREATE TABLE {schema}.contest_problems (
    user_id uuid NOT NULL,
    contest_id uuid NOT NULL,
    problem_id uuid NOT NULL,
    place smallint NOT NULL,
    completed_at timestamptz,
    PRIMARY KEY (user_id, contest_id, problem_id),
    FOREIGN KEY (user_id, contest_id) REFERENCES {schema}.contests (user_id, id)
) WITH (fillfactor = 90);

-- What a user has solved: the current facts.
CREATE TABLE {schema}.solves (
    user_id uuid NOT NULL,
    problem_id uuid NOT NULL,
    solved_at timestamptz NOT NULL,
    contest_id uuid,
    PRIMARY KEY (user_id, problem_id)
);
CREATE INDEX solves_time ON {schema}.solves (user_id, solved_at);
-- For publications, which ask who has solved the problems that changed.
CREATE INDEX solves_problem ON {schema}.solves (problem_id);

-- Every change of a current fact, for ever. kind: 1 recorded, 2 removed. The id is the version of
-- user_progress the change made, followed by its place among the changes of that step.
CREATE TABLE {schema}.solve_events (
    user_id uuid NOT NULL,
    at timestamptz NOT NULL,
    id uuid NOT NULL,
    problem_id uuid NOT NULL,
    kind smallint NOT NULL CHECK (kind BETWEEN 1 AND 2),
    contest_id uuid,
    PRIMARY KEY (user_id, at, id)
);
