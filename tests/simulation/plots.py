"""Short plots: a few actions in a row that lead to what single random actions hardly reach.

Each step of a plot may fail or be overtaken like any other action, because the faults of the seed go on. `PLOTS` lists
the plots with their weights. To add a plot, write another method in one of the files `plots_of_*.py`, and name it here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection

from tests.simulation.plots_of_admins import PlotsOfAdmins
from tests.simulation.plots_of_money import PlotsOfMoney
from tests.simulation.plots_of_stripe import PlotsOfStripe


class Plots(PlotsOfAdmins, PlotsOfMoney, PlotsOfStripe):
    """The plots of one seed."""

    favors: Collection[str] = ()
    """Plots that are played more often."""

    async def play(self) -> None:
        """Play one plot."""
        name = self._rng.choices(list(PLOTS), list(weights(self.favors).values()))[0]
        plot: Callable[[], Awaitable[None]] = getattr(self, name)
        await self._admins_sign_in()
        await plot()


PLOTS = {
    "a_change_of_seats": 1.5, "more_than_one_change": 3.5, "fewer_seats_than_members": 0.8, "an_old_quote": 2.5,
    "another_cycle": 3.0, "members_come_and_go": 3.5, "keys_and_settings": 2.5, "an_agency_without_a_baa": 1.5,
    "an_opening_that_fails": 1.2, "codes_are_guessed": 2.5,
    "blocked_members_are_let_in": 6.0, "auto_add_comes_to_a_limit": 2.5, "a_reduction_waits": 7.0,
    "admins_approve_each": 5.0, "the_line_moves": 4.0, "a_seat_is_taken_before_an_undo": 1.5,
    "seats_are_idle": 4.0,
    "an_unpaid_change": 2.2, "a_burst_of_logins": 2.8, "an_unpaid_invoice": 3.0, "an_unpaid_renewal": 1.0,
    "a_used_up_day": 2.5, "unsettled_seats_are_settled": 3.0, "unsettled_seats_are_lost": 3.0,
    "a_payment_to_confirm": 2.5, "a_change_while_one_awaits_its_payment": 4.5, "a_payment_is_disputed": 1.5,
    "money_goes_back": 1.2,
    "seats_lowered_and_raised": 4.0, "stripe_is_silent": 2.5, "a_day_of_silence": 0.7, "stripe_refuses": 1.0,
    "the_subscription_ends": 0.5, "an_end_is_planned": 4.0, "an_edit_between_reading_and_writing": 3.5,
    "an_edit_that_nobody_reports": 1.5, "a_negotiated_price": 3.0, "a_fault_of_ours": 5.0,
    "records_too_large": 2.0,
}  # fmt: skip
"""The plots and their weights."""
FAVOR = 20.0
"""How much more often a favored plot is played."""


def weights(favors: Collection[str]) -> dict[str, float]:
    """The weights of the plots in a run that favors some of them."""
    return {name: weight * (FAVOR if name in favors else 1.0) for name, weight in PLOTS.items()}
