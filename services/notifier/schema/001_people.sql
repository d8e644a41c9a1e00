create table agencies (
    agency_id               uuid primary key,
    name                    text not null,
    digest_id               uuid,
    digest_opened_at        timestamptz,
    digest_last_at          timestamptz,
    address_limited_at      timestamptz,
    first_logins_limited_at timestamptz,
    check (num_nulls(digest_id, digest_opened_at, digest_last_at) in (0, 3))
);
comment on table agencies is
    'The agencies, with the name that mails show and the open digest of Blocked clinicians, if there is one. '
    'address_limited_at, first_logins_limited_at: when admins were last mailed about wrong codes.';

create table people (
    agency_id      uuid not null references agencies on delete cascade,
    member_id      uuid not null,
    email          text not null,
    name           text not null,
    role           text not null,
    status         text not null,
    seat_type      text not null,
    waiting_since  timestamptz,
    operation_id   uuid,
    bought         boolean not null,
    blocked_reason text,
    blocked_at     timestamptz,
    digest_id      uuid,
    undelivered_at timestamptz,
    advised_at     timestamptz,
    primary key (agency_id, member_id)
);
comment on table people is
    'The people whom mails go to and name, copied from the events of members and seats. operation_id: the purchase that '
    'they wait for; bought: whether it assigned them a seat; digest_id: the open digest that will name them Blocked; '
    'undelivered_at: when they were last mailed that an invitation of theirs could not be delivered; '
    'advised_at: when a sign-up with their address was last answered with a mail.';
create index people_admins on people (agency_id) where role = 'admin' and status = 'active';
create index people_of_purchase on people (agency_id, operation_id) where operation_id is not null;
create index people_of_digest on people (agency_id, digest_id) where digest_id is not null;
