-- Less to write for each message: one that begins to be sent changes no index, and an attempt that ends stays on its page.
-- What is not over has no `settled_at`, whatever its status.
drop index notification.notifications_due;
create index notifications_due on notification.notifications (channel, due_at) where settled_at is null;
alter table notification.attempts set (fillfactor = 60);
