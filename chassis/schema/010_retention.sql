-- How far each rule of retention has looked through the outbox: hosting/retention.py.
CREATE TABLE retention (
    rule text PRIMARY KEY,
    upto bigint NOT NULL DEFAULT 0
);
INSERT INTO retention (rule) VALUES ('unnumbered'), ('commands');
