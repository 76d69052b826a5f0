-- name: supply_between
-- A tenant's supply events of (after $3, upto $4].
select pos, record from supply where generation = $1 and tenant = $2 and pos > $3 and pos <= $4 order by pos;
