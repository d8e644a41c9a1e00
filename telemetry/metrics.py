"""The metrics of every service's process. Each is counted where the thing happens, or read on demand."""

from prometheus_client import Counter, Gauge, Histogram

MESSAGES_HANDLED = Counter("headcount_messages_handled", "Messages handled, by verdict", ["type", "verdict"])
MESSAGES_PUBLISHED = Counter("headcount_messages_published", "Messages acknowledged by the broker")
RECORDS_REFUSED = Counter("headcount_records_refused", "Records that the broker refuses for good", ["topic", "reason"])
BATCH_SECONDS = Histogram("headcount_batch_seconds", "One batch, load to commit")
BATCH_RETRIES = Counter("headcount_batch_retries", "Batches tried again after a transient fault", ["fault"])
MESSAGES_DEFERRED = Counter("headcount_messages_deferred", "Messages deferred", ["kind"])
TASKS = Counter("headcount_tasks", "Attempts of tasks, by outcome", ["kind", "outcome"])
TASK_SECONDS = Histogram(
    "headcount_task_seconds",
    "One task that is done, from its first attempt to its decided result",
    ["kind"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 21600),
)
CLOCK_AHEAD = Gauge("headcount_clock_ahead_seconds", "By how much this machine's clock is ahead of Postgres's")
DEGRADED = Gauge("headcount_degraded", "1 while the bus is away from this process, 0 otherwise")
DROPPED = Counter("headcount_dropped", "Things dropped on purpose", ["what"])

# What waits in the tables of a service, read at each scrape: every replica shows the same.
OUTBOX_WAITING = Gauge("headcount_outbox_waiting", "Published messages that the broker does not have yet", ["lane"])
OUTBOX_AGE = Gauge("headcount_outbox_age_seconds", "For how long the oldest new one of them has waited")
DEFERRED_WAITING = Gauge("headcount_deferred_waiting", "Messages in the table of deferred messages", ["kind"])
DEFERRED_AGE = Gauge("headcount_deferred_age_seconds", "For how long the oldest of them has waited", ["kind"])
PARKED_AGENCIES = Gauge("headcount_parked_agencies", "Agencies that wait for the operator")
PARKED_AGE = Gauge("headcount_parked_age_seconds", "For how long the first of them has waited")
OPEN_GAPS = Gauge("headcount_gaps", "Streams of an agency of which messages are missing")
OLDEST_GAP = Gauge("headcount_gap_age_seconds", "For how long the oldest of them has been known")
TASKS_WAITING = Gauge("headcount_tasks_waiting", "Tasks that are not done, those of a later time included", ["kind"])
TASKS_OVERDUE = Gauge("headcount_tasks_overdue_seconds", "For how long the first due task has not been run", ["kind"])
TASKS_FAILING = Gauge("headcount_tasks_failing_seconds", "For how long the oldest failing task was tried", ["kind"])
TABLES_READ = Gauge("headcount_tables_read", "1 if the last scrape could read what waits in the tables, 0 otherwise")

POOL_SIZE = Gauge("headcount_pool_connections", "Postgres connections of the pool, by state", ["state"])
POOL_MOST = Gauge("headcount_pool_connections_max", "Postgres connections that the pool may have")
