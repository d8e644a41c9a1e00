"""The counting of what the seeds reach."""

from __future__ import annotations

from collections import Counter
from random import Random

from contracts.seats import SetAutoAdd, Thawed
from contracts.vocabulary import RejectionCode
from tests.simulation.dashboard import DASHBOARD, Dashboard
from tests.simulation.guards import GUARDS
from tests.simulation.people import ACTIONS, People
from tests.simulation.plots import PLOTS, weights
from tests.simulation.reach import (
    ENOUGH,
    PER_SEEDS,
    UNREACHABLE,
    code_name,
    names_of,
    names_of_contracts,
    reached_after_all,
    reached_too_rarely,
)
from tests.simulation.swarm import ALWAYS, THEMES, Swarm
from tests.simulation.tally import Tally

ALL = dict.fromkeys(names_of_contracts() - UNREACHABLE.keys(), ENOUGH)


def test_a_message_counts_for_its_type_and_for_the_code_of_a_rejection_by_seats_or_billing() -> None:
    rejected = {"by": "seats", "type": "seats.command_rejected.v1", "data": {"code": "below_active"}}
    assert list(names_of(rejected)) == ["seats.command_rejected.v1", "seats: below_active"]
    assert list(names_of({**rejected, "by": "billing"})) == ["seats.command_rejected.v1", "billing: below_active"]
    assert list(names_of({**rejected, "by": "members"})) == ["seats.command_rejected.v1"]
    assert list(names_of({"by": "seats", "type": "seats.thawed.v1", "data": {}})) == ["seats.thawed.v1"]


def test_every_event_and_every_code_of_the_contracts_is_counted_and_no_command() -> None:
    names = names_of_contracts()
    assert {Thawed.type, "billing.quoted.v1", *(f"billing: {code}" for code in RejectionCode)} <= names
    assert SetAutoAdd.type not in names


def test_a_name_below_its_share_of_the_seeds_is_reported_with_its_count() -> None:
    assert reached_too_rarely(ALL, PER_SEEDS) == {}
    assert reached_too_rarely({**ALL, Thawed.type: ENOUGH - 1}, PER_SEEDS) == {Thawed.type: ENOUGH - 1}
    assert reached_too_rarely(dict.fromkeys(ALL, 3), 60) == {}
    assert Thawed.type in reached_too_rarely(dict.fromkeys(ALL, 2), 60)
    assert reached_too_rarely(Counter(), 1).keys() == ALL.keys()


def test_every_reason_for_a_name_that_no_seed_reaches_is_about_a_name_of_the_contracts() -> None:
    assert UNREACHABLE.keys() <= names_of_contracts()
    assert all(why.endswith(".") for why in UNREACHABLE.values())


def test_an_unreachable_name_that_occurs_is_reported() -> None:
    assert reached_after_all(ALL) == {}
    for name in UNREACHABLE:
        assert reached_after_all({**ALL, name: 1}) == {name: 1}


def test_each_code_has_a_name_for_each_of_the_two_services() -> None:
    assert code_name("billing", RejectionCode.STALE) == "billing: stale"


def test_every_action_that_a_theme_favors_exists() -> None:
    known = {*ACTIONS, *DASHBOARD, "renew"}
    assert {action for actions in THEMES.values() for action in actions} | ALWAYS <= known
    assert all(hasattr(People, name) for name in ACTIONS)
    assert all(hasattr(Dashboard, name) for name in DASHBOARD)


def test_seeds_favor_and_drop_actions_but_never_those_that_everything_else_needs() -> None:
    factors: Counter[tuple[str, float]] = Counter()
    for seed in range(200):
        swarm = Swarm.of(Random(seed), (*ACTIONS, "renew"))
        factors.update(swarm.factors.items())
        assert swarm.weights({"come_in": 1.0, "renew": 1.0}).keys() >= {"come_in"}
    assert all(factors[action, 0.0] for action in ACTIONS if action not in ALWAYS)
    assert not any(factors[action, 0.0] for action in ALWAYS)
    assert all(factors[action, 6.0] for action in ACTIONS)


def test_a_favored_plot_is_played_more_often_and_every_guard_favors_plots_that_there_are() -> None:
    assert weights(()) == PLOTS
    favored = weights({"an_old_quote"})
    assert favored["an_old_quote"] > PLOTS["an_old_quote"]
    assert favored["a_used_up_day"] == PLOTS["a_used_up_day"]
    assert {plot for guard in GUARDS for plot in guard.favors} <= PLOTS.keys()


def test_a_run_reports_what_its_seeds_have_shown_even_if_not_all_of_them_ran() -> None:
    whole, ended = Tally(1), Tally(2)
    for tally in (whole, ended):
        tally.add({"seed": 0, "violation": None, "why": "None", "reached": ALL, "counts": {"turns": 7}})
    assert whole.is_clean()
    assert "Not expected, by nature:" in [*whole.report()]
    assert not ended.is_clean()
    assert "Not all seeds ran." in [*ended.report()]


def test_a_run_names_its_violated_seeds_and_what_they_reached_too_rarely() -> None:
    tally = Tally(1)
    tally.add({"seed": 17, "violation": "charged once", "why": "charged once: twice", "reached": {}, "counts": {}})
    assert not tally.is_clean()
    report = "\n".join(tally.report())
    assert "python -m tests.simulation --seed 17" in report
    assert f"Below {ENOUGH} in {PER_SEEDS} seeds: 0 " in report
