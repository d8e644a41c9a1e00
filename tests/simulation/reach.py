"""What the seeds reach: every type of event and reply, and every rejection code of seats and billing, often enough.

A rule that no seed comes to is not tested, however many seeds are clean. The lists are those of the contracts. What no
seed can reach has its reason in `UNREACHABLE`, which is checked both ways: a name that occurs all the same is reported.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from contracts.every_message import every_message
from contracts.members_agencies import BaaOutdated
from contracts.members_erasure import Erased
from contracts.message import Event, Reply
from contracts.notifier import NotifierCommandRejected
from contracts.seats_simulations import LoginsSimulated
from contracts.vocabulary import RejectionCode, Service

ENOUGH = 20
"""How often each name must occur in `PER_SEEDS` seeds; fewer seeds need in proportion."""
PER_SEEDS = 400
_OWNERS = (Service.SEATS, Service.BILLING)
"""The services whose rejection codes are counted."""


def code_name(service: str, code: str) -> str:
    """The name under which a rejection by a service is counted."""
    return f"{service}: {code}"


def names_of(message: Mapping[str, Any]) -> Iterable[str]:
    """The names that a message on the bus counts for: its type, and the rejection code of seats or billing in it."""
    yield message["type"]
    code = message["data"].get("code")
    if message["by"] in _OWNERS and code is not None:
        yield code_name(message["by"], code)


def names_of_contracts() -> frozenset[str]:
    """Everything that is counted: the types of events and replies, and each code for seats and for billing."""
    types = {name for name, model in every_message().items() if issubclass(model, Event | Reply)}
    return frozenset(types | {code_name(service, code) for service in _OWNERS for code in RejectionCode})


def reached_too_rarely(counts: Mapping[str, int], seeds: int) -> dict[str, int]:
    """The names that should occur and stayed below their share in so many seeds, with their counts."""
    expected = sorted(names_of_contracts() - UNREACHABLE.keys())
    return {name: counts.get(name, 0) for name in expected if counts.get(name, 0) * PER_SEEDS < ENOUGH * seeds}


def reached_after_all(counts: Mapping[str, int]) -> dict[str, int]:
    """The names of `UNREACHABLE` that have occurred, with their counts: their reasons are wrong."""
    return {name: counts[name] for name in sorted(UNREACHABLE) if counts.get(name)}


def unreachable() -> Iterable[str]:
    """A line for each reason why names of the contracts cannot occur, with those names."""
    names: dict[str, list[str]] = defaultdict(list)
    for name, why in UNREACHABLE.items():
        names[why].append(name)
    return (f"{why} ({', '.join(sorted(of_it))})" for why, of_it in names.items())


def _each(services: Iterable[Service], why: str, *codes: RejectionCode) -> dict[str, str]:
    return {code_name(service, code): why for service in services for code in codes}


Code = RejectionCode
UNREACHABLE: Mapping[str, str] = {
    BaaOutdated.type: "A new version of the BAA comes with a release, and a seed has one release.",
    LoginsSimulated.type: "Nobody in a seed asks for a dry run, which changes nothing.",
    Erased.type: "An erasure waits for deletions on the bus that no part of a seed makes.",
    NotifierCommandRejected.type: "The notifier rejects no command by a rule, only by a fault of ours.",
    **_each(
        _OWNERS, "The gateway rejects the request itself, and sends no command.",
        Code.NOT_SIGNED_IN, Code.INVALID_CODE, Code.LINK_EXPIRED, Code.NOT_AN_ADMIN, Code.NOT_ACTIVE, Code.BAD_ORIGIN,
        Code.LINK_REQUIRED, Code.UNKNOWN_OPERATION, Code.CHOOSE_AGENCY, Code.CONFIRM_DETAILS, Code.ALREADY_ANSWERED,
        Code.IDEMPOTENCY_KEY_REUSED, Code.TOO_MANY_ATTEMPTS, Code.BUS_UNAVAILABLE,
    ),
    **_each(
        _OWNERS, "It is about members, which only the service members decides.",
        Code.UNKNOWN_MEMBER, Code.LAST_ADMIN, Code.ALREADY_MEMBER, Code.DOMAIN_TAKEN, Code.DOMAIN_NOT_AUTO_JOIN,
        Code.PUBLIC_DOMAIN, Code.DOMAIN_NOT_PROVEN,
    ),
    **_each(_OWNERS, "It is a fault of ours, and the invariant `no internal error` reports it.", Code.INTERNAL_ERROR),
    **_each(
        (Service.BILLING,), "It is about who holds seats, which only the service seats decides.",
        Code.NO_SEAT_AVAILABLE, Code.BELOW_ACTIVE, Code.WRONG_STATUS, Code.NOT_A_REDUCTION,
    ),
    **_each(
        _OWNERS,
        "members rejects an invitation with it; a first login is denied with an event.",
        Code.SEATS_REDUCED_ELSEWHERE,
    ),
    **_each(
        (Service.BILLING,),
        "Stripe rejects an address only where it is stricter than the gateway; the stand-in is not.",
        Code.INVALID_REQUEST,
    ),
    **_each(_OWNERS, "It is the reason of a pause; no command is rejected for it.", Code.PAYMENT_DISPUTED),
    **_each((Service.SEATS,), "Only a switch of the cycle needs another price.", Code.CUSTOM_PRICE),
    **_each((Service.SEATS,), "It ends a quote, which only billing makes.", Code.SUPERSEDED),
    **_each((Service.SEATS,), "To a person it is `quote_stale`; Auto-Add starts again.", Code.STALE),
    **_each((Service.SEATS,), "It ends a cancellation, which only billing decides.", Code.NOTHING_AWAITED),
    **_each((Service.SEATS,), "Only the opening of an account can be invalid at Stripe.", Code.INVALID_REQUEST),
}  # fmt: skip
"""Names that no seed reaches, each with the reason."""
