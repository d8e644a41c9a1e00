"""The activity log's entries of what the notifier publishes."""

from __future__ import annotations

from contracts import notifier
from services.gateway.model.activity import Kind
from services.gateway.projection.activity.entry import (
    LogEntry,
    no_invoice,
    no_values,
)
from services.gateway.texts.activity import of_notifier

# Without an annotation: with one, mypy would not compare an entry's functions with the type of its event.
ENTRIES = (
    LogEntry(
        event=notifier.MailFailed,
        kind=Kind.MEMBER,
        costs=False,
        sentence=of_notifier.sentence,
        change=no_values,
        members=lambda event: () if event.member_id is None else (event.member_id,),
        invoice=no_invoice,
        # A mail to the operator is no matter of the agency: the operator reads of it in logs and metrics.
        recorded_if=lambda event: event.member_id is not None,
    ),
)
