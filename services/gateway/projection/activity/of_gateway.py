"""The activity log's entries of what the gateway publishes."""

from __future__ import annotations

from contracts import gateway
from services.gateway.model.activity import Change, Kind
from services.gateway.projection.activity.entry import (
    LogEntry,
    always,
    no_invoice,
    no_values,
    nobody,
)
from services.gateway.texts.activity import of_gateway

# Without an annotation: with one, mypy would not compare an entry's functions with the type of its event.
ENTRIES = (
    LogEntry(
        event=gateway.CodesLimited,
        kind=Kind.MEMBER,
        costs=False,
        sentence=of_gateway.sentence,
        change=no_values,
        members=lambda event: () if event.member_id is None else (event.member_id,),
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=gateway.Reminded,
        kind=Kind.MEMBER,
        costs=False,
        sentence=of_gateway.sentence,
        change=no_values,
        members=lambda event: (event.member_id,),
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=gateway.ApiKeyCreated,
        kind=Kind.SETTING,
        costs=False,
        sentence=of_gateway.sentence,
        change=lambda event: Change(
            None, {"apiKey": event.name} | ({"scopes": ", ".join(event.scopes)} if event.scopes else {})
        ),
        members=nobody,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=gateway.ApiKeyRevoked,
        kind=Kind.SETTING,
        costs=False,
        sentence=of_gateway.sentence,
        change=lambda event: Change({"apiKey": event.name}, None),
        members=nobody,
        invoice=no_invoice,
        recorded_if=always,
    ),
)
