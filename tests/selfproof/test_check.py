"""`mailbot check` proves with mails to itself what the host does, and says plainly what it did not prove."""

from __future__ import annotations

import pytest
from selfproof.conftest import MakeChecked
from selfproof.host import AUTHSERV_ID, INTERNAL, OWN_RESULT, RECEIVED, VALUE, Host, without
from support.processes import free_port

GOOD = Host(strips=without(INTERNAL.encode()))
PROOFS = ("subaddresses", "forged results", "internal header")


def test_a_host_that_does_all_it_should_is_proved(checked: MakeChecked) -> None:
    found = checked(GOOD)
    assert found.exit_code == 0
    assert {name: found[name][0] for name in PROOFS} == dict.fromkeys(PROOFS, "ok")
    assert "counts for nothing" in found["forged results"][1]


def test_a_host_that_takes_the_forged_result_out_is_proved_too(checked: MakeChecked) -> None:
    strip = without(b"Authentication-Results")
    found = checked(Host(strips=lambda raw: strip(GOOD.strips(raw)), on_top=OWN_RESULT + RECEIVED))
    assert found.exit_code == 0
    assert found["forged results"] == (
        "ok",
        f"one of {AUTHSERV_ID} that a sender wrote was taken out (seen in mail through submission.host)",
    )
    assert found["staff proof"][0] == "ok"


def test_a_forged_result_on_top_is_a_fault_where_staff_are_proved_by_it(checked: MakeChecked) -> None:
    found = checked(Host(strips=GOOD.strips, on_top=b""))
    assert found.exit_code == 1
    assert found.faults == {"forged results"}
    assert "anybody can pass for staff" in found["forged results"][1]
    assert AUTHSERV_ID in found["forged results"][1]


def test_an_internal_header_that_a_sender_wrote_is_a_fault_where_staff_are_proved_by_it(checked: MakeChecked) -> None:
    found = checked(Host(), staff="internal")
    assert found.exit_code == 1
    assert found.faults == {"internal header"}
    assert INTERNAL in found["internal header"][1]


def test_what_does_not_prove_staff_is_a_note(checked: MakeChecked) -> None:
    found = checked(Host(on_top=b""), staff="none")
    assert found.exit_code == 0
    assert {name: found[name][0] for name in PROOFS} == {
        "subaddresses": "ok",
        "forged results": "note",
        "internal header": "note",
    }


def test_an_own_header_of_the_host_in_the_place_of_the_forged_one_is_proof(checked: MakeChecked) -> None:
    own = f"{INTERNAL}: {VALUE}\r\n".encode()
    found = checked(Host(strips=lambda raw: own + GOOD.strips(raw)), staff="internal")
    assert found.exit_code == 0
    assert found["internal header"][0] == found["staff proof"][0] == "ok"


def test_a_host_that_vouches_for_nobody_is_told_of_and_no_fault(checked: MakeChecked) -> None:
    for staff, lacks in (("dmarc", "dmarc=pass"), ("internal", "internal header")):
        result, words = checked(GOOD, staff=staff)["staff proof"]
        assert result == "note"
        assert lacks in words
        assert "could act" in words


def test_a_subaddress_that_fails_while_the_plain_address_works_is_a_fault(checked: MakeChecked) -> None:
    found = checked(Host(strips=GOOD.strips, subaddresses=False), wait=2)
    assert found.exit_code == 1
    assert found.faults == {"subaddresses"}
    assert 'subaddress_separator = ""' in found["subaddresses"][1]


def test_where_no_mail_comes_back_nothing_is_proved_and_no_staff_proof_is_trusted(checked: MakeChecked) -> None:
    found = checked(Host(delivers=False), wait=1)
    assert found.exit_code == 1
    assert found.faults == {"forged results", "staff proof"}
    assert found["subaddresses"][0] == "note"
    assert "not proved" in found["forged results"][1]
    assert "--wait" in found["staff proof"][1]


def test_where_no_mail_comes_back_and_staff_need_no_proof_there_is_no_fault(checked: MakeChecked) -> None:
    found = checked(Host(delivers=False), staff="none", wait=1)
    assert found.exit_code == 0
    assert {name: found[name][0] for name in PROOFS} == dict.fromkeys(PROOFS, "note")


def test_a_host_without_subaddresses_is_not_asked_for_them(checked: MakeChecked) -> None:
    found = checked(GOOD, separator="")
    assert found.exit_code == 0
    assert "subaddresses" not in found
    assert found["forged results"][0] == "ok"
    assert len(found.servers.sent) == 3


def test_the_mails_go_to_ourselves_alone_and_hold_neither_the_headers_value_nor_the_services_name(
    checked: MakeChecked,
) -> None:
    found = checked(GOOD)
    assert len(found.servers.sent) == 4
    for mail in found.servers.sent:
        (to,) = mail.rcpt_to
        assert to.endswith("@service.example")
        assert to.startswith("help")
        assert VALUE.encode() not in mail.data
        assert b"Intimate" not in mail.data
        assert b"Auto-Submitted: auto-generated\r\n" in mail.data


@pytest.mark.parametrize("folder", ["INBOX", "Junk"])
def test_the_mails_are_filed_away_when_no_daemon_does_it(checked: MakeChecked, folder: str) -> None:
    found = checked(Host(strips=GOOD.strips, folder=folder))
    assert found.exit_code == 0
    assert found.servers.mailbox("help", folder) == []
    assert len(found.servers.mailbox("help", "Mailbot/Done")) == 4


def test_without_a_mailbox_no_mail_is_sent_and_check_says_so(checked: MakeChecked) -> None:
    found = checked(GOOD, imap_port=free_port())
    assert found.exit_code == 1
    assert found["own mail"] == ("note", "no mail to ourselves was tried, for want of mailbox")
    assert found.servers.sent == []
