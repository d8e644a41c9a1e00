"""The settings of each service in the local world: the same environment variables that a container gets."""

import os
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from contracts.vocabulary import Service
from deploy.local.keys import Keys
from deploy.local.paths import REPOSITORY
from deploy.local.ports import LOOPBACK

# All local requests come from one network, and a load test opens hundreds of clinics in an hour.
_LIMITS = ("CODES_PER_NETWORK", "SIGN_UPS_PER_NETWORK", "TRIES_PER_NETWORK")
_NO_LIMIT = "1000000"


@dataclass(frozen=True)
class Addresses:
    """The addresses of the programs of one world."""

    postgres: str
    """The superuser's address."""
    kafka: str
    smtp_port: int
    stripe: str
    gateway: str


def stripe_is_real() -> bool:
    """Whether the environment has a key of the real Stripe, which then replaces the stand-in."""
    return bool(os.environ.get("STRIPE_API_KEY"))


def settings_of_service(
    service: Service, port: int, addresses: Addresses, keys: Keys, probes_port: int = 0
) -> dict[str, str]:
    """All settings of one service, and no secret of another. Only the gateway's probes have a port of their own."""
    settings = {
        "HEADCOUNT_POSTGRES": _without_user(addresses.postgres),
        "HEADCOUNT_KAFKA": addresses.kafka,
        "HEADCOUNT_PASSWORD": keys.passwords[service],
        "HEADCOUNT_HOST": LOOPBACK,
        "HEADCOUNT_PORT": str(port),
        "HEADCOUNT_PUBLIC_URL": addresses.gateway,
        "HEADCOUNT_SHUTDOWN_GRACE": "0",  # nothing here sends requests to another replica
        "HEADCOUNT_SEALING_KEYS": keys.sealing_key,
        "HEADCOUNT_COMMAND_KEYS": keys.command_key,
    }
    if service in {Service.GATEWAY, Service.MEMBERS}:
        settings["HEADCOUNT_OPERATOR_COMMAND_KEYS"] = keys.operator_command_key
    match service:
        case Service.BILLING:
            return settings | _stripe(addresses, keys)
        case Service.NOTIFIER:
            return settings | {
                "HEADCOUNT_SMTP_HOST": LOOPBACK,
                "HEADCOUNT_SMTP_PORT": str(addresses.smtp_port),
                "HEADCOUNT_SMTP_TLS": "none",
                "HEADCOUNT_MAIL_FROM": "Headcount <no-reply@headcount.localhost>",
            }
        case Service.GATEWAY:
            webhook_secret = os.environ.get("STRIPE_WEBHOOK_SECRET") if stripe_is_real() else keys.webhook_secret
            return (
                settings
                | {
                    "HEADCOUNT_PROBES_PORT": str(probes_port),
                    "HEADCOUNT_OPERATOR_KEY": keys.operator_key,
                    "HEADCOUNT_PEPPER": keys.pepper,
                    "HEADCOUNT_STRIPE_WEBHOOK_SECRET": webhook_secret or "",
                }
                | {f"HEADCOUNT_{limit}": _NO_LIMIT for limit in _LIMITS}
            )
        case _:
            return settings


def settings_of_commands(addresses: Addresses, keys: Keys) -> dict[str, str]:
    """The settings of the operator's commands, which create roles, topics and prices and so need every password."""
    settings = {
        "HEADCOUNT_POSTGRES": addresses.postgres,
        "HEADCOUNT_KAFKA": addresses.kafka,
        "HEADCOUNT_PUBLIC_URL": addresses.gateway,
        "HEADCOUNT_COMMAND_KEYS": keys.command_key,
        "HEADCOUNT_OPERATOR_COMMAND_KEYS": keys.operator_command_key,
    }
    passwords = {f"HEADCOUNT_PASSWORD_{service.upper()}": keys.passwords[service] for service in Service}
    return settings | passwords | _stripe(addresses, keys)


def _stripe(addresses: Addresses, keys: Keys) -> dict[str, str]:
    # An absolute path, because a service may be started from any folder.
    catalogue = {"HEADCOUNT_CATALOGUE": str(REPOSITORY / "deploy" / "catalogue.toml")}
    if stripe_is_real():
        return catalogue | {"STRIPE_API_KEY": os.environ["STRIPE_API_KEY"]}
    return catalogue | {"STRIPE_API_KEY": keys.stripe_key, "HEADCOUNT_STRIPE_BASE": addresses.stripe}


def _without_user(address: str) -> str:
    parts = urlsplit(address)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
