"""A new version of the BAA asks for a new signature, and an earlier version's counts until the grace is over.

An agency is asked when the version appears, again 7 days before the end, and at the end, when admin actions are locked.
Only a signature under the current version ends the lock: a yet newer version brings no new grace.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from contracts.baa import BaaVersion
from contracts.vocabulary import BaaStage
from services.members.domain.agency import Agency, BaaAsked, stands

NEAR = timedelta(days=7)
"""How long before the lock an agency is asked again."""


@dataclass(frozen=True, slots=True)
class Ask:
    """The agency is asked for a signature; it has signed `signed_version`."""

    agency: Agency
    asked: BaaAsked
    signed_version: str


@dataclass(frozen=True, slots=True)
class AskNot:
    """The agency has signed this version, has signed none yet, or knows already what it would be told."""


def stage_at(current: BaaVersion, now: datetime) -> BaaStage | None:
    """What agencies with an earlier version's signature are told now; None before the version asks for one."""
    if now < current.asked_from:
        return None
    if now >= current.sign_by:
        return BaaStage.LAPSED
    return BaaStage.NEAR if now >= current.sign_by - NEAR else BaaStage.ASKED


def ask_again(agency: Agency | None, current: BaaVersion, now: datetime) -> Ask | AskNot:
    """Decide whether the agency is asked for a signature under the current version."""
    stage = stage_at(current, now)
    if stage is None or not stands(agency) or agency.baa is None or agency.baa.version == current.version:
        return AskNot()
    asked = BaaAsked(current.version, stage)
    if agency.baa_lapsed or agency.baa_asked == asked:
        return AskNot()
    return Ask(replace(agency, baa_asked=asked), asked, agency.baa.version)
