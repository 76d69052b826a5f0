-- What is kept for a while only.

-- name: purge
-- At most $2 rows that were over before $1, the oldest first, and their attempts; up to where is remembered.
with old as (
    select id, tenant, era, pos from notifications
    where settled_at < $1 order by settled_at limit $2 for update skip locked
), remembered as (
    insert into forgotten (tenant, era, pos)
    select distinct on (tenant) tenant, era, pos from old order by tenant, era desc, pos desc
    on conflict on constraint forgotten_once do update set era = excluded.era, pos = excluded.pos
    where (excluded.era, excluded.pos) > (forgotten.era, forgotten.pos)
), attempts_too as (
    delete from attempts where notification_id = any(array(select id from old))
), purged as (
    delete from notifications where id = any(array(select id from old)) returning id
)
select count(*) from purged;
