"""The handlers of members about an agency itself: its opening, its BAA, its name and its auto-join domain."""

from __future__ import annotations

from typing import assert_never
from uuid import UUID

from chassis.actor import ActorContext
from contracts import member_rejections, members_agencies, rejections, request_rejections
from contracts.billing import AccountRejected
from contracts.billing_rejections import BillingUnavailable
from contracts.vocabulary import Quantities
from services.members.domain import admin_action, baa_grace, found_agency, opening, rename_agency, set_domain, sign_baa
from services.members.domain.agency import Agency, Baa, Member
from services.members.state import Roster


def on_found_agency(roster: Roster, command: members_agencies.FoundAgency, ctx: ActorContext) -> None:
    """Open an agency for the operator, if its domain is free and it buys a seat for its first admin."""
    application = found_agency.Application(
        name=command.name,
        domain=command.domain,
        admin_email=command.admin_email,
        admin_name=command.admin_name,
        admin_seat_type=command.admin_seat_type,
        buys=Quantities(command.base, command.voice),
    )
    claim = roster.claims.get(command.domain)
    match found_agency.found_agency(application, claim, roster.agency, ctx.new_id()):
        case found_agency.Found(agency, admin):
            roster.set_agency(agency)
            roster.enter(admin)
            ctx.publish(_founded(command, agency, admin))
        case found_agency.Reject(agency, rejection):
            roster.set_agency(agency)
            ctx.publish(members_agencies.AgencyRejected(code=rejection.code, figures=rejection))
        case found_agency.Decided():
            ctx.reject(member_rejections.WrongStatus())
        case never:
            assert_never(never)


def _founded(command: members_agencies.FoundAgency, agency: Agency, admin: Member) -> members_agencies.AgencyFounded:
    return members_agencies.AgencyFounded(
        name=agency.name,
        domain=agency.domain,
        cycle=command.cycle,
        base=command.base,
        voice=command.voice,
        payment_method=command.payment_method,
        admin_id=admin.id,
        admin_email=admin.email,
        admin_name=admin.name,
        admin_seat_type=admin.seat_type,
        locale=command.locale,
    )


def on_sign_baa(roster: Roster, command: members_agencies.SignBaa, ctx: ActorContext) -> None:
    """Record an admin's signature under the BAA. The first signature under a version stands."""
    signer = ctx.actor.member_id or UUID(int=0)
    baa = Baa(signer, command.signer_name, command.signer_title, command.version, ctx.now)
    match sign_baa.sign_baa(roster.agency, roster.by_id.get(signer), baa, roster.current_baa.version):
        case sign_baa.Sign(agency, signed):
            roster.set_agency(agency)
            ctx.publish(_baa_signed(signed, agency_name=agency.name))
        case sign_baa.StandsAlready(standing):
            ctx.publish(_baa_signed(standing, again=True))
        case sign_baa.SignedByAnother(standing):
            ctx.reject(member_rejections.WrongStatus(signer_name=standing.signer_name, signed_at=standing.signed_at))
        case sign_baa.NotAnAdmin():
            ctx.reject(request_rejections.NotAnAdmin())
        case sign_baa.OtherVersion(current):
            ctx.reject(request_rejections.InvalidRequest("version", current))
        case never:
            assert_never(never)


def request_signature(roster: Roster, ctx: ActorContext) -> None:
    """Request the agency to sign the BAA's current version, if its signature is under an earlier one."""
    current = roster.current_baa
    match baa_grace.request_signature(roster.agency, current, ctx.now):
        case baa_grace.Request(agency, request, signed_version):
            roster.set_agency(agency)
            ctx.publish(
                members_agencies.BaaOutdated(
                    stage=request.stage,
                    version=request.version,
                    signed_version=signed_version,
                    sign_by=current.sign_by,
                )
            )
        case baa_grace.NoRequest():
            pass
        case never:
            assert_never(never)


def _baa_signed(baa: Baa, *, again: bool = False, agency_name: str | None = None) -> members_agencies.BaaSigned:
    return members_agencies.BaaSigned(
        signer_id=baa.signer_id,
        signer_name=baa.signer_name,
        signer_title=baa.signer_title,
        version=baa.version,
        signed_at=baa.signed_at,
        again=again,
        agency_name=agency_name,
    )


def on_set_domain(roster: Roster, command: members_agencies.SetDomain, ctx: ActorContext) -> None:
    """Set the auto-join domain, if it is free and the admin's own address is on it."""
    claim = roster.claims.get(command.domain)
    match set_domain.set_domain(roster.agency, roster.acting(ctx.actor), command.domain, claim):
        case set_domain.Set(agency, before):
            roster.set_agency(agency)
            ctx.publish(members_agencies.DomainChanged(before=before, domain=agency.domain))
        case admin_action.Reject(rejection):
            ctx.reject(rejection)
        case never:
            assert_never(never)


def on_rename_agency(roster: Roster, command: members_agencies.RenameAgency, ctx: ActorContext) -> None:
    """Give the agency another name."""
    match rename_agency.rename_agency(roster.agency, roster.acting(ctx.actor), command.name):
        case rename_agency.Renamed(agency, before):
            roster.set_agency(agency)
            ctx.publish(members_agencies.AgencyRenamed(before=before, name=agency.name))
        case admin_action.Reject(rejection):
            ctx.reject(rejection)
        case never:
            assert_never(never)


def on_account_rejected(roster: Roster, event: AccountRejected, ctx: ActorContext) -> None:
    """Withdraw the agency whose account billing could not open. Its domain is free again."""
    match opening.account_rejected(roster.agency):
        case opening.Withdraw(agency):
            roster.set_agency(agency)
            rejection = rejections.of_code(event.code, event.decline_code)
            if event.given_up:
                rejection = BillingUnavailable(opening="given_up")
            ctx.publish(members_agencies.AgencyRejected(code=rejection.code, figures=rejection))
        case opening.NotThere():
            pass
        case never:
            assert_never(never)
