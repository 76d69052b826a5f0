-- name: end_unsent
-- Unsent rows for a recipient ($1 tenants, $2 recipients) end with the event at $3 that erased them.
update notifications n
set status = 'superseded', reason = 'erased', ended_pos = e.pos, settled_at = clock_timestamp()
from unnest($1::text[], $2::text[], $3::bigint[]) e (tenant, recipient, pos)
where n.tenant = e.tenant and n.recipient = e.recipient and n.pos < e.pos and n.settled_at is null
    and n.status in ('planned', 'retrying');

-- name: forget_suppressions
-- Suppressed addresses of people ($1 tenants, $2 subjects): whoever has such an address next is somebody else. A sealed
-- text is `<subject>.<key no>.<base64>`, and a subject may contain dots.
delete from suppressions s
using unnest($1::text[], $2::text[]) e (tenant, subject)
where s.tenant = e.tenant and regexp_replace(s.sealed, '[.][^.]*[.][^.]*$', '') = e.subject;
