"""What the service counts."""

from prometheus_client import Counter, Gauge

PLANNED_ROWS = Counter("slotkeeper_notifications_planned", "Rows planned.", ["kind", "channel", "status"])
ATTEMPTED = Counter("slotkeeper_notifications_attempts", "Attempts ended.", ["channel", "result"])
KEPT_BACK = Counter("slotkeeper_notifications_kept_back", "Due rows that were not sent.", ["channel", "reason"])
WAITING = Gauge("slotkeeper_notifications_waiting", "Rows that are due.", ["channel"])
OLDEST = Gauge("slotkeeper_notifications_oldest_seconds", "How long the oldest of them is due.", ["channel"])
LAG = Gauge("slotkeeper_notifications_lag_events", "Events in the log that are not planned.", ["part"])
