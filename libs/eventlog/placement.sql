-- Placing partitions on databases and moving them (D13). A move copies with COPY, table by table.

-- name: place
-- An empty partition, unless the database knows it already.
insert into booking.heads (part) values ($1) on conflict on constraint heads_once do nothing;

-- name: head
-- The partition's head row here, open or closed.
select * from booking.heads where part = $1;

-- name: all_heads
-- Every head row here, open or closed.
select * from booking.heads order by part;

-- name: close
-- Fences the owner and says where the partition goes. Nothing is changed when it is closed already.
update booking.heads set moved_to = $2, epoch = epoch + 1 where part = $1 and moved_to is null;

-- name: lock
-- One mover of a partition at a time; held until the copy is committed.
select pg_advisory_xact_lock(hashtext('booking.move'), $1);

-- name: open
-- The copied partition, open: one epoch above the closed head.
insert into booking.heads (part, position, epoch, decided_at, command_offset, published, era)
values ($1, $2, $3, $4, $5, $6, $7)
returning *;
