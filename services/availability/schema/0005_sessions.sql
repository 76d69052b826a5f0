-- What else there is versions of beside appointments: the sessions of classes, and who waits for a slot. A generation made
-- before lacks them, and the time that sessions take in its diary: what was projected goes, and is projected again.

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

-- `stream` says which kind it is. `place` is where it stands in lists of its kind: a session's start in minutes since
-- 1970, the microsecond since then when somebody began to wait. From `deadline` on whoever was offered a slot waits again,
-- whatever `status` says. `kept` is the fold's state, personal members sealed.
create table availability.entries (
    generation  int    not null,
    part        int    not null,
    tenant      text   not null collate "C",
    stream      text   not null collate "C",
    version     int    not null,
    from_pos    bigint not null,
    to_pos      bigint not null,
    status      text   not null collate "C",
    deadline    timestamptz,
    place       bigint not null,
    service_id  text   not null collate "C",
    customer_id text   collate "C",
    kept        bytea  not null
) partition by list (generation);
create unique index entries_once on availability.entries (tenant, stream, from_pos, generation);
create index entries_by_place on availability.entries (tenant, split_part(stream, '/', 1), place, stream);
create index entries_by_change on availability.entries (tenant, from_pos);
alter table availability.entries owner to availability;
