"""An Active admin signs the current version of the agency's BAA, and the first signature under it stands.

If the same admin signs again (a double click), the standing signature is the result. Another admin's signature is
rejected, because the document does not bear that admin's name. A signature under an earlier version gives way to one
under the current version.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from contracts.vocabulary import MemberStatus, Role
from services.members.domain.agency import Agency, Baa, Member, stands


@dataclass(frozen=True, slots=True)
class Sign:
    """The agency's BAA is signed; admin actions are open."""

    agency: Agency
    baa: Baa


@dataclass(frozen=True, slots=True)
class StandsAlready:
    """The same admin signed before."""

    baa: Baa


@dataclass(frozen=True, slots=True)
class SignedByAnother:
    """Another admin signed before."""

    baa: Baa


@dataclass(frozen=True, slots=True)
class NotAnAdmin:
    """The signer is not an Active admin."""


@dataclass(frozen=True, slots=True)
class OtherVersion:
    """The signed text is not the current version."""

    current: str


Outcome = Sign | StandsAlready | SignedByAnother | NotAnAdmin | OtherVersion


def sign_baa(agency: Agency | None, signer: Member | None, baa: Baa, current: str) -> Outcome:
    """Decide a signature. `signer` is the acting member, `baa` the signature that they would give.

    `current` is the version that can be signed now.
    """
    if not stands(agency) or signer is None:
        return NotAnAdmin()
    if signer.role is not Role.ADMIN or signer.status is not MemberStatus.ACTIVE:
        return NotAnAdmin()
    if agency.baa is not None and agency.baa.version == current:
        mine = agency.baa.signer_id == signer.id
        return StandsAlready(agency.baa) if mine else SignedByAnother(agency.baa)
    if baa.version != current:
        return OtherVersion(current)
    return Sign(replace(agency, baa=baa, baa_request=None), baa)
