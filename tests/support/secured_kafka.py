"""Brokers that let in only whom they know: by user and password over TLS, with ACLs, or by certificate."""

import ssl
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.admin import CreateAclsRequest

from contracts.vocabulary import Service
from deploy.local.kafka import KafkaServer, Secured
from services.cli.access_lists import Grant
from tests.support.certificates import Authority
from transport.access import KafkaAccess
from transport.settings import KafkaSettings

ADMIN, STRANGER, OPERATOR = "admin", "stranger", "operator"
# Of Kafka's protocol.
_KINDS = {"topic": 2, "group": 3}
_LITERAL, _ALLOW = 3, 3
_OPERATIONS = {
    "Read": 3, "Write": 4, "Create": 5, "Delete": 6, "Alter": 7, "Describe": 8,
    "DescribeConfigs": 10, "AlterConfigs": 11,
}  # fmt: skip
USERS = (ADMIN, STRANGER, OPERATOR, *(service.value for service in Service))
_TLS = """
ssl.keystore.type=PEM
ssl.keystore.location={identity}
ssl.truststore.type=PEM
ssl.truststore.location={ca}
"""
# The broker speaks to its controller without a name: it is one process, and one machine.
_AUTHORIZER = """
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:admin;User:ANONYMOUS
"""
_SASL = """
sasl.enabled.mechanisms=SCRAM-SHA-256,SCRAM-SHA-512,PLAIN,OAUTHBEARER
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \
username="admin" password="{admin}";
listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required {plain};
listener.name.sasl_ssl.oauthbearer.sasl.jaas.config=\
org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="admin";
"""


def password_of(user: str) -> str:
    """The password of a user of these brokers."""
    return f"{user}-of-a-test"


class SecuredKafka:
    """A broker, and the settings of its users."""

    def __init__(self, folder: Path, authority: Authority, secured: Secured, common: Mapping[str, str]) -> None:
        self.server = KafkaServer(folder / "kafka", secured=secured)
        self.authority = authority
        self._common = common

    def settings(self, **others: str) -> dict[str, str]:
        """The environment of a client: the settings of every client, and these (`USERNAME="seats"`)."""
        ours = {"CA_FILE": str(self.authority.file), **self._common, **others}
        return {"HEADCOUNT_KAFKA": self.server.bootstrap} | {f"HEADCOUNT_KAFKA_{name}": ours[name] for name in ours}

    def user(self, name: str, mechanism: str = "SCRAM-SHA-512") -> dict[str, str]:
        """The environment of a client that names itself by user and password."""
        return self.settings(MECHANISM=mechanism, USERNAME=name, PASSWORD=password_of(name))

    def certified(self, name: str) -> dict[str, str]:
        """The environment of a client that names itself by a certificate."""
        certificate, key = self.authority.sign(name)
        return self.settings(CERT_FILE=str(certificate), KEY_FILE=str(key))

    async def grant(self, granted: Sequence[Grant]) -> None:
        """Give these rights, as the printed commands do."""
        client = AIOKafkaClient(bootstrap_servers=self.server.bootstrap, **self.access(self.user(ADMIN)).options)
        await client.bootstrap()
        try:
            for grant in granted:
                for operation in grant.operations:
                    request = CreateAclsRequest(
                        _KINDS[grant.kind], grant.name, _LITERAL, grant.principal, "*", _OPERATIONS[operation], _ALLOW
                    )
                    answer = await client.send(client.get_random_node(), request)
                    assert [code for code, _ in answer.creation_responses] == [0], answer
        finally:
            await client.close()

    @staticmethod
    def access(environment: Mapping[str, str]) -> KafkaAccess:
        """The access of a client with this environment."""
        fields = {name.removeprefix("HEADCOUNT_").lower(): value for name, value in environment.items()}
        return KafkaSettings.model_validate(fields).kafka_access()


def with_passwords(folder: Path) -> SecuredKafka:
    """A broker with SASL over TLS and an authorizer: only `admin` may do anything, before ACLs say more."""
    authority, tls = _tls(folder)
    plain = " ".join(f'user_{user}="{password_of(user)}"' for user in USERS)
    users = tuple(
        f"{mechanism}=[name={user},password={password_of(user)}]"
        for user in USERS
        for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512")
    )
    client = {
        "security_protocol": "SASL_SSL",
        "ssl_context": ssl.create_default_context(cafile=authority.file),
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": ADMIN,
        "sasl_plain_password": password_of(ADMIN),
    }
    lines = tls + _SASL.format(admin=password_of(ADMIN), plain=plain) + _AUTHORIZER
    return SecuredKafka(folder, authority, Secured("SASL_SSL", lines, users, client), {"SECURITY": "SASL_SSL"})


def with_certificates(folder: Path) -> SecuredKafka:
    """A broker that takes whoever has a certificate of its authority."""
    authority, tls = _tls(folder)
    context = ssl.create_default_context(cafile=authority.file)
    context.load_cert_chain(*authority.sign(ADMIN))
    client = {"security_protocol": "SSL", "ssl_context": context}
    return SecuredKafka(
        folder, authority, Secured("SSL", f"{tls}ssl.client.auth=required\n", (), client), {"SECURITY": "SSL"}
    )


def _tls(folder: Path) -> tuple[Authority, str]:
    authority = Authority(folder / "certificates")
    identity = folder / "certificates" / "broker-identity.pem"
    identity.write_bytes(_joined(authority.sign("broker")))
    return authority, _TLS.format(identity=identity, ca=authority.file)


def _joined(files: Iterable[Path]) -> bytes:
    return b"".join(file.read_bytes() for file in files)
