"""Codes for signing in: every address gets the same rows and the same response; the mail is commanded afterwards.

The time of a response must not reveal whether a member has the address. A request beyond the limits of code mails gets
the same response too: nothing is mailed, and the code that the browser has stays good.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from chassis.actor import ActorContext, LocalCommand
from contracts.notifier import Advise, Send
from contracts.vocabulary import ANYONE, RejectionCode, mailbox_of
from database.postgres import is_transient
from hosting.sealing import Sealing
from services.gateway.application.batcher import Batcher
from services.gateway.application.hashing import Hashing, new_code, new_link_token, new_token
from services.gateway.application.known_browsers import KnownBrowsers
from services.gateway.application.limits import LIMITED, Limits
from services.gateway.application.operations import Operations
from services.gateway.application.ports import Caller, Chassis
from services.gateway.domain.code_guessing import CODE_LIFE
from services.gateway.domain.code_mails import LINK_LIFE, CodeMailLimits, is_one_spelling_too_many
from services.gateway.domain.idempotency import OperationState, command_id
from services.gateway.model.changes import AgencyChanges
from services.gateway.model.login_codes import CodeToMail, NewCode
from services.gateway.model.operation import Operation
from services.gateway.model.rejected import RejectedError
from services.gateway.model.requests import CodeMailRequest
from services.gateway.settings import RequestLimits
from services.gateway.store import login_codes as store_login_codes
from telemetry.logs import where_raised

log = structlog.get_logger(__name__)

NOBODY = UUID(int=0)
"""The agency of callers without an agency: their operations are recorded under it."""
KIND = "gateway.login_codes"
_MAILS_AT_ONCE = 500
_BACKSTOP_SECONDS = 5.0
_SHORTEST_LIFE = timedelta(minutes=1)
"""A code that expires sooner is not mailed: it would arrive too late."""


@dataclass(slots=True)
class Codes:
    """Records codes for the browsers that request them; the codes of one moment share a transaction."""

    chassis: Chassis
    operations: Operations
    known_browsers: KnownBrowsers
    limits: Limits
    hashing: Hashing
    sealing: Sealing
    allowed: RequestLimits
    public_url: str
    requested: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _batcher: Batcher[NewCode, Operation | None] = field(init=False)

    def __post_init__(self) -> None:
        """Make the batcher, which needs the method of this object."""
        self._batcher = Batcher(self._record)

    async def ask(self, email: str, caller: Caller, key: str | None = None) -> str:
        """Have a code mailed to exactly this address, if somebody signs in with it. Return the browser's token.

        If a member signs in with another spelling of the mailbox, the mail says with which.

        RejectedError: `too_many_attempts` from a network that floods, `bus_unavailable`, or `idempotency_key_reused`.
        """
        self.operations.check_bus()
        mailbox = mailbox_of(email)
        known = await self.known_browsers.known(mailbox, caller.browser)
        browser = caller.browser or new_token()
        # A network is never the owner's alone: a known browser does not depend on it.
        network = [] if known else [(self.allowed.codes_of_network, caller.network)]
        async with self.limits.counted(network):
            code = self._new_code(email, browser, caller, known, self._operation(email, caller, key))
            earlier = await self._batcher.do(code)
        if earlier is not None:
            self.operations.check_replay(earlier, code.operation.fingerprint)
            if caller.browser is None:
                # The first response carried the browser's token, which is given once.
                raise RejectedError(RejectionCode.ALREADY_ANSWERED)
        self.requested.set()
        return browser

    def _operation(self, email: str, caller: Caller, key: str | None) -> Operation:
        return Operation(
            id=self.chassis.world.new_id() if key is None else command_id(caller.name, key),
            agency_id=NOBODY,
            caller=caller.name,
            kind=KIND,
            fingerprint=self.hashing.of("body", KIND, email),
            secret=False,
            state=OperationState.DONE,
        )

    def _new_code(self, email: str, browser: str, caller: Caller, known: bool, operation: Operation) -> NewCode:  # noqa: FBT001  passed on
        now = self.chassis.world.clock()
        code_id = self.chassis.world.new_id()
        code, token = new_code(), new_link_token()
        return NewCode(
            id=code_id,
            browser_hash=self.hashing.of("browser", browser),
            network_hash=self.hashing.of("network", caller.network),
            known=known,
            mailbox=mailbox_of(email),
            email=email,
            code_hash=self.hashing.of("code", str(code_id), code),
            link_hash=self.hashing.of("link", token),
            sealed=self.sealing.seal({"code": code, "link": f"{self.public_url}/login/{token}"}),
            created_at=now,
            expires_at=now + CODE_LIFE,
            operation=operation,
        )

    async def _record(self, group: list[NewCode]) -> list[Operation | None]:
        now = self.chassis.world.clock()
        recorded = await store_login_codes.record_codes(self.chassis.pool, group, self.allowed.code_mails, now)
        LIMITED.labels("code_mails").inc(recorded.beyond_limits)
        return [recorded.earlier.get(code.id) for code in group]


class CodeMails:
    """Sends the commands for the codes' mails, beside the requests and never during one."""

    def __init__(self, chassis: Chassis, requested: asyncio.Event, limits: CodeMailLimits) -> None:
        self._chassis = chassis
        self._requested = requested
        self._limits = limits

    async def run(self) -> None:
        """Command mails when codes are requested. A slow look as well finds codes that another process left behind."""
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
                    await self._requested.wait()
            except TimeoutError:
                continue
            self._requested.clear()

    async def run_once(self) -> int:
        """Command the mails that are due; return how many codes were looked at."""
        now = self._chassis.world.clock()
        due = await store_login_codes.codes_to_mail(self._chassis.pool, _MAILS_AT_ONCE, now)
        mails = [(code, mail) for code in self._still_due(due, now) if (mail := self._mail(code))]
        if mails:
            results = await self._chassis.execute([mail for _, mail in mails])
            faults = [fault for fault in results if isinstance(fault, Exception)]
            for fault in faults:
                log.error("gateway.code_mail_failed", where=where_raised(fault))
            # A mail that can never be commanded is forgotten: it would stand before the mails of others for ever.
            mails = [mail for mail, result in zip(mails, results, strict=True) if not isinstance(result, Exception)]
        to_mail = {code.code_id for code, _ in mails}
        if rest := [code.code_id for code in due if code.code_id not in to_mail]:
            await store_login_codes.forget_mails(self._chassis.pool, rest)
        return len(due)

    def _still_due(self, due: Sequence[CodeToMail], now: datetime) -> Iterator[CodeToMail]:
        """The codes that are mailed: not those that would arrive too late, or to one spelling of a mailbox too many."""
        spellings: Counter[str] = Counter()
        for code in due:
            mailed = code.spellings_mailed + spellings[code.mailbox]
            if now >= code.expires_at - _SHORTEST_LIFE or is_one_spelling_too_many(
                code.email, code.mailbox, mailed, self._limits, is_proven=code.is_proven
            ):
                continue
            if code.email != code.mailbox and code.member_id is not None:
                spellings[code.mailbox] += 1
            yield code

    def _mail(self, code: CodeToMail) -> LocalCommand | None:
        member_id, agency_id, email, is_theirs = code.member_id, code.agency_id, code.email, code.is_theirs
        if member_id is None or agency_id is None:
            return None
        request = CodeMailRequest(code.code_id)

        def decide(_changes: AgencyChanges, ctx: ActorContext) -> None:
            if (taken := request.code) is None:
                return
            if not is_theirs:
                ctx.send(Advise(member_id=member_id, email=email))
            else:
                link_expires_at = taken.created_at + LINK_LIFE
                ctx.send(
                    Send(
                        member_id=member_id,
                        email=email,
                        sealed=taken.sealed,
                        expires_at=taken.expires_at,
                        link_expires_at=link_expires_at,
                    )
                )

        new_id = self._chassis.world.new_id()
        return LocalCommand(agency_id, request, decide, ANYONE, new_id, new_id)
