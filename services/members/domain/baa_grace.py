"""A new version of the BAA asks for a new signature, and an earlier version's counts until the grace is over.

A signature is requested when the version appears, again 7 days before the end, and at the end, when admin actions lock.
Only a signature under the current version ends the lock: a yet newer version brings no new grace.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from contracts.baa import BaaVersion
from contracts.vocabulary import BaaStage
from services.members.domain.agency import Agency, SignatureRequest, stands

NEAR = timedelta(days=7)
"""How long before the lock the signature is requested again."""


@dataclass(frozen=True, slots=True)
class Request:
    """A signature is requested of the agency, which has signed `signed_version`."""

    agency: Agency
    request: SignatureRequest
    signed_version: str


@dataclass(frozen=True, slots=True)
class NoRequest:
    """The agency has signed this version, has signed none yet, or has this request already."""


def stage_at(current: BaaVersion, now: datetime) -> BaaStage | None:
    """The request to agencies that signed an earlier version; None before this one takes effect."""
    if now < current.effective_from:
        return None
    if now >= current.sign_by:
        return BaaStage.LAPSED
    return BaaStage.NEAR if now >= current.sign_by - NEAR else BaaStage.REQUESTED


def request_signature(agency: Agency | None, current: BaaVersion, now: datetime) -> Request | NoRequest:
    """Decide whether to request a signature under the current version."""
    stage = stage_at(current, now)
    if stage is None or not stands(agency) or agency.baa is None or agency.baa.version == current.version:
        return NoRequest()
    request = SignatureRequest(current.version, stage)
    if agency.baa_lapsed or agency.baa_request == request:
        return NoRequest()
    return Request(replace(agency, baa_request=request), request, agency.baa.version)
