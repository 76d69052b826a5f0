"""What booking counts, for Prometheus."""

from prometheus_client import Counter, Gauge, Histogram

from kit.telemetry import SECONDS, SIZES

COMMANDS = Counter("slotkeeper_commands", "Commands polled, misrouted ones included")
ANSWERS = Counter("slotkeeper_outcomes", "Outcomes given, repeated ones included")
EVENTS = Counter("slotkeeper_events", "Events appended to the log")
DEAD = Counter("slotkeeper_dead_letters", "Commands put on the dead letter topic")
FORWARDED = Counter("slotkeeper_forwarded", "Commands that another partitioner had put elsewhere")
BATCH = Histogram("slotkeeper_poll_commands", "Commands in one poll", buckets=SIZES)
DECIDE = Histogram("slotkeeper_decide_seconds", "Loading and deciding of one poll", buckets=SECONDS)
APPEND = Histogram("slotkeeper_append_seconds", "One append", buckets=SECONDS)
PUBLISH = Histogram("slotkeeper_publish_seconds", "Publishing of one poll until acknowledged", buckets=SECONDS)
OWNED = Gauge("slotkeeper_owned_partitions", "Partitions that this process writes")
FENCED = Counter("slotkeeper_fenced", "Appends of a partition that another owner had taken over")
CONTRADICTED = Counter("slotkeeper_contradicted", "Appends refused because something presumed new was there already")
STARTED_OVER = Counter("slotkeeper_started_over", "Errors after which all partitions were taken over again")
CLOCK = Gauge("slotkeeper_clock_behind_seconds", "How far this clock lies behind the last decision; 0 when it does not")
