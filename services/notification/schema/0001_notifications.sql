-- What is to be sent to whom, when and why not; each attempt; and the addresses that take no reminders. No row holds a
-- name, an address or a text of anybody: recipients are ids, and what a message says is read from the log when it is
-- sent. Keys are compared byte by byte (collate "C").

do $role$
begin
    if not exists (select from pg_roles where rolname = 'notification') then
        create role notification login;
    end if;
exception when duplicate_object or unique_violation then
    null;
end
$role$;

create schema if not exists notification;
grant usage on schema notification to notification;

-- As of every projecting service; there is one generation only, for what was sent is not made anew.
create table notification.generations (
    number      int         generated always as identity,
    model       text        not null collate "C",
    state       text        not null,
    made_at     timestamptz not null default clock_timestamp(),
    switched_at timestamptz,
    constraint generations_once primary key (number),
    constraint generations_state check (state in ('building', 'live', 'standby'))
);
create unique index generations_one_live on notification.generations (model) where state = 'live';
insert into notification.generations (model, state) values ('notification', 'live');

-- How far each partition is planned. The compare-and-set of this row is what keeps a woken consumer from writing.
create table notification.checkpoints (
    generation   int         not null references notification.generations on delete cascade,
    part         int         not null,
    era          int         not null default 1,
    pos          bigint      not null default 0,
    kafka_offset bigint      not null default 0,
    decided_at   timestamptz not null default to_timestamp(0),
    constraint checkpoints_once primary key (generation, part)
) with (fillfactor = 40);

-- Where the log stood when this service first saw it: what was decided up to there is history, and sends nothing.
create table notification.beginnings (
    part    int         not null,
    pos     bigint      not null,
    seen_at timestamptz not null,
    constraint beginnings_once primary key (part)
);

-- Each tenant's supply and policies as far as they are planned with: a snapshot, remade by folding supply events.
create table notification.books (
    tenant text   not null collate "C",
    part   int    not null,
    pos    bigint not null,
    state  bytea  not null,
    constraint books_once primary key (tenant)
);

-- `id` is derived from the columns of `notifications_key`. `starts` is when it would be too late; `pos` is the event's
-- position, `ended_pos` that of the event by which an unsent one ended.
create table notification.notifications (
    id             text        not null collate "C",
    part           int         not null,
    tenant         text        not null collate "C",
    appointment_id text        not null collate "C",
    era            int         not null,
    version        int         not null,
    pos            bigint      not null,
    kind           text        not null collate "C",
    audience       text        not null collate "C",
    recipient      text        not null collate "C",
    channel        text        not null collate "C",
    offset_minutes int         not null,
    starts         timestamptz,
    due_at         timestamptz not null,
    status         text        not null collate "C",
    reason         text        collate "C",
    ended_pos      bigint,
    attempts       int         not null,
    claimed_by     text        collate "C",
    claimed_until  timestamptz,
    settled_at     timestamptz,
    constraint notifications_once primary key (id),
    constraint notifications_key
        unique (tenant, appointment_id, era, version, kind, recipient, channel, offset_minutes),
    constraint notifications_status check (status in
        ('planned', 'sending', 'retrying', 'sent', 'bounced', 'failed', 'suppressed', 'superseded'))
) with (fillfactor = 70);
create index notifications_due on notification.notifications (channel, due_at)
    where status in ('planned', 'sending', 'retrying');
create index notifications_of_part on notification.notifications (part, pos);

-- Written before a message goes out; `result` is null until it is known what became of it.
create table notification.attempts (
    notification_id text        not null collate "C",
    number          int         not null,
    tenant          text        not null collate "C",
    at              timestamptz not null,
    ended_at        timestamptz,
    result          text        collate "C",
    detail          text        collate "C",
    constraint attempts_once primary key (notification_id, number)
);
create index attempts_by_time on notification.attempts (tenant, at desc, notification_id, number);

-- Addresses that take no reminders. `address_key` is the tenant-keyed HMAC of the folded address, as in the log's
-- look-up, `sealed` the address as the log has it, if it came from there.
create table notification.suppressions (
    tenant      text        not null collate "C",
    address_key text        not null collate "C",
    sealed      text        collate "C",
    reason      text        not null collate "C",
    made_at     timestamptz not null,
    constraint suppressions_once primary key (tenant, address_key)
);

grant select, insert, update, delete on all tables in schema notification to notification;
grant usage on all sequences in schema notification to notification;
