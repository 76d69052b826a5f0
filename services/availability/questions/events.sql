-- name: versions
-- Of appointments $3 the versions $4, and each one's version before.
select distinct a.id, a.version, a.kept
from unnest($3::text[], $4::int[]) w (id, version)
cross join lateral (
    select * from appointments a
    where a.generation = $1 and a.tenant = $2 and a.id = w.id and a.version in (w.version, w.version - 1)
) a;
