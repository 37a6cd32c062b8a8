-- What selection asks for beyond whether a problem is solved.

-- Which contests of a user had a problem. The index has the rest of the primary key too.
CREATE INDEX contest_problems_by_problem ON contest_problems (user_id, problem_id);

ALTER TABLE problems ADD COLUMN rating INTEGER CHECK (rating BETWEEN 0 AND 10000);
