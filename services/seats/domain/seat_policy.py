"""Each seat type has a policy: approve each, use free seats or else ask, or buy when full.

A seat type without a policy of its own follows the Auto-Add switch: ON is buy when full, OFF is use free seats or else
ask. Auto-Add is ON exactly if one type buys. Switching it ON makes both types buy. OFF makes none buy, and a type that
approves each goes on to do so.
"""

from __future__ import annotations

from dataclasses import replace

from contracts.policy_vocabulary import SeatPolicy, is_on, own_policies, policy_of_the_switch
from contracts.vocabulary import SeatType
from services.seats.domain.ledger import Ledger
from services.seats.domain.policies import BY_THE_SWITCH, Policies


def policy_of(ledger: Ledger, seat_type: SeatType) -> SeatPolicy:
    """The policy of a seat type."""
    return ledger.policies.of(seat_type) or policy_of_the_switch(enabled=ledger.auto_add)


def with_policies(ledger: Ledger, base: SeatPolicy, voice: SeatPolicy) -> Ledger:
    """The ledger with these policies. The switch follows them."""
    return replace(ledger, auto_add=is_on(base, voice), policies=Policies(*own_policies(base, voice)))


def switched(ledger: Ledger, *, enabled: bool) -> Ledger:
    """The ledger after the plain switch."""
    policies = BY_THE_SWITCH
    if not enabled:
        kept = (ledger.policies.of(seat_type) for seat_type in SeatType)
        policies = Policies(*(own if own is SeatPolicy.APPROVE_EACH else None for own in kept))
    return replace(ledger, auto_add=enabled, policies=policies)
