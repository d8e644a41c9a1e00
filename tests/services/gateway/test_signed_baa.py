"""The signed copy of a BAA: who may read it, the exact text, and a PDF that prints any name."""

import asyncio
import io
from datetime import UTC, datetime
from uuid import UUID

import pytest
from pypdf import PdfReader

from contracts import members as events
from contracts.members_agencies import BaaSigned
from contracts.vocabulary import BAA_VERSION, Role
from services.gateway.application.agreements import SignedBaa
from services.gateway.application.baa_pdf import pdf_of
from services.gateway.domain.typed_words import WORDS_MAX
from services.gateway.model.agency import Signature
from tests.support.gateway_harness import GatewayHarness
from tests.support.visitor import Visitor

COPY = f"/baa/{BAA_VERSION}"
API_COPY = f"/api/v1/baa/signatures/{BAA_VERSION}.pdf"
AT = datetime(2026, 3, 21, 14, 5, 9, tzinfo=UTC)
MOST_BYTES = 400_000


async def signed(front: GatewayHarness) -> None:
    await front.handle(
        BaaSigned(
            signer_id=front.admin_id, signer_name="Zoë Haddad", signer_title="Owner", version=BAA_VERSION, signed_at=AT
        )
    )


def read(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def copy_of(name: str, agency: str = "Northside", text: str = "# Agreement\n\nThe text.") -> bytes:
    return pdf_of(SignedBaa(agency, Signature(UUID(int=1), name, "Owner", BAA_VERSION, AT), text))


async def test_an_admin_reads_and_downloads_the_exact_text_with_its_signature(front: GatewayHarness) -> None:
    await front.agency()
    admin = Visitor(await front.sign_in())
    assert (await admin.open(COPY)).status_code == 404, "nothing is signed yet"
    assert (await admin.browser.get(API_COPY)).json()["code"] == "not_found"
    await signed(front)
    baa = (await admin.browser.get("/api/v1/baa")).json()
    assert baa["signatures"] == [baa["signature"]]
    assert baa["signature"]["signedAt"] == "2026-03-21T14:05:09Z"
    await admin.open("/admin/agency/settings")
    assert f'href="{COPY}"' in admin.page
    await admin.open(COPY)
    assert "Zoë Haddad, Owner" in admin.page
    assert 'datetime="2026-03-21T14:05:09Z"' in admin.page
    for address in (f"{COPY}.pdf", API_COPY):
        response = await admin.browser.get(address)
        assert response.headers["content-type"] == "application/pdf"
        assert response.headers["content-disposition"] == f'attachment; filename="baa-{BAA_VERSION}.pdf"'
        text = read(response.content)
        assert "Signed for: Clinic of harbor.example" in text
        assert "Signed by: Zoë Haddad, Owner" in text
        assert "Signed on: 21 March 2026, 14:05 UTC (2026-03-21T14:05:09Z)" in text
        assert f"Version of the text: {BAA_VERSION}" in text
        for block in baa["text"].split("\n\n"):
            assert " ".join(block.lstrip("#").split()) in text


async def test_the_signer_reads_the_copy_as_a_clinician_too_and_nobody_else_does(front: GatewayHarness) -> None:
    await front.agency()
    signer = Visitor(await front.sign_in())
    other = await front.signed_up("mia@harbor.example")
    await front.activate(other)
    clinician = Visitor(await front.sign_in("mia@harbor.example"))
    await signed(front)
    assert (await clinician.open(COPY)).status_code == 404
    assert (await clinician.open(f"{COPY}.pdf")).status_code == 404
    await front.handle(events.RoleChanged(member_id=other, before=Role.CLINICIAN, role=Role.ADMIN))
    await front.handle(events.RoleChanged(member_id=front.admin_id, before=Role.ADMIN, role=Role.CLINICIAN))
    assert (await signer.open(COPY)).status_code == 200
    assert (await signer.open(f"{COPY}.pdf")).status_code == 200
    assert (await clinician.open(COPY)).status_code == 200, "an admin now"
    assert (await signer.browser.get(API_COPY)).json()["code"] == "not_an_admin"


async def test_a_replaced_signature_stays_readable_with_its_own_version(front: GatewayHarness) -> None:
    await front.agency()
    admin = await front.sign_in()
    await signed(front)
    again = BaaSigned(
        signer_id=front.admin_id,
        signer_name="Mia",
        signer_title="Owner",
        version=BAA_VERSION,
        signed_at=front.service.clock(),
    )
    await front.handle(again)
    assert [entry["signerName"] for entry in (await admin.get("/api/v1/baa")).json()["signatures"]] == ["Zoë Haddad"]


@pytest.mark.parametrize(
    "name", ["Łukasz Žižka", "Νίκος Παπαδόπουλος", "Игорь Иванов", "Đặng Thị Ngọc", "王小明", "김민준", "さくら 田中"]
)
def test_a_name_in_another_script_is_printed(name: str) -> None:
    assert f"Signed by: {name}, Owner" in read(copy_of(name))


@pytest.mark.parametrize("name", ["נור חדד", "دانا كوهين", "अमित शर्मा"])
def test_a_name_whose_letters_are_joined_or_run_from_right_to_left_is_printed(name: str) -> None:
    text = read(copy_of(name))
    assert "U+" not in text
    assert all(letter in text for letter in name[:2])


def test_a_character_that_no_typeface_has_is_printed_as_its_number() -> None:
    assert "Signed by: Ada [U+1F9D1], Owner" in read(copy_of("Ada \U0001f9d1"))


def test_the_longest_names_make_a_small_document_and_the_same_one_each_time() -> None:
    name = "".join(chr(0x4E00 + 37 * at) for at in range(WORDS_MAX))
    pdf = copy_of(name, agency=name)
    assert len(pdf) < MOST_BYTES
    assert copy_of(name, agency=name) == pdf


async def test_downloads_at_once_are_all_answered(front: GatewayHarness) -> None:
    await front.agency()
    admin = await front.sign_in()
    await signed(front)
    responses = await asyncio.gather(*(admin.get(f"{COPY}.pdf") for _ in range(4)))
    assert {response.status_code for response in responses} == {200}
