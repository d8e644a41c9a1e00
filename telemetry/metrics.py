"""The metrics of every service's process. Each is counted where the thing happens."""

from prometheus_client import Counter, Gauge, Histogram

MESSAGES_HANDLED = Counter("headcount_messages_handled", "Messages handled, by verdict", ["type", "verdict"])
MESSAGES_PUBLISHED = Counter("headcount_messages_published", "Messages acknowledged by the broker")
RECORDS_REFUSED = Counter("headcount_records_refused", "Records that the broker refuses for good", ["topic", "reason"])
BATCH_SECONDS = Histogram("headcount_batch_seconds", "One batch, load to commit")
BATCH_RETRIES = Counter("headcount_batch_retries", "Batches tried again after a transient fault", ["fault"])
MESSAGES_DEFERRED = Counter("headcount_messages_deferred", "Messages deferred", ["kind"])
TASKS = Counter("headcount_tasks", "Attempts of tasks, by outcome", ["kind", "outcome"])
OPEN_GAPS = Gauge("headcount_gaps", "Streams of an agency of which messages are missing")
OLDEST_GAP = Gauge("headcount_gap_age_seconds", "For how long the oldest of them has been known")
CLOCK_AHEAD = Gauge("headcount_clock_ahead_seconds", "By how much this machine's clock is ahead of Postgres's")
DEGRADED = Gauge("headcount_degraded", "1 while the bus is away from this process, 0 otherwise")
DROPPED = Counter("headcount_dropped", "Things dropped on purpose", ["what"])
