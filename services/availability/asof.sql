-- From instants to positions and back ($1 generation, $2 partition).

-- name: decided_at
-- When position $3 was decided.
select decided_at from moments where generation = $1 and part = $2 and pos >= $3 order by pos limit 1;

-- name: position_by
-- The last position decided by $3.
select pos from moments where generation = $1 and part = $2 and decided_at <= $3 order by decided_at desc limit 1;

-- name: tzdata_at
-- The time-zone rules at position $3.
select tzdata from moments where generation = $1 and part = $2 and pos >= $3 and tzdata is not null order by pos limit 1;
