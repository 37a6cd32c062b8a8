-- The tables of contest. `{schema}` is replaced by the quoted name of their schema.
--
-- In every table with user data, the first column of the primary key is user_id, and every other unique key
-- has that column, so that the tables can be distributed by user; problems, catalogue_state and rounds are shared. There are no foreign keys and no sequences.
--
-- Values are JSON text. No statement of the library looks into them; the views at the end make them readable.

-- One row: the stored revision of the problems.
CREATE TABLE {schema}.catalogue_state (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    number bigint NOT NULL DEFAULT 0,
    tag bigint NOT NULL DEFAULT 0
);
INSERT INTO {schema}.catalogue_state DEFAULT VALUES;

-- number and tag: the revision that changed the problem last.
CREATE TABLE {schema}.problems (
    id uuid PRIMARY KEY,
    ordinal bigint NOT NULL UNIQUE,
    number bigint NOT NULL,
    tag bigint NOT NULL,
    value text NOT NULL
);
CREATE INDEX problems_changed ON {schema}.problems (number, tag, ordinal);

-- One row for each user; every commit claims it by its version. open_contest repeats a member of the state,
-- for joins.
--
-- A mark changes state and version, not the two sets. A large set is stored outside the row, uncompressed,
-- so an update of other columns does not write it again. A small set stays in the row, behind the columns
-- that change, so that the WAL does not repeat it either.
CREATE TABLE {schema}.user_records (
    user_id uuid PRIMARY KEY,
    open_contest uuid,
    state text NOT NULL,
    version uuid NOT NULL,
    solved bytea NOT NULL,
    seen bytea NOT NULL
) WITH (fillfactor = 70, toast_tuple_target = 1024);
ALTER TABLE {schema}.user_records
    ALTER COLUMN state SET STORAGE MAIN,
    ALTER COLUMN solved SET STORAGE EXTERNAL,
    ALTER COLUMN seen SET STORAGE EXTERNAL;

-- Each page has free space, so that a mark can put the new version of a row next to the old one and need not
-- change the indexes (HOT).
--
-- round, host_rank, public_rank: null outside rounds. A rank is the key that ranks the contest in a view of
-- the board, as bytes that sort like it; a row is what that view shows of it, so that a page of a board reads no
-- contest. All are null if the user takes part virtually. They repeat what follows from
-- the value. They stand before it because a mark in a round changes them and the beginning of the value: the
-- WAL then leaves out the rest.
CREATE TABLE {schema}.contests (
    user_id uuid NOT NULL,
    contest_id uuid NOT NULL,
    key text,
    round uuid,
    host_rank bytea,
    host_row bytea,
    public_rank bytea,
    public_row bytea,
    value text NOT NULL,
    PRIMARY KEY (user_id, contest_id),
    UNIQUE (user_id, key)
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX contests_of_round ON {schema}.contests (round, user_id) WHERE round IS NOT NULL;
CREATE INDEX contests_by_host_rank ON {schema}.contests (round, host_rank, user_id)
    WHERE host_rank IS NOT NULL;
CREATE INDEX contests_by_public_rank ON {schema}.contests (round, public_rank, user_id)
    WHERE public_rank IS NOT NULL;

-- The requests that created contests.
CREATE TABLE {schema}.contest_requests (
    user_id uuid NOT NULL,
    contest_id uuid NOT NULL,
    value text NOT NULL,
    PRIMARY KEY (user_id, contest_id)
);

-- The log of attempts. contest: the nil id for an attempt outside contests. submission: empty for a tick; in
-- the order of its bytes. score: null without one.
CREATE TABLE {schema}.attempts (
    user_id uuid NOT NULL,
    at timestamptz NOT NULL,
    problem uuid NOT NULL,
    contest uuid NOT NULL,
    submission text COLLATE "C" NOT NULL,
    verdict text NOT NULL,
    score text,
    epoch bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    undone_at timestamptz,
    PRIMARY KEY (user_id, at, problem, contest, submission)
);

-- Contests given to many.
CREATE TABLE {schema}.rounds (
    round_id uuid PRIMARY KEY,
    version uuid NOT NULL,
    value text NOT NULL
);

-- The users listed in a round, each alone or as one of a team. Users without a record may be listed. participant:
-- null for a user taken from the list.
CREATE TABLE {schema}.round_members (
    user_id uuid NOT NULL,
    round_id uuid NOT NULL,
    participant uuid,
    PRIMARY KEY (user_id, round_id)
);
CREATE INDEX round_members_of_round ON {schema}.round_members (round_id, user_id)
    WHERE participant IS NOT NULL;

-- The outbox, written only by stores that keep one. Events are numbered from 1, without gaps.
CREATE TABLE {schema}.user_events (
    user_id uuid NOT NULL,
    number bigint NOT NULL,
    at timestamptz NOT NULL,
    value text NOT NULL,
    PRIMARY KEY (user_id, number)
);
-- For pruning. Events are written approximately in the order of their times, which suits BRIN.
CREATE INDEX user_events_at ON {schema}.user_events USING brin (at);

-- How far a user's events were delivered. The waiting user whose last lease is oldest, or who was never
-- leased, is leased next. attempts: the leases since an event was last delivered.
CREATE TABLE {schema}.event_deliveries (
    user_id uuid PRIMARY KEY,
    last bigint NOT NULL,
    delivered bigint NOT NULL DEFAULT 0,
    waiting boolean NOT NULL,
    holder uuid,
    leased_at timestamptz NOT NULL DEFAULT '-infinity',
    leased_until timestamptz NOT NULL DEFAULT '-infinity',
    attempts bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 70);
CREATE INDEX event_deliveries_waiting ON {schema}.event_deliveries (leased_at, user_id) WHERE waiting;

-- From here on: for psql and reports. The library does not use it.

-- The ordinals in a set, which is a Roaring bitmap in the portable format.
CREATE FUNCTION {schema}.contest_ordinals(stored bytea) RETURNS SETOF bigint
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    has_runs boolean;
    containers integer;
    head integer := 8;
    flags integer := 4;
    place integer;
    high bigint;
    entries integer;
BEGIN
    IF length(stored) = 0 THEN
        RETURN;
    END IF;
    -- Fetches the value out of the table once, not once per byte.
    stored := stored || ''::bytea;
    has_runs := get_byte(stored, 0) = 59;
    IF has_runs THEN
        containers := get_byte(stored, 2) + 256 * get_byte(stored, 3) + 1;
        head := flags + (containers + 7) / 8;
    ELSE
        containers := get_byte(stored, 4) + 256 * get_byte(stored, 5) + 65536 * get_byte(stored, 6);
    END IF;
    place := head + 4 * containers;
    IF NOT has_runs OR containers >= 4 THEN
        place := place + 4 * containers;
    END IF;
    FOR container IN 0 .. containers - 1 LOOP
        high := 65536 * (get_byte(stored, head + 4 * container)
            + 256 * get_byte(stored, head + 4 * container + 1))::bigint;
        entries := get_byte(stored, head + 4 * container + 2)
            + 256 * get_byte(stored, head + 4 * container + 3) + 1;
        IF has_runs AND get_bit(stored, 8 * flags + container) = 1 THEN
            entries := get_byte(stored, place) + 256 * get_byte(stored, place + 1);
            RETURN QUERY
                SELECT high + first + n
                FROM generate_series(place + 2, place + 4 * entries - 2, 4) run,
                    LATERAL (SELECT
                        get_byte(stored, run) + 256 * get_byte(stored, run + 1) AS first,
                        get_byte(stored, run + 2) + 256 * get_byte(stored, run + 3) AS more) r,
                    LATERAL generate_series(0, more) n;
            place := place + 2 + 4 * entries;
        ELSIF entries > 4096 THEN
            RETURN QUERY
                SELECT high + n FROM generate_series(0, 65535) n
                WHERE get_bit(stored, 8 * place + n) = 1;
            place := place + 8192;
        ELSE
            RETURN QUERY
                SELECT high + get_byte(stored, n) + 256 * get_byte(stored, n + 1)
                FROM generate_series(place, place + 2 * entries - 2, 2) n;
            place := place + 2 * entries;
        END IF;
    END LOOP;
END
$$;

-- Users, with the slugs of their sets.
CREATE VIEW {schema}.user_records_readable AS
SELECT u.user_id, u.version,
    (s.state #>> '{epoch,number}')::bigint AS epoch,
    u.open_contest,
    timestamptz 'epoch' + (s.state #>> '{open,deadline}')::bigint * interval '1 microsecond'
        AS open_until,
    s.state #> '{open,newly_marked}' AS newly_marked,
    (s.state #>> '{ended,completed}')::bigint AS completed,
    (s.state #>> '{ended,abandoned}')::bigint AS abandoned,
    (s.state #>> '{ended,expired}')::bigint AS expired,
    timestamptz 'epoch' + (s.state ->> 'last_commit_at')::bigint * interval '1 microsecond'
        AS last_commit_at,
    (SELECT array_agg(coalesce(p.value::jsonb ->> 'slug', 'ordinal ' || o) ORDER BY o)
     FROM {schema}.contest_ordinals(u.solved) o
     LEFT JOIN {schema}.problems p ON p.ordinal = o) AS solved,
    (SELECT array_agg(coalesce(p.value::jsonb ->> 'slug', 'ordinal ' || o) ORDER BY o)
     FROM {schema}.contest_ordinals(u.seen) o
     LEFT JOIN {schema}.problems p ON p.ordinal = o) AS seen
FROM {schema}.user_records u, LATERAL (SELECT u.state::jsonb AS state) s;

-- Contests, with the slugs of their problems, the times of marks, and the verdicts of recorded attempts.
CREATE VIEW {schema}.contests_readable AS
SELECT c.user_id, c.contest_id, c.key, c.round,
    (v.value #>> '{round,participant}')::uuid AS participant,
    timestamptz 'epoch' + (v.value ->> 'started_at')::bigint * interval '1 microsecond'
        AS started_at,
    timestamptz 'epoch' + (v.value ->> 'deadline')::bigint * interval '1 microsecond' AS deadline,
    v.value #>> '{ending,kind}' AS ending,
    timestamptz 'epoch' + (v.value #>> '{ending,at}')::bigint * interval '1 microsecond'
        AS ended_at,
    (v.value ->> 'epoch')::bigint AS epoch,
    (SELECT array_agg(coalesce(p.value::jsonb ->> 'slug', a.value ->> 'problem') || coalesce(
        ' marked ' || (timestamptz 'epoch'
            + (a.value #>> '{mark,at}')::bigint * interval '1 microsecond')::text, '') || coalesce(
        ' attempts: ' || (SELECT string_agg(j.value ->> 'verdict', ', ' ORDER BY j.place)
            FROM jsonb_array_elements(a.value -> 'attempts') WITH ORDINALITY j (value, place)), '')
        ORDER BY a.place)
     FROM jsonb_array_elements(v.value -> 'problems') WITH ORDINALITY a (value, place)
     LEFT JOIN {schema}.problems p ON p.id = (a.value ->> 'problem')::uuid) AS problems
FROM {schema}.contests c, LATERAL (SELECT c.value::jsonb AS value) v;
