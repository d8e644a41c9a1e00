"""The policies of the seat types: under "approve each", no first login takes a seat by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from contracts.policy_vocabulary import SeatPolicy
from tests.simulation.invariants import Violation


def each_is_approved(messages: Iterable[Mapping[str, Any]]) -> None:
    """Check each seat that a first login took against the policies that were set last."""
    messages = [*messages]
    types = {message["id"]: message["type"] for message in messages}
    policies: dict[str, Mapping[str, Any]] = {}
    for message in (message for message in messages if message["by"] == "seats"):
        agency, data = str(message["agency_id"]), message["data"]
        if message["type"] == "seats.seat_policies_set.v1":
            policies[agency] = data
        elif message["type"] == "seats.seat_assigned.v1":
            cause = types.get(message["headers"]["ce_causationid"])
            policy = policies.get(agency, {}).get(data["seat_type"])
            if cause == "members.first_login.v1" and policy == SeatPolicy.APPROVE_EACH:
                raise Violation("each is approved", f"{agency}: {data['member_id']} took a {data['seat_type']} seat")
