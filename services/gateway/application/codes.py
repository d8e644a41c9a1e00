"""Asking for a code: the same rows and the same answer for every address; the mail is ordered afterwards."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import structlog

from chassis.actor import ActorContext, LocalCommand
from chassis.postgres import is_transient
from chassis.sealing import Sealing
from contracts.notifier import Send
from contracts.vocabulary import ANYONE, RejectionCode, domain_of, mailbox_of
from services.gateway.application.batcher import Batcher
from services.gateway.application.hashing import Hashing, new_code, new_link_token, new_token
from services.gateway.application.limits import Limits
from services.gateway.application.operations import Operations
from services.gateway.application.ports import Caller, Chassis
from services.gateway.application.rejected import RejectedError
from services.gateway.domain.code_guessing import CODE_LIFE
from services.gateway.domain.idempotency import OperationState, command_id
from services.gateway.model.changes import AgencyChanges
from services.gateway.model.request_state import Claim, MailCode, Operation
from services.gateway.settings import RequestLimits
from services.gateway.store import sign_in as store_sign_in
from services.gateway.store.sign_in import NewCode, ToMail

log = structlog.get_logger(__name__)

NOBODY = UUID(int=0)
"""The agency of those who have none: what they ask is recorded under it."""
KIND = "gateway.login_codes"
_MAILS_AT_ONCE = 500
_BACKSTOP_SECONDS = 5.0


@dataclass(slots=True)
class Codes:
    """Takes requests for codes."""

    chassis: Chassis
    operations: Operations
    limits: Limits
    hashing: Hashing
    sealing: Sealing
    allowed: RequestLimits
    public_url: str
    asked: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _together: Batcher[NewCode, Operation | None] = field(init=False)

    def __post_init__(self) -> None:
        """Codes of one moment are recorded together."""
        self._together = Batcher(self._record)

    async def ask(self, email: str, caller: Caller, key: str | None = None) -> str:
        """Have a code mailed, if anybody has this address. Answers the token that the browser is to carry.

        RejectedError: `too_many_attempts`, `bus_unavailable`, or an `Idempotency-Key` used otherwise.
        """
        self.operations.check_bus()
        mailbox = mailbox_of(email)
        subjects = (
            ("code-address", mailbox, self.allowed.codes_per_address),
            ("code-network", caller.network, self.allowed.codes_per_network),
            ("code-domain", domain_of(email), self.allowed.codes_per_domain),
        )
        async with self.limits.counted(subjects):
            browser = caller.browser or new_token()
            code = self._new_code(mailbox, browser, self._claim(mailbox, caller, key))
            earlier = await self._together.do(code)
        if earlier is not None:
            self.operations.check_replay(earlier, code.claim.operation.fingerprint)
            if caller.browser is None:
                # The first answer carried the browser's token, and it is not given twice.
                raise RejectedError(RejectionCode.ALREADY_ANSWERED)
        self.asked.set()
        return browser

    def _claim(self, mailbox: str, caller: Caller, key: str | None) -> Claim:
        operation = Operation(
            id=self.chassis.world.new_id() if key is None else command_id(caller.name, key),
            agency_id=NOBODY,
            caller=caller.name,
            kind=KIND,
            fingerprint=self.hashing.of("body", KIND, mailbox),
            secret=False,
            state=OperationState.DONE,
        )
        return Claim(operation, ())

    def _new_code(self, mailbox: str, browser: str, claim: Claim) -> NewCode:
        now = self.chassis.world.clock()
        code_id = self.chassis.world.new_id()
        code, token = new_code(), new_link_token()
        return NewCode(
            id=code_id,
            browser_hash=self.hashing.of("browser", browser),
            mailbox=mailbox,
            code_hash=self.hashing.of("code", str(code_id), code),
            link_hash=self.hashing.of("link", token),
            sealed=self.sealing.seal({"code": code, "link": f"{self.public_url}/login/{token}"}),
            created_at=now,
            expires_at=now + CODE_LIFE,
            claim=claim,
        )

    async def _record(self, group: list[NewCode]) -> list[Operation | None]:
        earlier = await store_sign_in.record_codes(self.chassis.pool, group, self.chassis.world.clock())
        return [earlier.get(one.claim.operation.id) for one in group]


class CodeMails:
    """Commands the mails of codes that were asked for; never while somebody waits: the time would tell."""

    def __init__(self, chassis: Chassis, asked: asyncio.Event) -> None:
        self._chassis = chassis
        self._asked = asked

    async def run(self) -> None:
        """Order mails when codes are asked for; a slow look behind it takes what another process left."""
        while True:
            try:
                while await self.run_once() == _MAILS_AT_ONCE:
                    pass
            except Exception as away:
                if not is_transient(away):
                    raise
                log.warning("gateway.code_mails_wait", error=type(away).__name__)
            try:
                async with asyncio.timeout(_BACKSTOP_SECONDS):
                    await self._asked.wait()
            except TimeoutError:
                continue
            self._asked.clear()

    async def run_once(self) -> int:
        """Order the mails that are due; answers how many codes were looked at."""
        due = await store_sign_in.codes_to_mail(self._chassis.pool, _MAILS_AT_ONCE)
        now = self._chassis.world.clock()
        known = [one for one in due if one.member_id is not None and now < one.expires_at - timedelta(minutes=1)]
        to_mail = {one.code_id for one in known}
        acts = [act for one in known if (act := self._act(one)) is not None]
        if acts:
            await self._chassis.execute(acts)
        if nobodys := [one.code_id for one in due if one.code_id not in to_mail]:
            await store_sign_in.forget_mails(self._chassis.pool, nobodys)
        return len(due)

    def _act(self, one: ToMail) -> LocalCommand | None:
        member_id, email = one.member_id, one.email
        if member_id is None or one.agency_id is None or email is None:
            return None

        def decide(changes: AgencyChanges, ctx: ActorContext) -> None:
            taken = changes.request_state.to_mail.get(one.code_id)
            if taken is not None:
                ctx.send(Send(member_id=member_id, email=email, sealed=taken.sealed, expires_at=taken.expires_at))

        new_id = self._chassis.world.new_id()
        return LocalCommand(one.agency_id, MailCode(one.code_id), decide, ANYONE, new_id, new_id)
