-- What operators changed in this schema by a command, and who: services/cli/store_audit.py. Append only.
CREATE TABLE operator_commands (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at        timestamptz NOT NULL,
    operator  text NOT NULL,
    command   text NOT NULL,
    arguments text[] NOT NULL
);
