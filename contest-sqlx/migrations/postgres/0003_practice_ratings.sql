-- What selection asks for beyond whether a problem is solved.

-- Which contests of a user had a problem.
CREATE INDEX contest_problems_problem ON {schema}.contest_problems (user_id, problem_id);

-- The solves of a user from one on, however many have the same time.
CREATE INDEX solves_order ON {schema}.solves (user_id, solved_at, problem_id);
DROP INDEX {schema}.solves_time;

ALTER TABLE {schema}.problems ADD COLUMN rating smallint CHECK (rating BETWEEN 0 AND 10000);
