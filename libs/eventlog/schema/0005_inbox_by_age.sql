-- For purging answers that nobody may ask for any more (P2). Begins with the instant, which no look-up names: an index
-- that began like the primary key could be chosen in its place by a plan made while tables were empty.

create index inbox_by_age on booking.inbox (decided_at, part);
