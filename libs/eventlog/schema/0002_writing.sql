-- Taking over and appending: each one round trip, each locking the heads it touches in partition order.

create type booking.head_change as (
    part int, epoch bigint, position bigint, events int, decided_at timestamptz, command_offset bigint, published bigint
);
create type booking.stream_ref as (part int, tenant text, stream text);

-- SK001: the caller's clock and ours are more than a second apart; its decisions would freeze time for the others.
create function booking.check_clock(clock timestamptz) returns void language plpgsql as $$
begin
    if clock_timestamp() - clock not between interval '-1 second' and interval '1 second' then
        raise exception 'clock skew: caller %, database %', clock, clock_timestamp() using errcode = 'SK001';
    end if;
end
$$;

-- A start number of `at_least` or more, and above every one drawn here before. The lock makes draw and raise one step.
create function booking.new_start(at_least bigint) returns bigint language plpgsql as $$
begin
    perform pg_advisory_xact_lock(hashtext('booking.owner_starts'));
    return setval('booking.owner_starts', greatest(nextval('booking.owner_starts'), at_least));
end
$$;

-- The open heads among `parts`, now ours: whoever wrote before fails its next compare. Absent parts are not here.
create function booking.take_over(parts int[], new_owner text, clock timestamptz)
returns setof booking.heads language plpgsql as $$
begin
    perform booking.check_clock(clock);
    perform from booking.heads h where h.part = any(parts) order by h.part for update;
    return query
        update booking.heads h set epoch = h.epoch + 1, owner = new_owner
        where h.part = any(parts) and h.moved_to is null
        returning h.*;
end
$$;

-- Writes all that one poll decided and returns the partitions that passed the compare; of the others, nothing.
-- SK002: a partition would be decided earlier than it already was.
-- What is cleared is found by `ctid`, stream by stream (`offset 0`), so that no plan made while tables were small walks
-- them; `part + 0` keeps the diary's primary key, whose range is the whole tenant, from serving it.
create function booking.append(
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
                where d.stream = c.stream and d.tenant = c.tenant and d.part + 0 = c.part offset 0
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
