"""Swarm testing: each seed favors some of what people do and drops some, so that rare combinations become common.

A mix of everything reaches little: the many usual actions leave no room for the few that a rare rule needs in a row.
Source: Groce et al., "Swarm Testing", ISSTA 2012.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random

DROPPED = 0.25
"""How often a seed drops an action."""
FAVORED = 0.15
"""How often a seed favors an action by itself."""
FAVOR = 6.0
"""How much more often a favored action happens."""
ALWAYS = frozenset({"come_in", "sign_up", "enter_code", "open_agency"})
"""Actions that every seed needs for anything else to happen."""
THEMES: Mapping[str, tuple[str, ...]] = {
    "seats": ("quote_seats", "use_quote", "change_card"),
    "cycle": ("quote_cycle", "use_quote", "sign_baa", "renew"),
    "debt": ("retry", "leave_invoice_unpaid", "renew", "change_card", "portal"),
    "members": ("invite", "accept", "remove", "swap", "exchange", "reinvite", "correct", "change_role"),
    "settings": (
        "api_key",
        "use_key",
        "set_domain",
        "rename",
        "set_step_up",
        "set_limits",
        "set_policies",
        "move_line",
        "switch_on",
        "switch_off",
        "sign_baa",
    ),
    "dashboard": ("edit", "cancel", "put_on_account", "schedule", "give_coupon", "set_tax", "retry"),
    "policies": ("set_policies", "decide_request", "come_in", "sign_up", "let_in"),
    "line": ("move_line", "switch_off", "come_in", "sign_up", "remove", "quote_seats", "use_quote", "swap"),
    "limits": ("set_limits", "come_in", "sign_up", "switch_on"),
    "renewals": ("schedule_reduction", "take_back_reduction", "renew", "quote_seats", "use_quote"),
    "idle": ("report_use", "want_idle_mail", "remind", "renew"),
    "hiring": ("come_in", "sign_up", "follow_link", "change_card", "switch_on"),
}
"""Actions that belong together; a seed favors the actions of one or two themes."""


@dataclass(frozen=True)
class Swarm:
    """What one seed favors. A factor of 0 drops an action."""

    factors: Mapping[str, float]
    briskness: float
    """How often the services work off an action's messages before the next action."""

    @staticmethod
    def of(rng: Random, actions: Iterable[str]) -> Swarm:
        """Draw what a seed favors of these actions."""
        themes = rng.sample(sorted(THEMES), rng.choice((0, 1, 1, 2)))
        favored = {action for theme in themes for action in THEMES[theme]}
        factors = {action: _factor(rng, action, favored) for action in actions}
        return Swarm(factors, rng.choice((0.0, 0.0, 0.5, 0.9, 0.9)))

    def weights(self, usual: Mapping[str, float]) -> dict[str, float]:
        """The weights of actions in this seed, from the usual ones."""
        return {name: weight * self.factors[name] for name, weight in usual.items() if weight * self.factors[name]}


def _factor(rng: Random, action: str, favored: set[str]) -> float:
    fate = rng.random()
    if action in favored:
        return FAVOR
    if fate < DROPPED and action not in ALWAYS:
        return 0.0
    return FAVOR if fate > 1 - FAVORED else 1.0
