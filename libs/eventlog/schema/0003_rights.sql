-- booking writes everything; every other service reads events, heads, keys and eras, and nothing else (design §2).

grant usage on schema booking to booking, log_reader;
grant select, insert, update, delete on all tables in schema booking to booking;
grant usage, select, update on all sequences in schema booking to booking;
grant execute on all functions in schema booking to booking;
grant select on booking.events, booking.heads, booking.keys, booking.eras to log_reader;
