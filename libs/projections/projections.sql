-- Generations and checkpoints of read models. Names are unqualified: a connection's search_path is its service's schema.

-- name: share
-- Held by every transaction of a projector, so that a switch waits for it and it for a switch. $1: the model.
select pg_advisory_xact_lock_shared(hashtext('read model'), hashtext($1));

-- name: own
-- Held by the one transaction that switches or makes the live generation.
select pg_advisory_xact_lock(hashtext('read model'), hashtext($1));

-- name: start_rebuild
-- True for the one session that may rebuild the model.
select pg_try_advisory_lock(hashtext('rebuild'), hashtext($1));

-- name: end_rebuild
-- Lets the next one rebuild.
select pg_advisory_unlock(hashtext('rebuild'), hashtext($1));

-- name: live
-- The number of the live generation.
select number from generations where model = $1 and state = 'live';

-- name: generations
-- All of a model, newest first.
select number, state, made_at, switched_at from generations where model = $1 order by number desc;

-- name: new_generation
-- A generation in the given state; its number.
insert into generations (model, state) values ($1, $2) returning number;

-- name: retire
-- The live generation of the model stands by from now on.
update generations set state = 'standby' where model = $1 and state = 'live';

-- name: go_live
-- The generation answers from now on.
update generations set state = 'live', switched_at = clock_timestamp() where number = $1;

-- name: forget
-- A generation that nobody will ask again; its checkpoints go with it.
delete from generations where number = $1;

-- name: checkpoint
-- Where a partition stands, made at its beginning when there is none.
with made as (
    insert into checkpoints (generation, part) values ($1, $2)
    on conflict on constraint checkpoints_once do nothing
    returning era, pos, kafka_offset, decided_at
)
select * from made
union all
select era, pos, kafka_offset, decided_at from checkpoints where generation = $1 and part = $2
limit 1;

-- name: begin
-- A checkpoint at the beginning for each of the first $2 partitions that has none.
insert into checkpoints (generation, part) select $1, part from generate_series(0, $2 - 1) part
on conflict on constraint checkpoints_once do nothing;

-- name: checkpoints
-- Where every partition of a generation stands.
select part, era, pos, kafka_offset, decided_at from checkpoints where generation = $1 order by part;

-- name: marks
-- Where every partition of the model's live generation stands.
select c.part, c.generation, c.era, c.pos, c.decided_at
from generations g join checkpoints c on c.generation = g.number
where g.model = $1 and g.state = 'live';

-- name: advance
-- The compare-and-set (D7): $1 model, $2 generation, $3 part, $4 era, $5 position before, $6 after, $7 Kafka offset,
-- $8 decided_at. No row: somebody else wrote, or another generation is live; nothing may be written.
update checkpoints set pos = $6, kafka_offset = greatest(kafka_offset, $7), decided_at = $8
where generation = $2 and part = $3 and era = $4 and pos = $5
    and exists (select from generations where model = $1 and number = $2 and state = 'live')
returning pos;

-- name: advance_apart
-- The same for a generation that is not live: only its rebuild writes it.
update checkpoints set pos = $5, decided_at = $6
where generation = $1 and part = $2 and era = $3 and pos = $4
returning pos;

-- name: load_checkpoint
-- A partition that was loaded in bulk.
insert into checkpoints (generation, part, era, pos, decided_at) values ($1, $2, $3, $4, $5);

-- name: begin_era
-- The partition goes on in a newer era, at most at the position from which that era began.
update checkpoints set era = $5, pos = least(pos, $6), kafka_offset = 0
where generation = $1 and part = $2 and era = $3 and pos = $4
returning pos;

-- name: take_offsets
-- Generation $2 goes on in Kafka where generation $1 stopped.
update checkpoints n set kafka_offset = o.kafka_offset
from checkpoints o where o.generation = $1 and n.generation = $2 and n.part = o.part;

-- name: make_tables
-- Bare tables for generation $2 under the parents $1, not yet attached.
select make_tables($1::text[], $2);

-- name: index_statements
-- What gives the tables of generation $2 the indexes that their parents $1 have, one statement each.
select regexp_replace(pg_get_indexdef(i.indexrelid), ' INDEX .* USING ', format(' INDEX ON %I USING ', parent || '_g' || $2::int))
from unnest($1::text[]) parent join pg_index i on i.indrelid = parent::regclass;

-- name: index_room
-- Room to sort in, and one process for an index, since several are built side by side.
select set_config('maintenance_work_mem', '256MB', true), set_config('max_parallel_maintenance_workers', '0', true);

-- name: attach_tables
-- Statistics for them, and indexes that they lack; from then on they answer under the parents' names.
select attach_tables($1::text[], $2);

-- name: drop_tables
-- A generation's tables go.
select drop_tables($1::text[], $2);
