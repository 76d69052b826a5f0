-- Requests that carried an idempotency key: what was asked, and what was answered once it was. Answers are sealed, for a
-- new endpoint's has its secret.
create table webhook.repeats (
    tenant text        not null collate "C",
    source text        not null collate "C",
    key    text        not null collate "C",
    asked  bytea       not null,
    at     timestamptz not null,
    status int,
    answer bytea,
    constraint repeats_once primary key (tenant, source, key)
);
create index repeats_by_age on webhook.repeats (at);
grant select, insert, update, delete on webhook.repeats to webhook;
