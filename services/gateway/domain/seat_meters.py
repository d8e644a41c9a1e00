"""Seats free to be taken are those purchased, less the Active; never below zero."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Meter:
    """One seat type's counts: paid for, held, being bought, and first logins that wait in line."""

    purchased: int
    active: int
    incoming: int
    waiting: int
    unsettled: int = 0

    @property
    def available(self) -> int:
        """How many a first login would find. More Active than purchased happens when Stripe was changed elsewhere."""
        return max(0, self.purchased - self.active)
