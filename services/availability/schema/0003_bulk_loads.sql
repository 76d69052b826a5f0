-- Made for loading a generation in bulk. Indexes leave the generation out or name it last, since each generation has
-- tables of its own: they are smaller and sooner built. What a load wrote as still true and found to have ended only
-- later is noted in `endings`, and settled when the tables have their keys. `kept` is stored in another form: what was
-- projected before goes, and is projected again.

do $old$
declare
    own regclass;
begin
    for own in
        select inhrelid::regclass from pg_inherits join pg_class parent on parent.oid = inhparent
        where parent.relnamespace = 'availability'::regnamespace and parent.relkind = 'p'
    loop
        execute format('drop table %s', own);
    end loop;
end
$old$;
delete from availability.generations;

alter table availability.moments drop constraint moments_once;
create unique index moments_once on availability.moments (part, decided_at, generation);
drop index availability.moments_by_position;
create index moments_by_position on availability.moments (part, pos);

alter table availability.supply drop constraint supply_once;
create unique index supply_once on availability.supply (tenant, pos, generation);

alter table availability.customers drop constraint customers_once;
create unique index customers_once on availability.customers (tenant, id, from_pos, generation);

alter table availability.appointments drop constraint appointments_once;
create unique index appointments_once on availability.appointments (tenant, id, from_pos, generation);
drop index availability.appointments_by_start, availability.appointments_by_change,
    availability.appointments_by_customer;
create index appointments_by_start on availability.appointments (tenant, starts, id);
create index appointments_by_change on availability.appointments (tenant, from_pos);
create index appointments_by_customer on availability.appointments (tenant, customer_id, starts, id);

alter table availability.diary drop constraint diary_once;
create unique index diary_once on availability.diary (tenant, resource_id, day, stream, from_pos, generation);

-- `resource_id` and `day` are null where a version of an appointment ended, and say which interval did otherwise.
create table availability.endings (
    generation  int    not null,
    part        int    not null,
    tenant      text   not null collate "C",
    stream      text   not null collate "C",
    resource_id text   collate "C",
    day         int,
    pos         bigint not null
) partition by list (generation);
alter table availability.endings owner to availability;

-- A generation's rows are its own without saying so: one column less to send for each.
create or replace function availability.make_tables(parents text[], n int) returns void language plpgsql as $$
declare
    parent text;
    own    text;
begin
    foreach parent in array parents loop
        own := parent || '_g' || n;
        execute format('create table %I (like %I including defaults)', own, parent);
        execute format('alter table %I alter generation set default %s', own, n);
    end loop;
end
$$;

-- As before; a small sample tells the planner as much as it asks for, and autovacuum takes a larger one later.
create or replace function availability.attach_tables(parents text[], n int) returns void language plpgsql
set maintenance_work_mem = '256MB' set default_statistics_target = 20 as $$
declare
    parent text;
    own    text;
begin
    foreach parent in array parents loop
        own := parent || '_g' || n;
        execute format('alter table %I add constraint of_generation check (generation = %s)', own, n);
        execute format('alter table %I attach partition %I for values in (%s)', parent, own, n);
        execute format('alter table %I drop constraint of_generation', own);
        execute format('analyze %I', own);
    end loop;
end
$$;
