"""The access to a Kafka cluster, for every kind of client, and why a broker refuses it."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiokafka.abc import AbstractTokenProvider
from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    IllegalSaslStateError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)

_REFUSED = (AuthenticationFailedError, IllegalSaslStateError, SaslAuthenticationFailed, UnsupportedSaslMechanismError)
_TRY_SECONDS = 5
_ALERT_SECONDS = 1.0
"""How long a broker may take to reject a certificate. One that accepts it sends nothing before the first request."""


class AccessRefusedError(Exception):
    """A broker answers, and does not let us in. The message is a sentence for the operator, without a secret."""


@dataclass(frozen=True, slots=True)
class Sasl:
    """How a client names itself beside its certificate: by user and password, or by `tokens`."""

    mechanism: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tokens: AbstractTokenProvider | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class KafkaAccess:
    """Where the cluster is (`host:port`, comma-separated), and how a client proves who it is."""

    bootstrap: str
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    sasl: Sasl | None = None

    @property
    def options(self) -> dict[str, Any]:
        """The arguments of every client of aiokafka beside the addresses."""
        protocol = "SSL" if self.tls is not None else "PLAINTEXT"
        if self.sasl is None:
            return {"security_protocol": protocol, "ssl_context": self.tls}
        return {
            "security_protocol": f"SASL_{protocol}",
            "ssl_context": self.tls,
            "sasl_mechanism": self.sasl.mechanism,
            "sasl_plain_username": self.sasl.username,
            "sasl_plain_password": self.sasl.password,
            "sasl_oauth_token_provider": self.sasl.tokens,
        }

    async def check(self) -> None:
        """AccessRefusedError if a broker answers and refuses us. A broker that is away refuses nobody."""
        for host, port, _ in collect_hosts(self.bootstrap):
            if why := await self._why_refused(host, port):
                raise AccessRefusedError(f"Kafka at {host}:{port} refuses the connection: {why}")

    async def _why_refused(self, host: str, port: int) -> str | None:
        try:
            await self._shake_hands(host, port)
            connection = await create_conn(host, port, request_timeout_ms=_TRY_SECONDS * 1000, **self.options)
        except _REFUSED as refused:
            return f"{_first_line(refused)} See HEADCOUNT_KAFKA_MECHANISM, _USERNAME and _PASSWORD."
        except ssl.SSLCertVerificationError as unknown:
            return f"its certificate is not valid here ({unknown.verify_message}). See HEADCOUNT_KAFKA_CA_FILE."
        except ssl.SSLError as wrong:
            return f"TLS failed ({wrong.reason}). See HEADCOUNT_KAFKA_SECURITY, _CERT_FILE and _KEY_FILE."
        except (KafkaError, OSError, TimeoutError):
            return None
        connection.close()
        return None

    async def _shake_hands(self, host: str, port: int) -> None:
        """SSLError if the broker rejects our certificate, which it says only after the handshake (TLS 1.3)."""
        if self.tls is None:
            return
        async with asyncio.timeout(_TRY_SECONDS):
            reader, writer = await asyncio.open_connection(host, port, ssl=self.tls)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(_ALERT_SECONDS):
                    await reader.read(1)
        finally:
            writer.close()


def _first_line(fault: Exception) -> str:
    reason = next((str(part) for part in fault.args if part), "it does not take this user")
    return reason.splitlines()[0].rstrip(".") + "."
