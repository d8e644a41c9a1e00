"""A point that no source says: what it asks, what the stand-in assumes, and the calls that find the truth."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from deploy.local.stripe_check.account import Account


@dataclass(frozen=True)
class Point:
    """One point; `assumed` is what the stand-in does, and what the probe answers there."""

    probe: Callable[[Account], Awaitable[str]]
    asks: str
    assumed: str

    @property
    def name(self) -> str:
        """The name under which the operator's page lists it: its probe's."""
        return self.probe.__name__.removeprefix("_")
