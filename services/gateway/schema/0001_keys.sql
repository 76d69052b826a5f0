-- API keys, the only thing that the gateway stores. A key's secret is nowhere: `hash` is keyed, so that a copy of this
-- table is of no use to anybody. A key without a tenant is an operator's.

do $roles$
begin
    if not exists (select from pg_roles where rolname = 'gateway') then
        create role gateway login;
    end if;
exception when duplicate_object or unique_violation then
    null;
end
$roles$;

create schema if not exists gateway;

create table gateway.api_keys (
    id         text        not null collate "C",
    tenant     text        collate "C",
    name       text        not null,
    scopes     text[]      not null,
    hash       bytea       not null,
    created_at timestamptz not null,
    revoked_at timestamptz,
    constraint api_keys_once primary key (id)
);
create index api_keys_of_tenant on gateway.api_keys (tenant, created_at);

grant usage on schema gateway to gateway;
grant select, insert, update on gateway.api_keys to gateway;
