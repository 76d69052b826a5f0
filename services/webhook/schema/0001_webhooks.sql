-- What the webhook service keeps: endpoints and their secrets, the messages of public events, one delivery for each
-- endpoint that hears of one, the attempts made, and replays. Keys are compared byte by byte (collate "C").

do $role$
begin
    if not exists (select from pg_roles where rolname = 'webhook') then
        create role webhook login;
    end if;
exception when duplicate_object or unique_violation then
    null;
end
$role$;

create schema if not exists webhook;
grant usage on schema webhook to webhook;

-- How far the events are read (libs/projections). There is one generation, for ever: what was sent cannot be remade.
create table webhook.generations (
    number      int         generated always as identity,
    model       text        not null collate "C",
    state       text        not null,
    made_at     timestamptz not null default clock_timestamp(),
    switched_at timestamptz,
    constraint generations_once primary key (number)
);
create unique index generations_one_live on webhook.generations (model) where state = 'live';
insert into webhook.generations (model, state) values ('webhook', 'live');

create table webhook.checkpoints (
    generation   int         not null references webhook.generations on delete cascade,
    part         int         not null,
    era          int         not null default 1,
    pos          bigint      not null default 0,
    kafka_offset bigint      not null default 0,
    decided_at   timestamptz not null default to_timestamp(0),
    constraint checkpoints_once primary key (generation, part)
) with (fillfactor = 40);

-- An endpoint is wanted from `from_pos` on (exclusive). `filled_to` is null once events make deliveries as they come;
-- until then what it missed is read from the log up to there. `failing_since` and `dead` count since the last success;
-- `incident_at` is set from the alert to the recovery. `unreachable` counts answers that never came, in a row: from five on
-- the circuit is open until `open_until`, and one request at a time finds out. `granted` holds recent starts for the rate.
create table webhook.endpoints (
    id               text        not null collate "C",
    tenant           text        not null collate "C",
    part             int         not null,
    url              text        not null,
    types            text[]      not null,
    location_ids     text[]      not null default '{}',
    service_ids      text[]      not null default '{}',
    resource_ids     text[]      not null default '{}',
    ordered          boolean     not null default true,
    on_poison        text        not null default 'block',
    schedule_seconds float8[],
    timeout_seconds  float8      not null default 15,
    rate_per_second  float8,
    description      text        not null default '',
    signing          text        not null default 'v1',
    status           text        not null default 'enabled',
    reason           text,
    from_pos         bigint      not null,
    filled_to        bigint,
    paused_until     timestamptz,
    failing_since    timestamptz,
    dead             int         not null default 0,
    incident_at      timestamptz,
    unreachable      int         not null default 0,
    open_until       timestamptz,
    granted          timestamptz[] not null default '{}',
    served_at        timestamptz not null default '-infinity',
    disabled_at      timestamptz,
    created_at       timestamptz not null,
    changed_at       timestamptz not null,
    constraint endpoints_once primary key (id),
    constraint endpoints_status check (status in ('enabled', 'paused', 'disabled', 'deleted')),
    constraint endpoints_on_poison check (on_poison in ('block', 'skip')),
    constraint endpoints_signing check (signing in ('v1', 'v1a', 'both'))
) with (fillfactor = 50);
create index endpoints_of_tenant on webhook.endpoints (tenant, created_at, id) where status <> 'deleted';

-- Sealed under the service's key. `until` is set by a rotation: both sign until then.
create table webhook.secrets (
    endpoint_id text        not null collate "C" references webhook.endpoints on delete cascade,
    number      int         not null,
    kind        text        not null,
    sealed      bytea       not null,
    made_at     timestamptz not null,
    until       timestamptz,
    constraint secrets_once primary key (endpoint_id, number)
);

-- A public event as it is to be told, personal members sealed as in the log; its body is made when it is sent.
create table webhook.messages (
    webhook_id text        not null collate "C",
    tenant     text        not null collate "C",
    part       int         not null,
    type       text        not null collate "C",
    event      bytea       not null,
    made_at    timestamptz not null,
    constraint messages_once primary key (webhook_id)
);

-- One for each endpoint and message (`run` 0), and one more for each replay. `(pos, n)` is its place in its stream; on an
-- ordered endpoint just the first unfinished one of a stream is ready, the others wait. `held` ones yield to live ones
-- where order does not matter. What a body says of those before it is fixed at the first attempt (`prepared`).
create table webhook.deliveries (
    id                bigint      generated always as identity,
    endpoint_id       text        not null collate "C",
    webhook_id        text        not null collate "C",
    run               bigint      not null default 0,
    part              int         not null,
    stream            text        not null collate "C",
    pos               bigint      not null,
    n                 int         not null,
    sequence          int         not null,
    state             text        not null,
    held              boolean     not null default false,
    due_at            timestamptz not null,
    attempts          int         not null default 0,
    attempts_ever     int         not null default 0,
    prepared          boolean     not null default false,
    previous_sequence int,
    gap               int[]       not null default '{}',
    gap_told          boolean     not null default false,
    owner             text,
    lease_until       timestamptz,
    made_at           timestamptz not null,
    finished_at       timestamptz,
    constraint deliveries_number primary key (id),
    constraint deliveries_state check (
        state in ('waiting', 'ready', 'sending', 'parked', 'delivered', 'dead', 'skipped', 'cancelled', 'expired')
    )
) with (fillfactor = 70);
create unique index deliveries_once on webhook.deliveries (endpoint_id, webhook_id, run);
create index deliveries_in_order on webhook.deliveries (endpoint_id, stream, pos, n);
create index deliveries_ready on webhook.deliveries (endpoint_id, held, due_at, pos, n) where state = 'ready';
create index deliveries_sending on webhook.deliveries (endpoint_id) where state = 'sending';
create index deliveries_of_run on webhook.deliveries (run, state) where run > 0;
create index deliveries_finished on webhook.deliveries (finished_at) where finished_at is not null;

create table webhook.attempts (
    id          bigint      generated always as identity,
    endpoint_id text        not null collate "C",
    webhook_id  text        not null collate "C",
    attempt     int         not null,
    at          timestamptz not null,
    status      int,
    error       text,
    latency_ms  int         not null,
    constraint attempts_number primary key (id)
);
create index attempts_of_endpoint on webhook.attempts (endpoint_id, id);
create index attempts_by_age on webhook.attempts (at);

-- `at` is how far the log is walked in `(from_pos, upto]`; `number` marks its deliveries.
create table webhook.replays (
    id          text        not null collate "C",
    number      bigint      generated always as identity,
    tenant      text        not null collate "C",
    endpoint_id text        not null collate "C",
    part        int         not null,
    from_pos    bigint      not null,
    upto        bigint      not null,
    at          bigint      not null,
    types       text[]      not null default '{}',
    status      text        not null default 'queued',
    made_at     timestamptz not null,
    constraint replays_once primary key (id),
    constraint replays_status check (status in ('queued', 'running', 'done', 'cancelled'))
);
create index replays_open on webhook.replays (number) where status in ('queued', 'running');

-- Notices about endpoints, for the console; and their order for those who are told.
create table webhook.notices (
    number      bigint      generated always as identity,
    tenant      text        not null collate "C",
    endpoint_id text        not null collate "C",
    type        text        not null collate "C",
    reason      text,
    webhook_id  text        collate "C",
    at          timestamptz not null,
    constraint notices_number primary key (number)
);
create index notices_of_tenant on webhook.notices (tenant, number);

-- Where each reader of the topic of notices stands.
create table webhook.notice_offsets (
    part         int    not null,
    kafka_offset bigint not null,
    constraint notice_offsets_once primary key (part)
);

grant select, insert, update, delete on all tables in schema webhook to webhook;
grant usage on all sequences in schema webhook to webhook;
