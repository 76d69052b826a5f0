-- What is only ever looked up by its whole key is hashed: a tree costs one page more on every way down with each
-- hundredfold of history, a hash index never does, and it is a third of the size (docs/adr/0019-hashed-keys.md).
-- A hash index has one column, so the key is one text. The lengths tell where a part of it ends.

create or replace function booking.command_key(part int, tenant text, source text, command_id text) returns text
language sql immutable parallel safe as $$
    select part::text || '/' || length(tenant)::text || '/' || length(source)::text || '/'
        || tenant || source || command_id
$$;

create or replace function booking.stream_key(part int, tenant text, stream text) returns text
language sql immutable parallel safe as $$
    select part::text || '/' || length(tenant)::text || '/' || tenant || stream
$$;

-- Hash indexes know no `unique`; to exclude what is equal is the same promise.
alter table booking.inbox drop constraint inbox_command_once;
alter table booking.inbox add constraint inbox_command_once
    exclude using hash (booking.command_key(part, tenant, source, command_id) with =);

-- Most streams looked for are about to begin: whether one has begun is asked of the hash, and only what it has had since,
-- which has an order, of a tree.
alter table booking.events drop constraint events_version_once;
alter table booking.events add constraint events_stream_once
    exclude using hash (booking.stream_key(part, tenant, stream) with =) where (version = 1);
create unique index events_version_once on booking.events (part, tenant, stream, version) where version <> 1;

-- All of a stream, in no order.
create or replace function booking.events_of(of_part int, of_tenant text, of_stream text) returns setof booking.events
language sql stable parallel safe as $$
    select e.* from booking.events e
    where booking.stream_key(e.part, e.tenant, e.stream) = booking.stream_key(of_part, of_tenant, of_stream)
      and e.version = 1
    union all
    select e.* from booking.events e
    where e.part = of_part and e.tenant = of_tenant and e.stream = of_stream and e.version <> 1
$$;

drop index booking.diary_of_stream;
create index diary_of_stream on booking.diary using hash (booking.stream_key(part, tenant, stream));

-- Writes all that one poll decided and returns the partitions that passed the compare; of the others, nothing.
-- SK002: a partition would be decided earlier than it already was.
-- What is cleared is found by `ctid`, stream by stream (`offset 0`), so that no plan made while tables were small walks
-- them.
create or replace function booking.append(
    clock          timestamptz,
    changes        booking.head_change[],
    new_events     booking.events[],
    new_inbox      booking.inbox[],
    diary_cleared  booking.stream_ref[],
    new_diary      booking.diary[],
    timers_cleared booking.stream_ref[],
    new_timers     booking.timers[],
    new_look_ups   booking.look_ups[],
    new_keys       booking.keys[],
    new_books      booking.books[]
) returns int[] language plpgsql as $$
declare
    touched   int[] := array(select c.part from unnest(changes) c);
    passed    int[];
    backwards bool;
begin
    perform booking.check_clock(clock);

    select array_agg(h.part), bool_or(h.decided_at > c.decided_at)
    into passed, backwards
    from (
        select * from booking.heads where part = any(touched) order by part for update
    ) h
    join unnest(changes) c on c.part = h.part
    where h.epoch = c.epoch and h.position = c.position and h.moved_to is null;

    if passed is null then
        return '{}';
    end if;
    if backwards then
        raise exception 'a decision earlier than its partition''s last' using errcode = 'SK002';
    end if;

    update booking.heads h
    set position = h.position + c.events, decided_at = c.decided_at,
        command_offset = c.command_offset, published = c.published
    from unnest(changes) c
    where h.part = c.part and h.part = any(passed);

    insert into booking.events select e.* from unnest(new_events) e where e.part = any(passed);
    insert into booking.inbox select i.* from unnest(new_inbox) i where i.part = any(passed);

    if cardinality(diary_cleared) > 0 then
        delete from booking.diary where ctid = any(array(
            select f.ctid from unnest(diary_cleared) c
            cross join lateral (
                select d.ctid from booking.diary d
                where booking.stream_key(d.part, d.tenant, d.stream) = booking.stream_key(c.part, c.tenant, c.stream)
                offset 0
            ) f
            where c.part = any(passed)
        ));
    end if;
    insert into booking.diary select d.* from unnest(new_diary) d where d.part = any(passed);

    if cardinality(timers_cleared) > 0 then
        delete from booking.timers where ctid = any(array(
            select f.ctid from unnest(timers_cleared) c
            cross join lateral (
                select t.ctid from booking.timers t
                where t.part = c.part and t.tenant = c.tenant and t.stream = c.stream order by t.kind offset 0
            ) f
            where c.part = any(passed)
        ));
    end if;
    if cardinality(new_timers) > 0 then
        insert into booking.timers select t.* from unnest(new_timers) t where t.part = any(passed)
        on conflict on constraint timers_one_of_a_kind do update set due_at = excluded.due_at;
    end if;
    if cardinality(new_look_ups) > 0 then
        insert into booking.look_ups select l.* from unnest(new_look_ups) l where l.part = any(passed)
        on conflict on constraint look_ups_one_customer do update set customer_id = excluded.customer_id;
    end if;
    if cardinality(new_keys) > 0 then
        insert into booking.keys select k.* from unnest(new_keys) k where k.part = any(passed);
    end if;
    if cardinality(new_books) > 0 then
        insert into booking.books select b.* from unnest(new_books) b where b.part = any(passed)
        on conflict on constraint books_one_a_tenant do update set pos = excluded.pos, state = excluded.state;
    end if;
    return passed;
end
$$;
