"""What can be made to go wrong on demand: declines, wanted authentication, slowness, lost answers, errors, limits."""

import fnmatch
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from deploy.local.stripe_standin.errors import StripeError, action_required, card_declined

Kind = Literal["decline", "action_required", "slow", "drop_answer", "error", "rate_limit"]
KINDS: tuple[Kind, ...] = ("decline", "action_required", "slow", "drop_answer", "error", "rate_limit")


@dataclass(frozen=True)
class Asked:
    """A request as faults see it; customer and subscription are those it is about, where that can be told."""

    method: str
    path: str
    customer: str | None = None
    subscription: str | None = None


@dataclass
class Fault:
    """One thing that goes wrong for the requests that match.

    `times` is how often it strikes (None: until it is taken away or `until`, a wall second, has passed). `path` is
    exact, or a pattern with `*`. `seconds` is how long a slow answer takes. `code` is a decline's code, or the status
    of an error (500 is kept under the idempotency key as Stripe keeps it; 502 to 504, from before Stripe, are not).
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

    def matches(self, asked: Asked, now: float) -> bool:
        """Say whether this strikes the request."""
        return (
            (self.times is None or self.struck < self.times)
            and (self.until is None or now < self.until)
            and self.method in {None, asked.method}
            and (self.path is None or fnmatch.fnmatchcase(asked.path, self.path))
            and self.customer in {None, asked.customer}
            and self.subscription in {None, asked.subscription}
        )


@dataclass
class Faults:
    """All faults in force, in the order in which they were ordered."""

    wall: Callable[[], float] = time.time
    ordered: list[Fault] = field(default_factory=list)

    def strike(self, kind: Kind, asked: Asked) -> Fault | None:
        """Return the first fault of this kind that matches, and count it as struck."""
        now = self.wall()
        for fault in self.ordered:
            if fault.kind == kind and fault.matches(asked, now):
                fault.struck += 1
                return fault
        return None

    def for_charge(self, asked: Asked) -> StripeError | None:
        """Return what the bank is made to say to a charge that this request attempts."""
        declined = self.strike("decline", asked)
        if declined is not None:
            return card_declined(declined.code or "generic_decline")
        if self.strike("action_required", asked) is not None:
            return action_required()
        return None


# A status that Stripe's own edge answers, before any endpoint ran: no answer is remembered for it.
_NEVER_RAN = frozenset({502, 503, 504})


def server_error(fault: Fault) -> StripeError:
    """Return the 500 (or whatever 5xx was ordered) of an `error` fault."""
    status = int(fault.code) if fault.code else 500
    message = "An unknown error occurred"
    return StripeError(status, message, type="api_error", kept=status not in _NEVER_RAN, changed=fault.after_change)
