-- Claiming due rows, attempts before anything goes out, and what became of them.

-- name: due
-- At most $3 rows of channel $1 due at $2, locked: planned ones, and those whose sender has not been heard of. A message
-- waits for the one before it to the same recipient over the same channel, unless that one is between two tries. The
-- inner `offset 0` keeps to the index of appointments: the one of due rows would be read whole, for every row.
select n.id, n.part, n.tenant, n.appointment_id, n.era, n.version, n.pos, n.kind, n.audience, n.recipient, n.channel,
    n.offset_minutes, n.starts, n.due_at, n.status, n.reason, n.ended_pos, n.attempts, n.claimed_by, n.claimed_until,
    n.settled_at
from notifications n
where n.channel = $1 and n.due_at <= $2 and n.settled_at is null and n.status in ('planned', 'sending', 'retrying')
    and (n.status <> 'sending' or n.claimed_until <= $2)
    and (n.kind = 'reminder' or not exists (
        select from (
            select * from notifications a where a.tenant = n.tenant and a.appointment_id = n.appointment_id offset 0
        ) o
        where o.recipient = n.recipient and o.channel = n.channel and o.kind <> 'reminder' and o.pos < n.pos
            and o.status in ('planned', 'sending')))
order by n.due_at limit $3
for update of n skip locked;

-- name: begin
-- The rows $1 are being sent by $2 until $3, at $4: an attempt of each, before anything goes out.
with begun as (
    update notifications set status = 'sending', attempts = attempts + 1, claimed_by = $2, claimed_until = $3
    where id = any($1::text[])
    returning id, attempts, tenant
), lost as (
    update attempts a set result = 'unknown', ended_at = $4
    from begun b where a.notification_id = b.id and a.number < b.attempts and a.result is null
)
insert into attempts (notification_id, number, tenant, at) select id, attempts, tenant, $4 from begun;

-- name: keep
-- Rows that are not sent: $1 ids, $2 statuses, $3 reasons, $4 due again (null: settled), $5 now.
update notifications n
set status = k.status, reason = k.reason, due_at = coalesce(k.due_at, n.due_at), claimed_by = null,
    claimed_until = null, settled_at = case when k.due_at is null then $5::timestamptz end
from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) k (id, status, reason, due_at)
where n.id = k.id;

-- name: end
-- What became of attempts of $7: $1 ids, $2 statuses, $3 reasons, $4 due again (null: settled), $5 results,
-- $6 details; $8 now. A row that another process has taken over meanwhile is its own.
with ended as (
    select e.*, n.attempts
    from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[])
        e (id, status, reason, due_at, result, detail)
    join notifications n on n.id = e.id
    where n.status = 'sending' and n.claimed_by = $7
), told as (
    update attempts a set result = e.result, detail = e.detail, ended_at = $8
    from ended e where a.notification_id = e.id and a.number = e.attempts
)
update notifications n
set status = e.status, reason = e.reason, due_at = coalesce(e.due_at, n.due_at), claimed_by = null,
    claimed_until = null, settled_at = case when e.due_at is null then $8::timestamptz end
from ended e where n.id = e.id;

-- name: release
-- What an earlier run of $1 was sending is to be sent again now ($2): nobody knows what became of it.
update notifications set claimed_until = $2 where status = 'sending' and claimed_by = $1;

-- name: suppressed
-- Which of the addresses ($1 tenants, $2 keys) take no reminders.
select s.tenant, s.address_key from suppressions s
join unnest($1::text[], $2::text[]) w (tenant, address_key) using (tenant, address_key);

-- name: suppress
-- An address takes no reminders from now on: $1 tenant, $2 key, $3 as the log has it, $4 reason, $5 now.
insert into suppressions (tenant, address_key, sealed, reason, made_at) values ($1, $2, $3, $4, $5)
on conflict on constraint suppressions_once do nothing;
