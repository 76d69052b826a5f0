-- The log: one head row per partition, its events, and what is folded from them in the same append (D2, D3).
-- Text that is part of a key is compared byte by byte (collate "C"): cheaper, and the same on every server.

-- Roles are the cluster's, schemas the database's: several databases of one cluster may get here at once.
do $roles$
declare
    wanted text;
begin
    foreach wanted in array array['booking', 'log_reader'] loop
        begin
            if not exists (select from pg_roles where rolname = wanted) then
                execute format('create role %I login', wanted);
            end if;
        exception when duplicate_object or unique_violation then
            null;
        end;
    end loop;
end
$roles$;

create schema if not exists booking;

-- Where each partition ends and who may write. `moved_to` closes it for good: the partition lives elsewhere now.
create table booking.heads (
    part           int         not null,
    position       bigint      not null default 0,
    epoch          bigint      not null default 0,
    owner          text,
    decided_at     timestamptz not null default to_timestamp(0),
    command_offset bigint      not null default 0,
    published      bigint      not null default 0,
    era            int         not null default 1,
    moved_to       text,
    constraint heads_once primary key (part),
    constraint heads_position check (position >= 0)
) with (fillfactor = 40);

create table booking.events (
    part       int         not null,
    pos        bigint      not null,
    tenant     text        not null collate "C",
    stream     text        not null collate "C",
    version    int         not null,
    type       text        not null collate "C",
    decided_at timestamptz not null,
    state      bytea       not null,
    constraint events_in_order primary key (part, pos),
    constraint events_version_once unique (part, tenant, stream, version)
);

-- Each command's answer. Nothing here is ever overwritten: a second answer to a command is a bug and must fail.
create table booking.inbox (
    part       int         not null,
    tenant     text        not null collate "C",
    source     text        not null collate "C",
    command_id text        not null collate "C",
    body_hash  bytea       not null,
    pos        bigint      not null,
    outcome    bytea       not null,
    decided_at timestamptz not null,
    constraint inbox_command_once primary key (part, tenant, source, command_id)
);

-- Live intervals; a resource's day is one range of the primary key.
create table booking.diary (
    part        int         not null,
    tenant      text        not null collate "C",
    resource_id text        not null collate "C",
    day         int         not null,
    stream      text        not null collate "C",
    starts      bigint      not null,
    ends        bigint      not null,
    busy_start  bigint      not null,
    busy_end    bigint      not null,
    kind        text        not null,
    expires_at  timestamptz,
    owner       text,
    event_id    text        not null,
    constraint diary_interval_once primary key (part, tenant, resource_id, day, stream, starts)
);
-- Begins with the stream, so that nothing but clearing a stream can choose it: plans are kept from when tables are
-- empty, and then every index that begins alike looks equally good.
create index diary_of_stream on booking.diary (stream, tenant);

create table booking.timers (
    part   int         not null,
    tenant text        not null collate "C",
    stream text        not null collate "C",
    kind   text        not null collate "C",
    due_at timestamptz not null,
    constraint timers_one_of_a_kind primary key (part, tenant, stream, kind)
);
create index timers_due on booking.timers (part, due_at);

create table booking.look_ups (
    part        int  not null,
    tenant      text not null collate "C",
    email_key   text not null collate "C",
    customer_id text not null,
    constraint look_ups_one_customer primary key (part, tenant, email_key)
);

create table booking.keys (
    part    int   not null,
    tenant  text  not null collate "C",
    subject text  not null collate "C",
    number  int   not null,
    wrapped bytea not null,
    constraint keys_once primary key (part, tenant, subject, number)
);

create table booking.books (
    part   int    not null,
    tenant text   not null collate "C",
    pos    bigint not null,
    state  bytea  not null,
    constraint books_one_a_tenant primary key (part, tenant)
);

-- A restored partition goes on in a new era; what an older era published beyond `from_pos` is void.
create table booking.eras (
    part     int    not null,
    era      int    not null,
    from_pos bigint not null,
    constraint eras_once primary key (part, era)
);

create sequence booking.owner_starts;
