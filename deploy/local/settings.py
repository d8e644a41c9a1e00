"""What the local world tells each service, as environment variables: the same ones that a container would get."""

import os
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from contracts.vocabulary import Service
from deploy.local.keys import Keys
from deploy.local.paths import REPOSITORY
from deploy.local.ports import LOOPBACK

# Everyone here comes from one network, and a load test is hundreds of clinics in an hour.
_LIMITS = (
    *("CODES_PER_NETWORK", "CODES_PER_DOMAIN", "SIGN_UPS_PER_NETWORK", "SIGN_UPS_PER_AGENCY", "TRIES_PER_NETWORK"),
    "INVITATIONS_PER_AGENCY",
)
_NO_LIMIT = "1000000"


@dataclass(frozen=True)
class Addresses:
    """Where the programs of one world answer."""

    postgres: str
    """The superuser's address."""
    kafka: str
    smtp_port: int
    stripe: str
    gateway: str


def stripe_is_real() -> bool:
    """Whether the person who started us has a key of the real Stripe, which then takes the stand-in's place."""
    return bool(os.environ.get("STRIPE_API_KEY"))


def settings_of_service(service: Service, port: int, addresses: Addresses, keys: Keys) -> dict[str, str]:
    """Everything one service is told, and nothing that is another's."""
    told = {
        "HEADCOUNT_POSTGRES": _without_user(addresses.postgres),
        "HEADCOUNT_KAFKA": addresses.kafka,
        "HEADCOUNT_PASSWORD": keys.passwords[service],
        "HEADCOUNT_HOST": LOOPBACK,
        "HEADCOUNT_PORT": str(port),
        "HEADCOUNT_PUBLIC_URL": addresses.gateway,
        "HEADCOUNT_SEALING_KEYS": keys.sealing_key,
    }
    match service:
        case Service.BILLING:
            return told | _stripe(addresses, keys)
        case Service.NOTIFIER:
            return told | {
                "HEADCOUNT_SMTP_HOST": LOOPBACK,
                "HEADCOUNT_SMTP_PORT": str(addresses.smtp_port),
                "HEADCOUNT_SMTP_TLS": "none",
                "HEADCOUNT_MAIL_FROM": "Headcount <no-reply@headcount.localhost>",
            }
        case Service.GATEWAY:
            webhook_secret = os.environ.get("STRIPE_WEBHOOK_SECRET") if stripe_is_real() else keys.webhook_secret
            return (
                told
                | {
                    "HEADCOUNT_OPERATOR_KEY": keys.operator_key,
                    "HEADCOUNT_PEPPER": keys.pepper,
                    "HEADCOUNT_STRIPE_WEBHOOK_SECRET": webhook_secret or "",
                }
                | {f"HEADCOUNT_{limit}": _NO_LIMIT for limit in _LIMITS}
            )
        case _:
            return told


def settings_of_commands(addresses: Addresses, keys: Keys) -> dict[str, str]:
    """What the operator's commands are told: they make roles, topics and prices, so they know every password."""
    told = {
        "HEADCOUNT_POSTGRES": addresses.postgres,
        "HEADCOUNT_KAFKA": addresses.kafka,
        "HEADCOUNT_PUBLIC_URL": addresses.gateway,
    }
    passwords = {f"HEADCOUNT_PASSWORD_{service.upper()}": keys.passwords[service] for service in Service}
    return told | passwords | _stripe(addresses, keys)


def _stripe(addresses: Addresses, keys: Keys) -> dict[str, str]:
    # The file of prices is named in full: a service may be started from any folder.
    catalogue = {"HEADCOUNT_CATALOGUE": str(REPOSITORY / "deploy" / "catalogue.toml")}
    if stripe_is_real():
        return catalogue | {"STRIPE_API_KEY": os.environ["STRIPE_API_KEY"]}
    return catalogue | {"STRIPE_API_KEY": keys.stripe_key, "HEADCOUNT_STRIPE_BASE": addresses.stripe}


def _without_user(address: str) -> str:
    parts = urlsplit(address)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
