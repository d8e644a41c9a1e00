"""Messages of the members service about an agency itself: its opening, its BAA, its auto-join domain and its admins."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from contracts.address import EmailAddress, MailDomain
from contracts.message import Command, Count, Event, Locale, PersonName, Rejected, Sealed, Signature, Text
from contracts.vocabulary import DEFAULT_LOCALE, BaaStage, BillingCycle, RejectionCode, SeatType


class FoundAgency(
    Command,
    type="members.found_agency.v1",
    outcomes=("members.activated.v1", "members.agency_rejected.v1"),
):
    """Open an agency: its domain, its first admin and what it buys."""

    only_by_operator: ClassVar[bool] = True

    name: Text
    domain: MailDomain
    admin_email: EmailAddress
    admin_name: PersonName
    cycle: BillingCycle
    base: Count
    voice: Count
    admin_seat_type: SeatType
    payment_method: Text
    locale: Locale = DEFAULT_LOCALE


class SignBaa(Command, type="members.sign_baa.v1", outcomes=("members.baa_signed.v1",)):
    """An admin signs the agency's BAA."""

    signer_name: Signature
    signer_title: Signature
    version: Text


class SetDomain(Command, type="members.set_domain.v1", outcomes=("members.domain_changed.v1",)):
    """An admin sets the auto-join domain, on which the admin's own address must be."""

    domain: MailDomain


class RenameAgency(Command, type="members.rename_agency.v1", outcomes=("members.agency_renamed.v1",)):
    """An admin gives the agency another name."""

    name: Text


class AddAdmin(
    Command,
    type="members.add_admin.v1",
    outcomes=("members.invited.v1", "members.role_changed.v1"),
):
    """The operator gives an agency an admin: an Active member becomes one, anybody else is invited as one."""

    only_by_operator: ClassVar[bool] = True

    invitation_id: UUID
    email: EmailAddress
    name: PersonName
    seat_type: SeatType
    sealed: Sealed


class AgencyFounded(Event, type="members.agency_founded.v1"):
    """The domain is claimed and the first admin is known. billing opens the account next."""

    name: Text
    domain: MailDomain
    cycle: BillingCycle
    base: Count
    voice: Count
    payment_method: Text
    admin_id: UUID
    admin_email: EmailAddress
    admin_name: PersonName
    admin_seat_type: SeatType
    locale: Locale = DEFAULT_LOCALE


class AgencyRejected(Rejected, Event, type="members.agency_rejected.v1"):
    """The agency was not opened: the domain is taken, or the account could not be opened. The domain is free again."""

    code: RejectionCode


class DomainChanged(Event, type="members.domain_changed.v1"):
    """The agency has this auto-join domain. `before` equals `domain` if the command changed nothing."""

    before: MailDomain
    domain: MailDomain


class AgencyRenamed(Event, type="members.agency_renamed.v1"):
    """The agency has this name. `before` equals `name` if the command changed nothing."""

    before: Text
    name: Text


class BaaSigned(Event, type="members.baa_signed.v1"):
    """The agency's BAA is signed, and admin actions are open. `again`: the same admin had signed already."""

    signer_id: UUID
    signer_name: Signature
    signer_title: Signature
    version: Text
    signed_at: AwareDatetime
    again: bool = False
    agency_name: Text | None = None


class BaaOutdated(Event, type="members.baa_outdated.v1"):
    """The agency's signature is under an earlier version of the BAA than `version`, which is to be signed by `sign_by`.

    With `stage` LAPSED, admin actions are locked until it is signed.
    """

    stage: BaaStage
    version: Text
    signed_version: Text
    sign_by: AwareDatetime
