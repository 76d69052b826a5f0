-- name: all_tenants
-- Every tenant has a key of its own in the vault, written in the append that made it. One index, walked from tenant to
-- tenant, so that the subjects between them are never read.
with recursive walk (part, tenant) as (
    (select part, tenant from booking.keys where subject = '' order by part, tenant limit 1)
    union all
    select next.part, next.tenant
    from walk cross join lateral (
        select part, tenant from booking.keys
        where (part, tenant) > (walk.part, walk.tenant) and subject = '' order by part, tenant limit 1
    ) next
)
select part, tenant from walk order by tenant;
