"""Messages of the seats service about policies: what a first login to each seat type does."""

from __future__ import annotations

from contracts.message import Command, Event
from contracts.policy_vocabulary import SeatPolicy


class SetSeatPolicies(Command, type="seats.set_seat_policies.v1", outcomes=("seats.seat_policies_set.v1",)):
    """Set the policy of both seat types. Auto-Add is ON exactly if one of them is to buy."""

    base: SeatPolicy
    voice: SeatPolicy


class SeatPoliciesSet(Event, type="seats.seat_policies_set.v1"):
    """First logins are decided by these policies from now on. A purchase that is under way is made.

    `*_before` are the policies until now; both are equal if the command changed nothing. `seats.auto_add_set` comes
    first if Auto-Add is switched. The plain switch publishes this event too if it replaces a policy.
    """

    base: SeatPolicy
    voice: SeatPolicy
    base_before: SeatPolicy
    voice_before: SeatPolicy
