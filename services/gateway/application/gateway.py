"""Every call that a person or program can make, without HTTP. The API and the pages use one `Gateway` and its parts."""

from __future__ import annotations

import asyncio
from datetime import datetime
from uuid import UUID

import structlog

from contracts.members import SignUp
from contracts.members_agencies import FoundAgency, RenameAgency, SetDomain, SignBaa
from contracts.message import Command
from contracts.seats import SetAutoAdd, SetStepUp, Swap
from contracts.vocabulary import (
    ANYONE,
    OPERATOR,
    MemberStatus,
    RejectionCode,
    domain_of,
    mailbox_of,
)
from database.postgres import is_transient
from hosting.sealing import Sealing
from services.gateway.application.accepting import Accepting
from services.gateway.application.agreements import CURRENT_TEXTS, Agreements, BaaTexts
from services.gateway.application.api_keys import ApiKeys
from services.gateway.application.auto_add_limits import AutoAddLimits
from services.gateway.application.bulk import Bulk
from services.gateway.application.callers import Callers
from services.gateway.application.card_problems import CardProblems
from services.gateway.application.codes import CodeMails, Codes
from services.gateway.application.directory import Directory
from services.gateway.application.dry_runs import DryRuns
from services.gateway.application.feed import Feed
from services.gateway.application.hashing import Hashing
from services.gateway.application.invitations import Correction, Invitations, Invitee
from services.gateway.application.inviting_many import InvitingMany
from services.gateway.application.known_browsers import KnownBrowsers
from services.gateway.application.limits import Limits
from services.gateway.application.links import Links
from services.gateway.application.list_sending import ListSending
from services.gateway.application.member_actions import MemberActions
from services.gateway.application.money import Money
from services.gateway.application.notify_listener import NotifyListener
from services.gateway.application.operations import Operations, Write, by_admin
from services.gateway.application.ports import Caller, Chassis, Listen, Publish, Stalled
from services.gateway.application.reading import Reading
from services.gateway.application.reductions import Reductions
from services.gateway.application.seat_policies import SeatPolicies
from services.gateway.application.security_log import SecurityLog
from services.gateway.application.sessions import Sessions
from services.gateway.application.sign_in import SignIn
from services.gateway.application.step_up import StepUp
from services.gateway.application.stripe_pages import StripePages
from services.gateway.application.webhooks import Webhooks
from services.gateway.domain.large_change import Size, most_amount
from services.gateway.model.agency import Principal, SeatsView
from services.gateway.model.operation import Operation
from services.gateway.model.rejected import RejectedError
from services.gateway.settings import Settings
from services.gateway.store import feed as store_feed
from services.gateway.store import reading as store_reading
from services.gateway.store import tidying as store_tidying
from services.gateway.texts.fields import amount_rule, other_baa_version

log = structlog.get_logger(__name__)

_TIDY_SECONDS = 3600.0
_OPERATOR_NAME = "operator"


class Gateway:
    """Makes the application's parts, and offers the calls that need more than one of them."""

    def __init__(
        self,
        chassis: Chassis,
        settings: Settings,
        publish: Publish,
        stalled: Stalled,
        listen: Listen,
        baa: BaaTexts = CURRENT_TEXTS,
    ) -> None:
        self.settings = settings
        self._chassis = chassis
        self._hashing = Hashing(settings.pepper.get_secret_value())
        self._sealing = Sealing(settings.sealing_keys)
        self._limits = Limits(chassis.pool, chassis.world, self._hashing)
        self.known_browsers = KnownBrowsers(chassis.pool, chassis.world, self._hashing)
        self.listener = NotifyListener(listen)
        self.security = SecurityLog()
        self.operations = Operations(chassis, self.listener, self._hashing, stalled)
        limits = settings.limits
        self.codes = Codes(
            *(chassis, self.operations, self.known_browsers, self._limits, self._hashing, self._sealing, limits),
            public_url=settings.public_url,
        )
        self.step_up = StepUp(self.operations, chassis.world.clock)
        self.code_mails = CodeMails(chassis, self.codes.requested, limits.code_mails)
        self.sessions = Sessions(chassis, self.operations, self._hashing, settings.session_lives)
        self.sign_in = SignIn(
            *(chassis, self.operations, self.sessions, self.listener, self.known_browsers, self._limits),
            hashing=self._hashing,
            allowed=limits,
            security=self.security,
        )
        self.invitations = Invitations(
            *(chassis, self.operations, self._limits, self._hashing, self._sealing, limits, settings.public_url),
            self.step_up,
        )
        self.accepting = Accepting(
            chassis, self.operations, self.sessions, self.listener, self._limits, self._hashing, limits
        )
        self.links = Links(chassis, self._hashing)
        self.api_keys = ApiKeys(chassis, self.operations, self._hashing, self.step_up)
        self.money = Money(chassis, self.operations, self._hashing, self.step_up)
        self.reading = Reading(chassis.pool, chassis.world.clock)
        self.auto_add_limits = AutoAddLimits(chassis.pool, chassis.world.clock, self.operations)
        self.reductions = Reductions(chassis.pool, self.reading, self.operations)
        self.seat_policies = SeatPolicies(chassis.pool, chassis.world.clock, self.operations)
        self.callers = Callers(self.api_keys, self.sessions, self._limits, self.security, settings)
        self.directory = Directory(chassis.pool)
        self.actions = MemberActions(self.operations, self.directory, self.invitations, self.step_up)
        self.bulk = Bulk(self.operations, self.directory, self.actions, chassis.world.new_id)
        self.list_sending = ListSending(chassis, self.operations, self.directory, self.invitations)
        self.inviting_many = InvitingMany(chassis, self.operations, self.step_up, self.money, self.list_sending)
        self.dry_runs = DryRuns(chassis, self.operations, self.money)
        self.stripe_pages = StripePages(chassis.pool, self.operations, self._sealing)
        self.card_problems = CardProblems(chassis.pool, chassis.world.clock)
        self.feed = Feed(chassis, self.listener, self.callers.own_principal)
        self.webhooks = Webhooks(settings.webhook_secrets, publish, chassis.world.clock)
        self.agreements = Agreements(chassis, baa)

    async def run(self) -> None:
        """Listen for projected changes, command code mails, and delete old rows; until cancelled."""
        async with asyncio.TaskGroup() as jobs:
            jobs.create_task(self.listener.run())
            jobs.create_task(self.code_mails.run())
            jobs.create_task(self.sessions.last_seen.run())
            jobs.create_task(self.list_sending.run())
            jobs.create_task(self._keep_tidy())
            jobs.create_task(self.security.run())

    async def tidy(self) -> None:
        """Delete the rows whose time is over."""
        longest = self.settings.session_lives.longest
        await store_tidying.forget_old(self._chassis.pool, self._chassis.world.clock(), longest)

    async def _keep_tidy(self) -> None:
        while True:
            try:
                await self.tidy()
            except Exception as away:
                if not is_transient(away):
                    raise
                log.warning("gateway.tidy_waits", error=type(away).__name__)
            await asyncio.sleep(_TIDY_SECONDS)

    def now(self) -> datetime:
        """The time, by the clock of this process."""
        return self._chassis.world.clock()

    async def open_agency(self, command: FoundAgency, key: str | None) -> Operation:
        """Open an agency (operator only). The operation's agency and member are the agency and its first admin."""
        body = command.model_dump_json()
        return await self.operations.submit(
            Write(command, self._chassis.world.new_id(), _OPERATOR_NAME, OPERATOR, key, body)
        )

    async def add_admin(self, agency_id: UUID, admin: Invitee, key: str | None) -> Operation:
        """Give an agency an admin (operator only)."""
        return await self.invitations.add_admin(agency_id, admin, _OPERATOR_NAME, key)

    async def sign_up(self, command: SignUp, caller: Caller, browser: str, key: str | None = None) -> Operation:
        """Sign a clinician up in this browser. A known address gets the same response as an unknown one.

        RejectedError: `domain_not_auto_join`, `too_many_attempts` from a network that floods, and others.
        """
        self.operations.check_bus()
        limits = self.settings.limits
        agency = await store_reading.agency_of_domain(self._chassis.pool, domain_of(command.email))
        if agency is None:
            await self._limits.take([(limits.sign_ups_of_network, caller.network)])
            raise RejectedError(RejectionCode.DOMAIN_NOT_AUTO_JOIN, {"domain": domain_of(command.email)})
        browser_hash = self._hashing.of("browser", browser)
        body = command.model_dump_json()
        write = Write(command, agency.id, caller.network_name, ANYONE, key, body, browser_hash=browser_hash)
        # Nothing is counted by address: a stranger's sign-ups would use up those of the address's owner.
        known = await self.known_browsers.known(mailbox_of(command.email), caller.browser)
        subjects = [] if known else [(limits.sign_ups_of_network, caller.network)]
        try:
            async with self._limits.counted(subjects):
                return await self.operations.submit(write)
        except RejectedError as rejection:
            if rejection.code != RejectionCode.TOO_MANY_ATTEMPTS or not await self.operations.is_repeated(write):
                raise
            # A repeated key asks how the sign-up went: it is no other sign-up, and is not limited.
            return await self.operations.submit(write)

    async def set_auto_add(self, principal: Principal, key: str | None, *, enabled: bool) -> Operation:
        """Switch Auto-Add. RejectedError `baa_unsigned` (only for ON)."""
        return await self._by_admin(principal, SetAutoAdd(enabled=enabled), key)

    async def set_step_up(self, principal: Principal, size: Size, key: str | None) -> Operation:
        """Set the size above which a change needs a fresh code. RejectedError `fresh_code_required` and others."""
        currency = principal.agency.currency
        if size.amount > most_amount(currency):
            raise RejectedError(RejectionCode.INVALID_REQUEST, errors={"amount": amount_rule(currency)})
        await self.step_up.size(principal, size, key)
        return await self._by_admin(principal, SetStepUp(seats=size.seats, amount=size.amount, currency=currency), key)

    async def sign_baa(self, principal: Principal, command: SignBaa, key: str | None) -> Operation:
        """Sign the BAA, in its current version."""
        current = self.agreements.current
        if command.version != current:
            raise RejectedError(RejectionCode.INVALID_REQUEST, errors={"version": other_baa_version(current)})
        return await self._by_admin(principal, command, key)

    async def correct(
        self, principal: Principal, member_id: UUID, correction: Correction, key: str | None
    ) -> Operation:
        """Correct a member's name, seat type or address. The seat type alone of an Active member is a swap."""
        subject = await self.directory.member(principal, member_id)
        if subject is None:
            raise RejectedError(RejectionCode.UNKNOWN_MEMBER)
        seat_type = correction.seat_type
        if (
            seat_type is not None
            and subject.status is MemberStatus.ACTIVE
            and correction == Correction(None, seat_type)
        ):
            return await self.actions.swap(principal, Swap(member_id=member_id, seat_type=seat_type), key)
        return await self.invitations.correct(principal, member_id, correction, key)

    async def set_domain(self, principal: Principal, domain: str, key: str | None) -> Operation:
        """Set the auto-join domain. RejectedError `domain_taken`, `public_domain`, `domain_not_proven` and others."""
        return await self._by_admin(principal, SetDomain(domain=domain), key)

    async def rename(self, principal: Principal, name: str, key: str | None) -> Operation:
        """Give the agency another name. RejectedError `baa_unsigned` and others."""
        return await self._by_admin(principal, RenameAgency(name=name), key)

    async def _by_admin(
        self, principal: Principal, command: Command, key: str | None, *, secret: bool = False
    ) -> Operation:
        return await self.operations.submit(by_admin(principal, command, key, secret=secret))

    async def operation(self, operation_id: UUID, caller: Caller, *, operator: bool) -> Operation:
        """An operation of this caller. RejectedError `unknown_operation` for another caller's."""
        operation = await self.operations.look(operation_id)
        principal = await self.callers.principal(caller)
        if principal is None and not operator:
            self.callers.note_dead_key(caller)
        if operation is not None:
            mine = (
                principal is not None
                and operation.member_id == principal.member.id
                and operation.agency_id == principal.agency.id
            )
            names = {caller.name, caller.network_name, *((_OPERATOR_NAME,) if operator else ())}
            if mine or operation.caller in names:
                return operation
        raise RejectedError(RejectionCode.UNKNOWN_OPERATION)

    async def position(self, principal: Principal) -> int:
        """The position of the agency's feed: a page that is read now shows all changes up to it."""
        return await store_feed.newest(self._chassis.pool, principal.agency.id)

    async def seats(self, principal: Principal) -> SeatsView:
        """The agency's seats and Auto-Add."""
        seats = await store_reading.seats(self._chassis.pool, principal.agency.id)
        if seats is None:
            raise RejectedError(RejectionCode.NOT_SIGNED_IN)
        return seats
