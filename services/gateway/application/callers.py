"""The caller of a request: the member behind a session, an API key or a bearer token, or the operator."""

from __future__ import annotations

from hmac import compare_digest

from contracts.vocabulary import (
    RejectionCode,
)
from services.gateway.application.api_keys import ApiKeys
from services.gateway.application.limits import Limits
from services.gateway.application.ports import Caller
from services.gateway.application.security_log import SecurityEvent, SecurityLog
from services.gateway.application.sessions import Sessions
from services.gateway.application.step_up import check_rights
from services.gateway.domain.gateway_codes import INSUFFICIENT_SCOPE
from services.gateway.domain.request_limits import Limit
from services.gateway.domain.session_rights import OF_BEARER_TOKENS, Need
from services.gateway.model.agency import Principal
from services.gateway.model.rejected import RejectedError
from services.gateway.settings import Settings


class Callers:
    """Reads who makes a call, and rejects calls without the right."""

    def __init__(
        self, api_keys: ApiKeys, sessions: Sessions, limits: Limits, security: SecurityLog, settings: Settings
    ) -> None:
        self._api_keys = api_keys
        self._sessions = sessions
        self._limits = limits
        self._security = security
        self.settings = settings

    async def principal(self, caller: Caller) -> Principal | None:
        """The member who makes this call, read now; None without a credential. A key counts before a session.

        RejectedError for a bearer token, whatever it may open: only the calls of `own_principal` take one.
        """
        if caller.bearer is not None:
            raise RejectedError(INSUFFICIENT_SCOPE)
        if caller.key is not None:
            return await self._api_keys.principal(caller.key)
        return await self._sessions.of_browser(caller)

    async def own_principal(self, caller: Caller) -> Principal | None:
        """The member who makes a call about the own row alone, with a bearer token or any other credential."""
        if caller.bearer is not None:
            return await self._sessions.of_bearer(caller)
        return await self.principal(caller)

    async def signed_in(self, caller: Caller, need: Need) -> Principal:
        """The member who makes this call. RejectedError when the caller is not signed in or lacks the right."""
        principal = await (self.own_principal if need in OF_BEARER_TOKENS else self.principal)(caller)
        if principal is None:
            self.note_dead_key(caller)
            raise RejectedError(RejectionCode.NOT_SIGNED_IN, {"credential": await self._dead_credential(caller)})
        check_rights(principal, need)
        return principal

    async def _dead_credential(self, caller: Caller) -> str | None:
        """The kind of a credential that opens nothing; an expired key differs from a revoked one."""
        if caller.key is not None and await self._api_keys.has_expired(caller.key):
            return "expired_api_key"
        return caller.dead_credential

    def note_dead_key(self, caller: Caller) -> None:
        """Add a credential that opens nothing to the security log."""
        if caller.dead_credential is not None:
            self._security.note(SecurityEvent.API_KEY, caller.network)

    def is_operator(self, key: str | None) -> bool:
        """Whether this is one of the operator's keys. The comparison takes the same time for every key."""
        sent = (key or "").encode()
        return sum(compare_digest(sent, valid.encode()) for valid in self.settings.operator_keys) > 0

    async def check_operator(self, caller: Caller) -> None:
        """RejectedError unless the caller has one of the operator's keys.

        Wrong keys are limited by network; a right key always works, so that nobody can lock the operator out.
        """
        if self.is_operator(caller.key):
            return
        if caller.dead_credential is not None:
            self._security.note(SecurityEvent.OPERATOR_KEY, caller.network)
            most = self.settings.wrong_operator_keys_per_network
            await self._limits.take([(Limit("wrong_operator_keys", most), caller.network)])
        raise RejectedError(RejectionCode.NOT_SIGNED_IN, {"credential": "operator_key"})
