"""The panels of the dashboard: the one list that the dashboard is made from."""

from __future__ import annotations

from dataclasses import dataclass

PROBES = "/livez|/readyz|/metrics"


@dataclass(frozen=True, slots=True)
class Panel:
    """A graph: its title, the unit of its values as Grafana names it, and its expressions by legend."""

    title: str
    unit: str
    expressions: dict[str, str]


def _percentiles(name: str, labels: str = "", by: str = "") -> dict[str, str]:
    grouped = f"le, {by}" if by else "le"
    legend = f" {{{{{by}}}}}" if by else ""
    return {
        f"{share}%{legend}": f"histogram_quantile(0.{share}, sum by ({grouped}) (rate({name}_bucket{labels}[5m])))"
        for share in (50, 95, 99)
    }


PANELS: dict[str, tuple[Panel, ...]] = {
    "Objectives": (
        Panel(
            "Logins that take longer than 5 s",
            "percentunit",
            {
                "in an hour": "headcount:login_too_slow:ratio_rate1h",
                "in 30 days": "headcount:login_too_slow:ratio_rate30d",
            },
        ),
        Panel(
            "Purchases that take longer than 30 s",
            "percentunit",
            {
                "in an hour": "headcount:purchase_too_slow:ratio_rate1h",
                "in 30 days": "headcount:purchase_too_slow:ratio_rate30d",
            },
        ),
        Panel(
            "Pages that take longer than 300 ms",
            "percentunit",
            {
                "in an hour": "headcount:page_too_slow:ratio_rate1h",
                "in 30 days": "headcount:page_too_slow:ratio_rate30d",
            },
        ),
    ),
    "People": (
        Panel(
            "From a login to its outcome",
            "s",
            _percentiles("headcount_operation_seconds", '{kind="members.record_login.v1"}'),
        ),
        Panel(
            "Operations by command", "ops", {"{{kind}}": "sum by (kind) (rate(headcount_operation_seconds_count[5m]))"}
        ),
        Panel("Operations that are late", "short", {"late": "max(headcount_operations_late)"}),
        Panel("Members in line", "short", {"members": "max(headcount_members_waiting)"}),
        Panel("The longest wait in line", "s", {"wait": "max(headcount_member_wait_seconds)"}),
        Panel("Mails", "ops", {"{{outcome}}": "sum by (outcome) (rate(headcount_mails_total[5m]))"}),
        Panel(
            "Limits that held somebody back", "ops", {"{{limit}}": "sum by (limit) (rate(headcount_limited_total[5m]))"}
        ),
        Panel("Security events", "ops", {"{{kind}}": "sum by (kind) (rate(headcount_security_events_total[5m]))"}),
    ),
    "HTTP": (
        Panel(
            "Requests by status",
            "reqps",
            {"{{status}}": f'sum by (status) (rate(headcount_http_seconds_count{{route!~"{PROBES}"}}[5m]))'},
        ),
        Panel("Durations", "s", _percentiles("headcount_http_seconds", f'{{route!~"{PROBES}"}}')),
        Panel(
            "The slowest routes",
            "s",
            {
                "{{method}} {{route}}": "topk(5, histogram_quantile(0.95, sum by (le, method, route)"
                f' (rate(headcount_http_seconds_bucket{{route!~"{PROBES}"}}[5m]))))'
            },
        ),
        Panel("Open streams", "short", {"{{instance}}": "headcount_streams"}),
        Panel("Refused by a bound", "reqps", {"{{why}}": "sum by (why) (rate(headcount_http_refused_total[5m]))"}),
    ),
    "Money": (
        Panel(
            "Calls to Stripe by outcome",
            "reqps",
            {"{{outcome}}": "sum by (outcome) (rate(headcount_stripe_call_seconds_count[5m]))"},
        ),
        Panel("Durations of calls to Stripe", "s", _percentiles("headcount_stripe_call_seconds")),
        Panel("Durations of purchases", "s", _percentiles("headcount_task_seconds", '{kind="set_quantities"}')),
        Panel("Calls a second that are allowed", "reqps", {"{{instance}}": "headcount_stripe_pace"}),
        Panel("Incidents", "short", {"{{what}}": "sum by (what) (increase(headcount_billing_incidents_total[1h]))"}),
        Panel(
            "Events found without a webhook",
            "short",
            {"found": "sum(increase(headcount_stripe_events_found_total[1h]))"},
        ),
        Panel(
            "The nightly comparison",
            "short",
            {
                "compared": "max(headcount_sweep_subscriptions)",
                "differing": "sum(increase(headcount_sweep_differing_total[1d]))",
            },
        ),
    ),
    "Messages": (
        Panel("Consumer lag", "short", {"{{job}}": "sum by (job) (headcount_consumer_lag)"}),
        Panel(
            "Handled",
            "ops",
            {"{{job}} {{verdict}}": "sum by (job, verdict) (rate(headcount_messages_handled_total[5m]))"},
        ),
        Panel("Published", "ops", {"{{job}}": "sum by (job) (rate(headcount_messages_published_total[5m]))"}),
        Panel("Outbox: waiting", "short", {"{{job}} {{lane}}": "max by (job, lane) (headcount_outbox_waiting)"}),
        Panel("Outbox: the oldest", "s", {"{{job}}": "max by (job) (headcount_outbox_age_seconds)"}),
        Panel("Deferred", "short", {"{{job}} {{kind}}": "max by (job, kind) (headcount_deferred_waiting) > 0"}),
        Panel(
            "Deferred: the oldest", "s", {"{{job}} {{kind}}": "max by (job, kind) (headcount_deferred_age_seconds) > 0"}
        ),
        Panel(
            "Deferred anew",
            "ops",
            {"{{job}} {{kind}}": "sum by (job, kind) (rate(headcount_messages_deferred_total[5m]))"},
        ),
        Panel("Parked agencies", "short", {"{{job}}": "max by (job) (headcount_parked_agencies)"}),
        Panel("The longest parked", "s", {"{{job}}": "max by (job) (headcount_parked_age_seconds)"}),
        Panel("Gaps", "short", {"{{job}}": "max by (job) (headcount_gaps)"}),
        Panel("The oldest gap", "s", {"{{job}}": "max by (job) (headcount_gap_age_seconds)"}),
        Panel("Batches", "s", _percentiles("headcount_batch_seconds", by="job")),
        Panel(
            "What did not work",
            "ops",
            {
                "{{job}} again: {{fault}}": "sum by (job, fault) (rate(headcount_batch_retries_total[5m]))",
                "{{job}} refused: {{reason}}": "sum by (job, reason) (rate(headcount_records_refused_total[5m]))",
                "{{job}} not read: {{error}}": "sum by (job, error) (rate(headcount_poll_faults_total[5m]))",
                "{{job}} dropped: {{what}}": "sum by (job, what) (rate(headcount_dropped_total[5m]))",
            },
        ),
    ),
    "Tasks": (
        Panel("Waiting", "short", {"{{kind}}": "max by (kind) (headcount_tasks_waiting) > 0"}),
        Panel("Overdue", "s", {"{{kind}}": "max by (kind) (headcount_tasks_overdue_seconds) > 0"}),
        Panel("Tried in vain for", "s", {"{{kind}}": "max by (kind) (headcount_tasks_failing_seconds) > 0"}),
        Panel("Attempts", "ops", {"{{kind}} {{outcome}}": "sum by (kind, outcome) (rate(headcount_tasks_total[5m]))"}),
    ),
    "Processes": (
        Panel("Answering", "short", {"{{job}}": 'sum by (job) (up{job=~"headcount-.*"})'}),
        Panel("Degraded", "short", {"{{job}}": "max by (job) (headcount_degraded)"}),
        Panel("Rebalances in an hour", "short", {"{{job}}": "sum by (job) (increase(headcount_rebalances_total[1h]))"}),
        Panel(
            "Postgres connections in use",
            "percentunit",
            {
                "{{job}} {{instance}}": 'headcount_pool_connections{state="in_use"}'
                " / on (job, instance) headcount_pool_connections_max"
            },
        ),
        Panel(
            "CPU", "percentunit", {"{{job}} {{instance}}": 'rate(process_cpu_seconds_total{job=~"headcount-.*"}[5m])'}
        ),
        Panel("Memory", "bytes", {"{{job}} {{instance}}": 'process_resident_memory_bytes{job=~"headcount-.*"}'}),
        Panel("Clock ahead of Postgres", "s", {"{{instance}}": "headcount_clock_ahead_seconds"}),
        Panel(
            "Seconds since the last poll",
            "s",
            {"{{job}} {{instance}}": "time() - headcount_last_poll_timestamp_seconds"},
        ),
        Panel("Tables read", "short", {"{{job}}": "min by (job) (headcount_tables_read)"}),
    ),
}
"""By row of the dashboard."""
