-- Erasing a person is part of the append that says so (docs/adr/0010-sealed-personal-members.md). The key row stays, so that
-- nobody makes the person a new key, but holds none; the look-up goes where it still leads to the person.

create function booking.append_erasing(
    clock            timestamptz,
    changes          booking.head_change[],
    new_events       booking.events[],
    new_inbox        booking.inbox[],
    diary_cleared    booking.stream_ref[],
    new_diary        booking.diary[],
    timers_cleared   booking.stream_ref[],
    new_timers       booking.timers[],
    new_look_ups     booking.look_ups[],
    new_keys         booking.keys[],
    new_books        booking.books[],
    erased           booking.stream_ref[],
    look_ups_cleared booking.look_ups[]
) returns int[] language plpgsql as $$
declare
    passed int[] := booking.append(clock, changes, new_events, new_inbox, diary_cleared, new_diary, timers_cleared,
                                   new_timers, new_look_ups, new_keys, new_books);
begin
    update booking.keys set wrapped = '' where ctid = any(array(
        select f.ctid from unnest(erased) e
        cross join lateral (
            select k.ctid from booking.keys k
            where k.part = e.part and k.tenant = e.tenant and k.subject = e.stream offset 0
        ) f
        where e.part = any(passed)
    ));
    delete from booking.look_ups where ctid = any(array(
        select f.ctid from unnest(look_ups_cleared) c
        cross join lateral (
            select l.ctid from booking.look_ups l
            where l.part = c.part and l.tenant = c.tenant and l.email_key = c.email_key
              and l.customer_id = c.customer_id offset 0
        ) f
        where c.part = any(passed)
    ));
    return passed;
end
$$;
