"""Faults on demand: declines, required authentication, slow or dropped responses, errors, rate limits."""

import fnmatch
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from deploy.local.stripe_standin.errors import StripeError, action_required, card_declined

Kind = Literal["decline", "action_required", "slow", "drop_answer", "error", "rate_limit"]
KINDS: tuple[Kind, ...] = ("decline", "action_required", "slow", "drop_answer", "error", "rate_limit")


@dataclass(frozen=True)
class RequestTarget:
    """A request as faults match it, with its customer and subscription if they are known."""

    method: str
    path: str
    customer: str | None = None
    subscription: str | None = None


@dataclass
class Fault:
    """A fault that strikes the requests that match it.

    `times` is how often it strikes (None: until it is removed, or until `until`, a second of real time). `path` is
    exact, or a pattern with `*`. `seconds` is the delay of a slow response. `code` is a decline code, or the status of
    an error (500 is stored under the idempotency key, as at Stripe; 502 to 504 come from Stripe's edge and are not).
    `after_change` makes an error come after the change was made.
    """

    id: str
    kind: Kind
    method: str | None = None
    path: str | None = None
    customer: str | None = None
    subscription: str | None = None
    times: int | None = 1
    until: float | None = None
    seconds: float = 0.0
    code: str | None = None
    after_change: bool = False
    struck: int = 0

    def matches(self, target: RequestTarget, now: float) -> bool:
        """Whether this fault strikes the request."""
        return (
            (self.times is None or self.struck < self.times)
            and (self.until is None or now < self.until)
            and self.method in {None, target.method}
            and (self.path is None or fnmatch.fnmatchcase(target.path, self.path))
            and self.customer in {None, target.customer}
            and self.subscription in {None, target.subscription}
        )


@dataclass
class Faults:
    """All active faults, oldest first."""

    wall: Callable[[], float] = time.time
    active: list[Fault] = field(default_factory=list)

    def strike(self, kind: Kind, target: RequestTarget) -> Fault | None:
        """Return the first fault of this kind that matches, and count the strike."""
        now = self.wall()
        for fault in self.active:
            if fault.kind == kind and fault.matches(target, now):
                fault.struck += 1
                return fault
        return None

    def for_charge(self, target: RequestTarget, of_update: bool) -> StripeError | None:  # noqa: FBT001 - a callback
        """Return the error of the charge that this request attempts; None when no fault strikes it."""
        declined = self.strike("decline", target)
        if declined is not None:
            return card_declined(declined.code or "generic_decline")
        if self.strike("action_required", target) is not None:
            return action_required(of_update=of_update)
        return None


# Statuses of Stripe's edge, from before any endpoint ran: they are not stored under the idempotency key.
_NEVER_RAN = frozenset({502, 503, 504})


def server_error(fault: Fault) -> StripeError:
    """Return the error of an `error` fault: 500, or the status in its `code`."""
    status = int(fault.code) if fault.code else 500
    message = "An unknown error occurred"
    return StripeError(status, message, type="api_error", kept=status not in _NEVER_RAN, changed=fault.after_change)
