"""The gateway without HTTP: every call that a person or program can make, for the API and the pages alike."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest
from pathlib import Path
from uuid import UUID

import structlog

from chassis.postgres import is_transient
from chassis.sealing import SealBrokenError, Sealing
from contracts.billing import OpenPortal
from contracts.members import ChangeRole, FoundAgency, Remove, SetDomain, SignBaa, SignUp
from contracts.message import Command
from contracts.seats import SetAutoAdd, Swap
from contracts.vocabulary import (
    ANYONE,
    BAA_VERSION,
    OPERATOR,
    MemberStatus,
    RejectionCode,
    domain_of,
    mailbox_of,
    member,
)
from services.gateway.application.accepting import Accepting
from services.gateway.application.api_keys import ApiKeys
from services.gateway.application.codes import CodeMails, Codes
from services.gateway.application.feed import Feed
from services.gateway.application.hashing import Hashing
from services.gateway.application.invitations import Invitations, Invitee
from services.gateway.application.limits import Limits
from services.gateway.application.member_list import Page, page_of_members
from services.gateway.application.money import Money
from services.gateway.application.notify_listener import NotifyListener
from services.gateway.application.operations import Operations, Write
from services.gateway.application.ports import Caller, Chassis, Listen, Publish, Stalled
from services.gateway.application.reading import Reading
from services.gateway.application.rejected import RejectedError
from services.gateway.application.sessions import Sessions
from services.gateway.application.sign_in import SignIn
from services.gateway.application.webhooks import Webhooks
from services.gateway.domain.session_rights import Need, refusal
from services.gateway.model.request_state import Operation
from services.gateway.settings import Settings
from services.gateway.store import reading as store_reading
from services.gateway.store import sign_in as store_sign_in
from services.gateway.store.reading import Member, Principal, SeatsView, Signature

log = structlog.get_logger(__name__)

_BAA_TEXT = Path(__file__).parent.parent / "legal" / f"baa-{BAA_VERSION}.md"
_TIDY_SECONDS = 3600.0
_OPERATOR_NAME = "operator"


@dataclass(frozen=True, slots=True)
class Baa:
    """The BAA's text, and who signed it, if anybody has."""

    version: str
    text: str
    signature: Signature | None


class Gateway:
    """Wires the application together."""

    def __init__(
        self, chassis: Chassis, settings: Settings, publish: Publish, stalled: Stalled, listen: Listen
    ) -> None:
        self.settings = settings
        self._chassis = chassis
        self._hashing = Hashing(settings.pepper.get_secret_value())
        self._sealing = Sealing(settings.sealing_keys)
        self._limits = Limits(chassis.pool, chassis.world, self._hashing)
        self.listener = NotifyListener(listen)
        self.operations = Operations(chassis, self.listener, self._hashing, stalled)
        limits = settings.limits
        self.codes = Codes(
            chassis, self.operations, self._limits, self._hashing, self._sealing, limits, settings.public_url
        )
        self.code_mails = CodeMails(chassis, self.codes.asked)
        life = timedelta(days=settings.session_days)
        self.sessions = Sessions(chassis, self.operations, self._hashing, life)
        self.sign_in = SignIn(
            chassis, self.operations, self.sessions, self.listener, self._limits, self._hashing, limits
        )
        self.invitations = Invitations(
            *(chassis, self.operations, self._limits, self._hashing, self._sealing, limits, settings.public_url)
        )
        self.accepting = Accepting(
            chassis, self.operations, self.sessions, self.listener, self._limits, self._hashing, limits
        )
        self.api_keys = ApiKeys(chassis, self.operations, self._hashing)
        self.money = Money(self.operations, self._hashing)
        self.reading = Reading(chassis.pool, chassis.world.clock)
        self.feed = Feed(chassis, self.listener, self.principal)
        self.webhooks = Webhooks(settings.webhook_secrets, publish, chassis.world.clock)
        self._baa_text = _BAA_TEXT.read_text()

    async def run(self) -> None:
        """Listen for what is projected, order code mails, forget what is old; until cancelled."""
        async with asyncio.TaskGroup() as jobs:
            jobs.create_task(self.listener.run())
            jobs.create_task(self.code_mails.run())
            jobs.create_task(self._keep_tidy())

    async def tidy(self) -> None:
        """Forget what is old."""
        await store_sign_in.forget_old(self._chassis.pool, self._chassis.world.clock())

    async def _keep_tidy(self) -> None:
        while True:
            try:
                await self.tidy()
            except Exception as away:
                if not is_transient(away):
                    raise
                log.warning("gateway.tidy_waits", error=type(away).__name__)
            await asyncio.sleep(_TIDY_SECONDS)

    async def principal(self, caller: Caller) -> Principal | None:
        """Who makes this call, as they stand now; None when it is nobody. A key counts before a session."""
        if caller.key is not None:
            return await self.api_keys.principal(caller.key)
        return await self.sessions.principal(caller.session)

    async def signed_in(self, caller: Caller, need: Need) -> Principal:
        """Who makes this call; RejectedError when nobody is signed in, or who is may not."""
        who = await self.principal(caller)
        if who is None:
            raise RejectedError(
                RejectionCode.NOT_SIGNED_IN, {"credential": None if caller.key is None else "dead_api_key"}
            )
        if (no := refusal(need, who.member.status, who.member.role)) is not None:
            raise RejectedError(no)
        return who

    def is_operator(self, key: str | None) -> bool:
        """Whether this is the operator's key."""
        return compare_digest((key or "").encode(), self.settings.operator_key.get_secret_value().encode())

    async def open_agency(self, command: FoundAgency, key: str | None) -> Operation:
        """Open an agency (operator only). The operation's agency and member are the agency and its first admin."""
        body = command.model_dump_json()
        return await self.operations.submit(
            Write(command, self._chassis.world.new_id(), _OPERATOR_NAME, OPERATOR, key, body)
        )

    async def add_admin(self, agency_id: UUID, wanted: Invitee, key: str | None) -> Operation:
        """Give an agency an admin (operator only)."""
        return await self.invitations.add_admin(agency_id, wanted, _OPERATOR_NAME, key)

    async def sign_up(self, command: SignUp, caller: Caller, key: str | None = None) -> Operation:
        """A clinician signs up. The answer for an address that is known already is the same.

        RejectedError: `domain_not_auto_join`, `too_many_attempts` …
        """
        self.operations.check_bus()
        limits = self.settings.limits
        agency = await store_reading.agency_of_domain(self._chassis.pool, domain_of(command.email))
        if agency is None:
            await self._limits.take((("sign-up-network", caller.network, limits.sign_ups_per_network),))
            raise RejectedError(RejectionCode.DOMAIN_NOT_AUTO_JOIN, {"domain": domain_of(command.email)})
        write = Write(command, agency.id, caller.name, ANYONE, key, command.model_dump_json())
        subjects = (
            ("sign-up-address", mailbox_of(command.email), limits.sign_ups_per_address),
            ("sign-up-network", caller.network, limits.sign_ups_per_network),
            ("sign-up-agency", str(agency.id), limits.sign_ups_per_agency),
        )
        try:
            async with self._limits.counted(subjects):
                return await self.operations.submit(write)
        except RejectedError as refused:
            if refused.code != RejectionCode.TOO_MANY_ATTEMPTS or not await self.operations.is_repeated(write):
                raise
            # Whoever asks again and again how it went, by the same key, is no other sign-up.
            return await self.operations.submit(write)

    async def set_auto_add(self, who: Principal, key: str | None, *, enabled: bool) -> Operation:
        """Switch Auto-Add. RejectedError `baa_unsigned` (only for ON)."""
        return await self._by_admin(who, SetAutoAdd(enabled=enabled), key)

    async def sign_baa(self, who: Principal, command: SignBaa, key: str | None) -> Operation:
        """Sign the BAA, in its current version."""
        if command.version != BAA_VERSION:
            raise RejectedError(
                RejectionCode.INVALID_REQUEST,
                errors={"version": f"The current version is {BAA_VERSION}. Read it, then sign it."},
            )
        return await self._by_admin(who, command, key)

    async def change_role(self, who: Principal, command: ChangeRole, key: str | None) -> Operation:
        """Make an Active member an admin, or a clinician again. RejectedError `last_admin` and others."""
        return await self._by_admin(who, command, key)

    async def remove(self, who: Principal, member_id: UUID, key: str | None) -> Operation:
        """Remove a member. RejectedError `last_admin` and others."""
        return await self._by_admin(who, Remove(member_id=member_id), key)

    async def swap(self, who: Principal, command: Swap, key: str | None) -> Operation:
        """Give an Active member a seat of the other type. RejectedError `no_seat_available` and others."""
        # seats knows who holds a seat and nobody else: whether there is such a member is known here.
        found = await self.member(who, command.member_id)
        if found is None:
            raise RejectedError(RejectionCode.UNKNOWN_MEMBER)
        try:
            return await self._by_admin(who, command, key)
        except RejectedError as refused:
            if refused.code == RejectionCode.WRONG_STATUS and found.status is not MemberStatus.ACTIVE:
                raise RejectedError(refused.code, {"status": found.status.value, **refused.figures}) from None
            raise

    async def set_domain(self, who: Principal, domain: str, key: str | None) -> Operation:
        """Set the auto-join domain. RejectedError `domain_taken`, `public_domain`, `domain_not_proven` and others."""
        return await self._by_admin(who, SetDomain(domain=domain), key)

    async def open_portal(self, who: Principal, key: str | None, command: OpenPortal | None = None) -> Operation:
        """Open Stripe's billing portal; the address is then fetched once, with `portal_url`."""
        return await self._by_admin(who, command or OpenPortal(), key, secret=True)

    async def portal_url(self, operation: Operation) -> str:
        """The portal's address, given once. RejectedError `already_answered` afterwards."""
        sealed = await store_reading.take_sealed(self._chassis.pool, operation.id)
        if sealed is None:
            raise RejectedError(RejectionCode.ALREADY_ANSWERED)
        try:
            return self._sealing.open(sealed)["url"]
        except (SealBrokenError, KeyError) as broken:
            raise RejectedError(RejectionCode.ALREADY_ANSWERED) from broken

    async def _by_admin(self, who: Principal, command: Command, key: str | None, *, secret: bool = False) -> Operation:
        actor = member(who.member.id)
        body = command.model_dump_json()
        return await self.operations.submit(Write(command, who.agency.id, str(actor), actor, key, body, secret))

    async def operation(self, operation_id: UUID, caller: Caller, *, operator: bool) -> Operation:
        """An operation of whoever asks; another's is RejectedError `unknown_operation`."""
        found = await self.operations.look(operation_id)
        who = await self.principal(caller)
        if found is not None:
            mine = who is not None and found.member_id == who.member.id and found.agency_id == who.agency.id
            if mine or found.caller == caller.name or (operator and found.caller == _OPERATOR_NAME):
                return found
        raise RejectedError(RejectionCode.UNKNOWN_OPERATION)

    async def person(self, member_id: UUID) -> Principal | None:
        """A member and the agency, as they stand now."""
        return await store_reading.person(self._chassis.pool, member_id)

    async def member(self, who: Principal, member_id: UUID) -> Member | None:
        """A member of the agency, as the row stands now; another agency's is None."""
        found = await store_reading.members_by_id(self._chassis.pool, who.agency.id, [member_id])
        return found[0] if found else None

    async def subject(self, who: Principal, operation: Operation) -> Member | None:
        """The member whom an operation was about, as the row stands now; None while it is not over."""
        named = operation.figures.get("member_id")
        return None if named is None else await self.member(who, UUID(str(named)))

    async def members(
        self, who: Principal, *, status: MemberStatus | None, q: str | None, cursor: str | None, limit: int
    ) -> Page:
        """A page of the agency's members: the Blocked first, then by name; the removed only when asked for."""
        pool, agency_id = self._chassis.pool, who.agency.id
        return await page_of_members(pool, agency_id, status=status, q=q, cursor=cursor, limit=limit)

    async def members_shown(self, who: Principal, ids: Sequence[UUID]) -> tuple[Member, ...]:
        """These members as they stand now, in the given order; another agency's are left out."""
        found = {one.id: one for one in await store_reading.members_by_id(self._chassis.pool, who.agency.id, list(ids))}
        return tuple(found[one] for one in ids if one in found)

    async def admins(self, who: Principal) -> list[tuple[UUID, str]]:
        """The agency's admins by name, those who are removed included."""
        return await store_reading.admins(self._chassis.pool, who.agency.id)

    async def has_one_admin(self, who: Principal) -> bool:
        """Whether a single Active admin is left, who can be neither demoted nor removed."""
        return await store_reading.active_admins(self._chassis.pool, who.agency.id) == 1

    async def position(self, who: Principal) -> int:
        """How far the agency's feed is: what a page read now shows, and `Last-Event-ID` to go on from."""
        return await store_reading.newest_news(self._chassis.pool, who.agency.id)

    async def seats(self, who: Principal) -> SeatsView:
        """The agency's seats and Auto-Add."""
        seats = await store_reading.seats(self._chassis.pool, who.agency.id)
        if seats is None:
            raise RejectedError(RejectionCode.NOT_SIGNED_IN)
        return seats

    async def baa(self, who: Principal) -> Baa:
        """The BAA's text, and the agency's signature."""
        signature = await store_reading.signature(self._chassis.pool, who.agency.id)
        return Baa(BAA_VERSION, self._baa_text, signature)
