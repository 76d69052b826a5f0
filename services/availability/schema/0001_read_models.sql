-- Read models of the diary, in generations (D8): a rebuild fills a new generation's tables, then one row says which is
-- live. Rows keep the positions between which they were true, `[from_pos, to_pos)`, so what was true then is a filter;
-- an open row has the largest bigint as `to_pos`. Keys are compared byte by byte (collate "C").

do $role$
begin
    if not exists (select from pg_roles where rolname = 'availability') then
        create role availability login;
    end if;
exception when duplicate_object or unique_violation then
    null;
end
$role$;

create schema if not exists availability;
-- Generations are tables of their own, made and dropped by the service: it owns what it projects.
grant usage, create on schema availability to availability;

create table availability.generations (
    number      int         generated always as identity,
    model       text        not null collate "C",
    state       text        not null,
    made_at     timestamptz not null default clock_timestamp(),
    switched_at timestamptz,
    constraint generations_once primary key (number),
    constraint generations_state check (state in ('building', 'live', 'standby'))
);
create unique index generations_one_live on availability.generations (model) where state = 'live';

-- How far each partition is folded in. The compare-and-set of this row is what keeps a woken consumer from writing.
create table availability.checkpoints (
    generation   int         not null references availability.generations on delete cascade,
    part         int         not null,
    era          int         not null default 1,
    pos          bigint      not null default 0,
    kafka_offset bigint      not null default 0,
    decided_at   timestamptz not null default to_timestamp(0),
    constraint checkpoints_once primary key (generation, part)
) with (fillfactor = 40);

-- The last position of each instant of decision, and the time-zone rules then: from instants to positions and back.
create table availability.moments (
    generation int         not null,
    part       int         not null,
    decided_at timestamptz not null,
    pos        bigint      not null,
    tzdata     text,
    constraint moments_once primary key (generation, part, decided_at)
) partition by list (generation);
create index moments_by_position on availability.moments (generation, part, pos);

-- A tenant's supply events as they came; folded up to any position they are its book then.
create table availability.supply (
    generation int    not null,
    part       int    not null,
    tenant     text   not null collate "C",
    pos        bigint not null,
    record     bytea  not null,
    constraint supply_once primary key (generation, tenant, pos)
) partition by list (generation);

create table availability.customers (
    generation int    not null,
    part       int    not null,
    tenant     text   not null collate "C",
    id         text   not null collate "C",
    from_pos   bigint not null,
    record     bytea  not null,
    constraint customers_once primary key (generation, tenant, id, from_pos)
) partition by list (generation);

-- Every version of every appointment. `kept` is the fold's state, personal members sealed; `starts` counts minutes
-- since 1970; from `deadline` on a held or requested one is expired, whatever `status` says.
create table availability.appointments (
    generation   int    not null,
    part         int    not null,
    tenant       text   not null collate "C",
    id           text   not null collate "C",
    version      int    not null,
    from_pos     bigint not null,
    to_pos       bigint not null,
    status       text   not null collate "C",
    deadline     timestamptz,
    starts       bigint not null,
    ends         bigint not null,
    created      timestamptz not null,
    service_id   text   not null collate "C",
    location_id  text   not null collate "C",
    customer_id  text   collate "C",
    resource_ids text[] not null collate "C",
    kept         bytea  not null,
    constraint appointments_once primary key (generation, tenant, id, from_pos)
) partition by list (generation);
create index appointments_by_start on availability.appointments (generation, tenant, starts, id);
create index appointments_by_change on availability.appointments (generation, tenant, from_pos);
create index appointments_by_customer on availability.appointments (generation, tenant, customer_id, starts, id);

-- Busy intervals, under every UTC day that the padded one touches; a resource's days are one range of the key.
create table availability.diary (
    generation  int    not null,
    part        int    not null,
    tenant      text   not null collate "C",
    resource_id text   not null collate "C",
    day         int    not null,
    stream      text   not null collate "C",
    starts      bigint not null,
    ends        bigint not null,
    busy_start  bigint not null,
    busy_end    bigint not null,
    kind        text   not null,
    expires_at  timestamptz,
    owner       text,
    event_id    text   not null,
    from_pos    bigint not null,
    to_pos      bigint not null,
    constraint diary_once primary key (generation, tenant, resource_id, day, stream, from_pos)
) partition by list (generation);

grant select, insert, update, delete on all tables in schema availability to availability;
grant usage on all sequences in schema availability to availability;
do $owner$
declare
    parent text;
begin
    foreach parent in array array['moments', 'supply', 'customers', 'appointments', 'diary'] loop
        execute format('alter table availability.%I owner to availability', parent);
    end loop;
end
$owner$;
