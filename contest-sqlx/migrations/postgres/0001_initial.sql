-- The tables of contest. `{schema}` is replaced by the quoted name of the schema they live in.
--
-- Every table with user data leads its keys with user_id, so that the tables can be distributed by
-- it; problems and catalogue_state are shared. There are no foreign keys and no sequences.
--
-- Values are JSON text: a store compares versions and keeps what it is told. The views at the end show
-- them to people.

-- Which revision of the problems is stored: one row.
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

-- One row for each user, claimed by its version on every commit. open_contest repeats what the state
-- says, to join on.
--
-- A mark changes state and version and leaves the two sets alone. A large set is kept out of the row,
-- uncompressed, and an update that does not touch it does not write it again. A small one stays in the
-- row, after what changes, so that the log of the server need not repeat it either.
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

-- Room is left on each page, so that a mark finds place next to the version it replaces and leaves the
-- indexes alone.
CREATE TABLE {schema}.contests (
    user_id uuid NOT NULL,
    contest_id uuid NOT NULL,
    key text,
    value text NOT NULL,
    PRIMARY KEY (user_id, contest_id),
    UNIQUE (user_id, key)
) WITH (fillfactor = 70);

-- What was asked for when a contest was created.
CREATE TABLE {schema}.contest_requests (
    user_id uuid NOT NULL,
    contest_id uuid NOT NULL,
    value text NOT NULL,
    PRIMARY KEY (user_id, contest_id)
);

-- The log of solves. contest: the nil id for a solve recorded elsewhere.
CREATE TABLE {schema}.solves (
    user_id uuid NOT NULL,
    at timestamptz NOT NULL,
    problem uuid NOT NULL,
    contest uuid NOT NULL,
    epoch bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    undone_at timestamptz,
    PRIMARY KEY (user_id, at, problem, contest)
);

-- The outbox, written only by stores that keep one. Events are numbered from 1, without gaps.
CREATE TABLE {schema}.user_events (
    user_id uuid NOT NULL,
    number bigint NOT NULL,
    at timestamptz NOT NULL,
    value text NOT NULL,
    PRIMARY KEY (user_id, number)
);
-- For pruning. Events are written about in the order of their times.
CREATE INDEX user_events_at ON {schema}.user_events USING brin (at);

-- How far a user's events were delivered. Of those that wait, the one is leased next that was leased
-- longest ago, or never. attempts: the leases since an event was last delivered.
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

-- For people with psql from here on. No statement of the library uses it.

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
    -- Out of the table once, not once a byte.
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

-- Contests, with the slugs of their problems and when those were marked.
CREATE VIEW {schema}.contests_readable AS
SELECT c.user_id, c.contest_id, c.key,
    timestamptz 'epoch' + (v.value ->> 'started_at')::bigint * interval '1 microsecond'
        AS started_at,
    timestamptz 'epoch' + (v.value ->> 'deadline')::bigint * interval '1 microsecond' AS deadline,
    v.value #>> '{ending,kind}' AS ending,
    timestamptz 'epoch' + (v.value #>> '{ending,at}')::bigint * interval '1 microsecond'
        AS ended_at,
    (v.value ->> 'epoch')::bigint AS epoch,
    (SELECT array_agg(coalesce(p.value::jsonb ->> 'slug', a.value ->> 'problem') || coalesce(
        ' marked ' || (timestamptz 'epoch'
            + (a.value #>> '{mark,at}')::bigint * interval '1 microsecond')::text, '')
        ORDER BY a.place)
     FROM jsonb_array_elements(v.value -> 'problems') WITH ORDINALITY a (value, place)
     LEFT JOIN {schema}.problems p ON p.id = (a.value ->> 'problem')::uuid) AS problems
FROM {schema}.contests c, LATERAL (SELECT c.value::jsonb AS value) v;
