-- Which session of Postgres leads a kind of work, and until when: database/leadership.py.
CREATE TABLE leases (
    work          text PRIMARY KEY,
    pid           integer NOT NULL,
    session_began timestamptz NOT NULL,
    until         timestamptz NOT NULL
);
