"""Every message of every service.

A service imports only the messages that it handles or sends, and `known_messages` names only imported messages. Without
this module, the document of all messages, or the list of who sends what, would leave the others out.
"""

from __future__ import annotations

from collections.abc import Mapping

from contracts import (
    auto_add_limits,
    billing,
    billing_payments,
    billing_quotes,
    gateway,
    members,
    members_agencies,
    members_erasure,
    members_invitations,
    members_requests,
    moving_line,
    notifier,
    scheduled_reductions,
    seat_policies,
    seats,
    seats_purchases,
    seats_simulations,
)
from contracts.message import Message, known_messages

_ = (
    (members, members_agencies, members_erasure, members_invitations, members_requests, moving_line),
    (seats, seats_purchases, seats_simulations, auto_add_limits, scheduled_reductions, seat_policies),
    (billing, billing_payments, billing_quotes),
    (notifier, gateway),
)


def every_message() -> Mapping[str, type[Message]]:
    """Every type of message, with its model."""
    return known_messages()
