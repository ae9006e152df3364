"""A22 to A24: what a member's program or habit sends by itself, and mail that no one person wrote, reaches nobody."""

from __future__ import annotations

import pytest
from attacks.service import ALEX, DANA, EVIL, KIM, PASS, ROBIN, SERVICE, Service, reply_to, words_of

TRUE = "You can call us, or stay with mail."
AWAY = "I am away until Monday. My mother is ill."


@pytest.fixture
def begun(service: Service) -> Service:
    """Alex and Kim wrote, and Dana has both notices."""
    service.writes(ALEX, "I am Alex.")
    service.writes(KIM, "I am Kim.")
    return service


AUTOMATIC: dict[str, dict[str, object]] = {
    "RFC 3834": {"fields": ["Auto-Submitted: auto-replied"]},
    "generated": {"fields": ["Auto-Submitted: auto-generated (rule)"]},
    "a forged no beside it": {"fields": ["Auto-Submitted: no", "Auto-Submitted: auto-replied"]},
    "Exchange": {"fields": ["X-Auto-Response-Suppress: All"], "subject": "Automatic reply: New message to read"},
    "Exchange, its field alone": {"fields": ["X-Auto-Response-Suppress: DR, OOF, AutoReply"]},
    "French Outlook": {"subject": "R\u00e9ponse automatique : New message to read"},
    "out of office": {"subject": "Out of Office: New message to read"},
    "cPanel": {"fields": ["X-Autorespond: New message to read"]},
    "old": {"fields": ["Precedence: bulk"]},
    "vacation": {"fields": ["Precedence: auto_reply", "X-Autoreply: yes"]},
    "null envelope sender": {"fields": ["Return-Path: <>"]},
    "a read receipt": {
        "kind": 'multipart/report; report-type=disposition-notification; boundary="cut"',
    },
    "a list": {"fields": ["List-Id: <staff.service.example>"]},
}


@pytest.mark.parametrize("name", AUTOMATIC)
def test_a22_what_a_members_machine_sends_is_never_relayed_and_nobody_is_told_its_words(
    begun: Service, name: str
) -> None:
    reference, notice = begun.reference(ALEX), begun.notice(DANA, "I am Alex.")
    before, left = begun.stored(reference), begun.left()
    begun.receive(begun.answer(notice, f"#status closed\n\n{AWAY}", **AUTOMATIC[name]))
    assert begun.stored(reference) == before
    assert begun.left() == left
    begun.receive(begun.answer(notice, TRUE, fields=["Auto-Submitted: no", "X-Auto-Response-Suppress: DR, RN, NRN"]))
    assert begun.answers(ALEX) == [TRUE]


def test_a22_vacation_replies_to_every_notice_make_no_loop(begun: Service) -> None:
    for _ in range(3):
        replies = [
            begun.answer(one, AWAY, fields=["Auto-Submitted: auto-replied"])
            for member in (DANA, ROBIN)
            for one in begun.to(member)
        ]
        staff_mail = len(begun.to(DANA)) + len(begun.to(ROBIN))
        begun.receive(*replies)
        assert len(begun.to(DANA)) + len(begun.to(ROBIN)) == staff_mail
    assert begun.left() == [ALEX, KIM]


def test_a22_a_notice_that_a_members_rule_sends_back_is_no_answer(begun: Service) -> None:
    notice = begun.notice(DANA, "I am Alex.")
    before = begun.stored(begun.reference(ALEX))
    bounced = begun.servers.mailbox("dana")[0]
    redirected = f"{PASS}\r\nResent-From: {DANA}\r\nResent-To: {reply_to(notice)}\r\n".encode() + bounced
    forwarded = begun.answer(notice, words_of(notice), subject=f"Fwd: {notice['Subject']}", to=SERVICE, fields=[])
    begun.receive(redirected, forwarded.replace(b"In-Reply-To", b"X-In-Reply-To"))
    assert begun.stored(begun.reference(ALEX)) == before
    assert begun.left() == [ALEX, KIM]


# A23


def leaks(service: Service) -> dict[str, str]:
    """Words that hold something of another conversation, or a secret of ours."""
    kims, own = service.notice(DANA, "I am Kim."), service.notice(DANA, "I am Alex.")
    link = next(line.partition(": ")[2] for line in words_of(kims).split("\n") if line.startswith("- Take it"))
    return {
        "another reference": f"As with {service.reference(KIM)}, you can call us.",
        "another reference in brackets": f"[{service.reference(KIM).lower()}] You can call us.",
        "another conversation's address": f"Write to {reply_to(service.to(KIM)[0])}",
        "another notice's address": f"Write to {reply_to(kims).upper()}",
        "this notice's address": f"Write to {reply_to(own)}",
        "a link of a notice": f"Tap {link} please",
        "a link of a notice, without its command": f"Tap {link.partition('?')[0]} please",
        "our Message-ID": f"See {kims['Message-ID']}",
        "her own address": f"Write to me at {DANA}, please do.",
        "the secret alone": f"The word is {reply_to(service.to(KIM)[0]).partition('+')[2].partition('@')[0]}, keep it.",
    }


LEAKS = [
    "another reference",
    "another reference in brackets",
    "another conversation's address",
    "another notice's address",
    "this notice's address",
    "a link of a notice",
    "a link of a notice, without its command",
    "our Message-ID",
    "her own address",
    "the secret alone",
]


@pytest.mark.parametrize("name", LEAKS)
def test_a23_words_that_hold_something_of_another_conversation_are_refused_whole(begun: Service, name: str) -> None:
    reference, notice = begun.reference(ALEX), begun.notice(DANA, "I am Alex.")
    before, left = begun.stored(reference), begun.left()
    begun.receive(begun.answer(notice, f"#take\n\n{TRUE}\n\n{leaks(begun)[name]}"))
    assert begun.left() == left
    assert begun.stored(reference) == before
    assert "Nothing was done" in words_of(begun.to(DANA)[-1])
    begun.receive(begun.answer(notice, f"#take\n\n{TRUE} Your reference is {reference}."))
    assert begun.answers(ALEX) == [f"{TRUE} Your reference is {reference}."]


def test_a23_an_answer_to_one_notice_with_another_one_forwarded_below_sends_the_new_words_alone(
    begun: Service,
) -> None:
    notice, kims = begun.notice(DANA, "I am Alex."), begun.notice(DANA, "I am Kim.")
    quoted = "\n".join(f"> {line}" for line in words_of(kims).split("\n"))
    begun.receive(begun.answer(notice, f"{TRUE}\n\nOn Tue, Nov 24, 2026 Support Service wrote:\n{quoted}"))
    assert begun.answers(ALEX) == [TRUE]
    forwarded = f"-------- Forwarded Message --------\nFrom: Support Service <{SERVICE}>\nTo: {DANA}\n"
    forwarded += f"Subject: {kims['Subject']}\n\n{words_of(kims)}"
    begun.receive(begun.answer(notice, f"{TRUE} Again.\n\n{forwarded}"))
    assert all("Kim" not in one and KIM not in one for one in begun.answers(ALEX))


# A24


@pytest.mark.parametrize(
    "author",
    [
        f"Dana <{DANA}>\r\nFrom: Evil <{EVIL}>",
        f"Evil <{EVIL}>\r\nFrom: Dana <{DANA}>",
        f"{DANA}, {EVIL}",
        f"{EVIL}, {DANA}",
        f"Dana <{DANA}> <{EVIL}>",
        f"<{DANA}>{EVIL}",
        f'"{DANA}" {EVIL}',
        f"({DANA}) {EVIL} {DANA}",
        f"Dana <{DANA}>\r\nfrom : Evil <{EVIL}>",
        f"=?utf-8?q?Dana_=3C{DANA}=3E?= {DANA} <{EVIL}>, {DANA}",
    ],
)
def test_a24_of_several_authors_nobody_is_the_author(begun: Service, author: str) -> None:
    reference, notice = begun.reference(ALEX), begun.notice(DANA, "I am Alex.")
    before, left = begun.stored(reference), begun.left()
    begun.receive(begun.answer(notice, f"#status closed\n\n{AWAY}", author=author))
    assert begun.stored(reference) == before
    assert begun.left() == left
    assert begun.journal().get("quarantined") == 1
    begun.receive(begun.answer(notice, TRUE))
    assert begun.answers(ALEX) == [TRUE]


@pytest.mark.parametrize(
    "slip",
    [{"to": ROBIN, "copy": True}, {"copy": True, "cc": ROBIN}, {"subject": "Fwd: New message to read"}],
    ids=["to a colleague, the notice in copy", "a colleague in copy", "passed on"],
)
def test_a23_what_is_meant_for_a_colleague_never_reaches_the_person(begun: Service, slip: dict[str, object]) -> None:
    notice = begun.notice(DANA, "I am Alex.")
    options: dict[str, object] = {name: slip[name] for name in ("to", "subject") if name in slip}
    if "copy" in slip:
        options["fields"] = [f"Cc: {slip.get('cc', reply_to(notice))}"]
    begun.receive(begun.answer(notice, "Robin, can you take this one?", **options))
    assert begun.answers(ALEX) == []
    assert "Nothing was done" in begun.told(DANA)
    begun.receive(begun.answer(notice, TRUE, fields=[f"Cc: {DANA}"]))
    assert begun.answers(ALEX) == [TRUE]
