-- What recorder.py keeps beside heads and events: how far each upstream application was processed (`Tracking`).

create table booking.tracking (
    part            int    not null,
    application     text   not null collate "C",
    notification_id bigint not null,
    constraint tracking_once primary key (part, application)
);
grant select, insert, update, delete on booking.tracking to booking;
