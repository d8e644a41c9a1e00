"""The local world's servers are real ones, and keep acknowledged data across a SIGKILL."""

import asyncio
import uuid
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiosmtplib
import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import UnknownTopicOrPartitionError

from deploy.local.kafka import KafkaServer
from deploy.local.mailbox import MailboxServer
from deploy.local.postgres import PostgresServer
from tests.support.databases import Databases
from tests.support.servers import Kafka, Postgres

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("servers")]


async def make_topic(bootstrap: str, partitions: int = 3) -> str:
    topic = f"topic-{uuid.uuid4().hex}"
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, num_partitions=partitions, replication_factor=1)])
    finally:
        await admin.close()
    return topic


async def produce(bootstrap: str, topic: str, values: list[bytes], key: bytes = b"an agency") -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        await asyncio.gather(*[await producer.send(topic, value, key=key) for value in values])
    finally:
        await producer.stop()


async def consume(bootstrap: str, topic: str, count: int, group: str | None = None) -> list[bytes]:
    consumer: Any = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=group or f"group-{uuid.uuid4().hex}",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        session_timeout_ms=6000,
    )
    await consumer.start()
    values: list[bytes] = []
    try:
        async with asyncio.timeout(30):
            while len(values) < count:
                values.append((await consumer.getone()).value)
        await consumer.commit()
    finally:
        await consumer.stop()
    return values


async def test_a_group_reads_the_messages_of_an_idempotent_producer_in_order(kafka: Kafka) -> None:
    topic = await make_topic(kafka.bootstrap)
    sent = [b"%d" % number for number in range(1000)]
    await produce(kafka.bootstrap, topic, sent)
    assert await consume(kafka.bootstrap, topic, len(sent)) == sent


async def test_a_group_continues_at_its_committed_offset(kafka: Kafka) -> None:
    topic, group = await make_topic(kafka.bootstrap), f"group-{uuid.uuid4().hex}"
    await produce(kafka.bootstrap, topic, [b"first"])
    assert await consume(kafka.bootstrap, topic, 1, group) == [b"first"]
    await produce(kafka.bootstrap, topic, [b"second"])
    assert await consume(kafka.bootstrap, topic, 1, group) == [b"second"]


async def test_the_broker_never_creates_a_topic_by_itself(kafka: Kafka) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        described: Any = await admin.describe_topics(["never-provisioned"])
    finally:
        await admin.close()
    assert described[0]["error_code"] == UnknownTopicOrPartitionError.errno


async def test_kafka_keeps_acknowledged_messages_across_a_kill(servers_folder: Path) -> None:
    async with KafkaServer(servers_folder / "kafka-killed") as kafka:
        address, topic = kafka.bootstrap, await make_topic(kafka.bootstrap)
        await produce(kafka.bootstrap, topic, [b"before"])
        await kafka.kill()
        await kafka.start()
        assert kafka.bootstrap == address
        await produce(kafka.bootstrap, topic, [b"after"])
        assert await consume(kafka.bootstrap, topic, 2) == [b"before", b"after"]


async def test_postgres_is_version_18_with_fsync_on(postgres: Postgres) -> None:
    connection = await asyncpg.connect(postgres.url)
    try:
        assert connection.get_server_version().major == 18
        assert await connection.fetchval("SHOW fsync") == "on"
    finally:
        await connection.close()


async def test_postgres_keeps_committed_rows_across_a_kill(servers_folder: Path) -> None:
    async with PostgresServer(servers_folder / "postgres-killed") as postgres:
        address = postgres.url
        connection = await asyncpg.connect(postgres.url)
        await connection.execute("CREATE TABLE seats AS SELECT 3 AS free")
        await postgres.kill()
        await postgres.start()
        assert postgres.url == address
        after_restart = await asyncpg.connect(postgres.url)
        assert await after_restart.fetchval("SELECT free FROM seats") == 3
        await after_restart.close()


async def test_a_database_from_a_template_has_its_tables_and_its_own_rows(databases: Databases) -> None:
    async def prepare(url: str) -> None:
        connection = await asyncpg.connect(url)
        await connection.execute("CREATE TABLE members (name text)")
        await connection.close()

    rows = []
    for name in ("Ada", "Grace"):
        connection = await asyncpg.connect(await databases.fresh(await databases.template("members", prepare)))
        await connection.execute("INSERT INTO members VALUES ($1)", name)
        rows.append([row["name"] for row in await connection.fetch("SELECT name FROM members")])
        await connection.close()
    assert rows == [["Ada"], ["Grace"]]


async def test_a_mail_sent_by_smtp_is_in_the_mailbox_with_its_two_bodies(mailbox: MailboxServer) -> None:
    mail = a_mail()
    await aiosmtplib.send(mail, hostname=mailbox.smtp_host, port=mailbox.smtp_port)
    [received] = await mails_named(mailbox, mail["Subject"])
    assert received["to"] == [{"address": "ada@example.com", "name": ""}]
    assert received["messageId"] == mail["Message-ID"].strip("<>")
    assert received["text"].strip() == "You are in."
    assert received["html"].strip() == "<p>You are in.</p>"


async def test_the_mailbox_keeps_accepted_mails_across_a_kill(servers_folder: Path) -> None:
    async with MailboxServer(servers_folder / "mailbox-killed") as mailbox:
        mail = a_mail()
        await aiosmtplib.send(mail, hostname=mailbox.smtp_host, port=mailbox.smtp_port)
        await mailbox.kill()
        await mailbox.start()
        assert len(await mails_named(mailbox, mail["Subject"])) == 1


def a_mail() -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "seats@headcount.example"
    mail["To"] = "ada@example.com"
    mail["Subject"] = f"Welcome {uuid.uuid4().hex}"
    mail["Message-ID"] = f"<{uuid.uuid4().hex}@headcount.example>"
    mail.set_content("You are in.")
    mail.add_alternative("<p>You are in.</p>", subtype="html")
    return mail


async def mails_named(mailbox: MailboxServer, subject: str) -> list[dict[str, Any]]:
    async with httpx.AsyncClient() as client:
        mails = (await client.get(f"{mailbox.url}/email")).json()
    return [mail for mail in mails if mail["subject"] == subject]
