"""An Active admin signs the agency's BAA, in the version that is current, and the first signature stands.

The same admin signing again (a double click) is told of the signature that stands; another admin is told that it is
signed already, since the document does not bear their name.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from contracts.vocabulary import BAA_VERSION, MemberStatus, Role
from services.members.domain.agency import Agency, Baa, Member, stands


@dataclass(frozen=True, slots=True)
class Sign:
    """The agency's BAA is signed; admin actions are open."""

    agency: Agency
    baa: Baa


@dataclass(frozen=True, slots=True)
class StandsAlready:
    """This admin signed before."""

    baa: Baa


@dataclass(frozen=True, slots=True)
class SignedByAnother:
    """Another admin signed before."""

    baa: Baa


@dataclass(frozen=True, slots=True)
class NotAnAdmin:
    """Only an Active admin signs."""


@dataclass(frozen=True, slots=True)
class OtherVersion:
    """The text that was read is not the current one."""

    current: str


Outcome = Sign | StandsAlready | SignedByAnother | NotAnAdmin | OtherVersion


def sign_baa(agency: Agency | None, signer: Member | None, baa: Baa) -> Outcome:
    """Decide a signature; `signer` is the member who asks, `baa` the signature that would be given."""
    if not stands(agency) or signer is None:
        return NotAnAdmin()
    if signer.role is not Role.ADMIN or signer.status is not MemberStatus.ACTIVE:
        return NotAnAdmin()
    if agency.baa is not None:
        mine = agency.baa.signer_id == signer.id
        return StandsAlready(agency.baa) if mine else SignedByAnother(agency.baa)
    if baa.version != BAA_VERSION:
        return OtherVersion(BAA_VERSION)
    return Sign(replace(agency, baa=baa), baa)
