-- name: grow
-- Every partition's history 99 times over again, under other streams, ids and earlier days; nothing of it is published.
with old as (
    insert into booking.events
    select e.part, h.position + row_number() over (partition by e.part order by g, e.pos), e.tenant,
           e.stream || '-' || g, e.version, e.type, e.decided_at, e.state
    from booking.events e join booking.heads h using (part), generate_series(1, 99) g
    returning part
),
answers as (
    insert into booking.inbox
    select part, tenant, source, command_id || '-' || g, body_hash, pos, outcome, decided_at
    from booking.inbox, generate_series(1, 99) g
),
days as (
    insert into booking.diary
    select part, tenant, resource_id, day - 400 * g, stream || '-' || g, starts - 576000 * g, ends - 576000 * g,
           busy_start - 576000 * g, busy_end - 576000 * g, kind, expires_at, owner, event_id
    from booking.diary, generate_series(1, 99) g
)
update booking.heads
set position = position * 100, published = position * 100, command_offset = 0, epoch = epoch + 1;

-- name: tidy
-- What autovacuum would have done by the time a log has grown so.
vacuum (analyze) booking.events, booking.inbox, booking.diary;

-- name: no_vacuum
-- For the time of the measurement.
do $$
declare
    one regclass;
begin
    for one in select oid from pg_class where relnamespace = 'booking'::regnamespace and relkind = 'r' loop
        execute format('alter table %s set (autovacuum_enabled = off)', one);
    end loop;
end
$$;

-- name: connected
-- How many connections of booking are still there to tell what they touched.
select count(*) as booking from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend';

-- name: touched
-- Buffers and rows that the log's tables have read so far.
select coalesce(sum(heap_blks_hit + heap_blks_read + coalesce(idx_blks_hit + idx_blks_read, 0)), 0)::bigint as buffers,
       coalesce(sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)), 0)::bigint as rows
from pg_statio_user_tables join pg_stat_user_tables using (relid, schemaname)
where schemaname = 'booking';
