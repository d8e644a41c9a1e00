"""A dry run of first logins as a JSON body."""

from __future__ import annotations

from contracts.address import shown_address
from contracts.seats_simulations import LoginResult
from contracts.vocabulary import Quantities
from services.gateway.api.presenters.billing import quote_out
from services.gateway.api.schemas.dry_runs import DryRunOut, ForeseenOut, NoPriceOut
from services.gateway.api.schemas.seats import SeatPair
from services.gateway.application.dry_runs import DryRun, Foreseen
from services.gateway.model.rejected import RejectedError
from services.gateway.texts import dry_runs as texts
from services.gateway.texts.problems import problem


def dry_run_out(run: DryRun) -> DryRunOut:
    """What would become of all of them, and the price."""
    results = [person.login.result for person in run.people if person.login is not None]
    return DryRunOut(
        people=[_foreseen(person) for person in run.people],
        active=results.count(LoginResult.ACTIVE),
        bought_for=results.count(LoginResult.BOUGHT_FOR),
        blocked=results.count(LoginResult.BLOCKED),
        before=_pair(run.before),
        after=_pair(run.after),
        waiting=_pair(run.waiting),
        quote=None if run.quote is None else quote_out(run.quote),
        no_price=None if run.no_price is None else _no_price(run.no_price),
    )


def _foreseen(person: Foreseen) -> ForeseenOut:
    login = person.login
    return ForeseenOut(
        email=shown_address(person.email),
        name=person.name,
        seat_type=person.seat_type,
        entrance=person.entrance,
        result=None if login is None else login.result,
        reason=None if login is None else login.reason,
        sentence=texts.outcome(person.entrance, login),
    )


def _pair(counts: Quantities) -> SeatPair:
    return SeatPair(base=counts.base, voice=counts.voice)


def _no_price(rejected: RejectedError) -> NoPriceOut:
    return NoPriceOut(code=rejected.code, detail=problem(rejected.code).detail(rejected.figures))
