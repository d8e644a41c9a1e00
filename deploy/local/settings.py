"""What the local world tells each service, as environment variables: the same ones that a container would get."""

import os
from dataclasses import dataclass

from contracts.vocabulary import Service
from deploy.local.keys import Keys
from deploy.local.ports import LOOPBACK


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
    """Everything one service is told."""
    return {
        "HEADCOUNT_POSTGRES": addresses.postgres,
        "HEADCOUNT_KAFKA": addresses.kafka,
        "HEADCOUNT_PASSWORD": keys.passwords[service],
        "HEADCOUNT_HOST": LOOPBACK,
        "HEADCOUNT_PORT": str(port),
        "HEADCOUNT_SEALING_KEYS": keys.sealing_key,
    }


def settings_of_commands(addresses: Addresses, keys: Keys) -> dict[str, str]:
    """What the operator's commands are told: they make roles and topics, so they know every password."""
    told = {"HEADCOUNT_POSTGRES": addresses.postgres, "HEADCOUNT_KAFKA": addresses.kafka}
    return told | {f"HEADCOUNT_PASSWORD_{service.upper()}": keys.passwords[service] for service in Service}
