-- What is over is kept for a while only. What was suppressed when it was planned was over at once.
update notification.notifications set settled_at = least(due_at, now())
where status = 'suppressed' and settled_at is null;
create index notifications_settled on notification.notifications (settled_at) where settled_at is not null;

-- How far a tenant's rows have been purged: what was planned by an event up to there may be gone, and is never planned
-- again, whoever reads the log again. A later era's events come after all of an earlier one's.
create table notification.forgotten (
    tenant text   not null collate "C",
    era    int    not null,
    pos    bigint not null,
    constraint forgotten_once primary key (tenant)
);

grant select, insert, update, delete on notification.forgotten to notification;
