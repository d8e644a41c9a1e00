-- People whose erasure is under way: the mailboxes that were theirs, until every row that has one is erased.
CREATE TABLE erasures (
    agency_id uuid NOT NULL,
    member_id uuid NOT NULL,
    mailboxes text[] NOT NULL,
    erased_at timestamptz NOT NULL,
    PRIMARY KEY (agency_id, member_id)
);
