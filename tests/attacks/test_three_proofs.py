"""A13, A16, A17, RULES 9: From, the border's result and a token given to this person; each of the three removed alone.

Every attempt differs in one thing from the answer at the end, which acts. Until then nothing leaves, nothing of the
case changes, and Dana is told once an hour at most, without a word of what was forged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from attacks.conftest import MakeService
from attacks.service import (
    ALEX,
    BORDER,
    DANA,
    EVIL,
    FAIL,
    INTERNAL,
    KIM,
    PASS,
    RECEIVED,
    ROBIN,
    SAM,
    SERVICE,
    Service,
    mail,
    reply_to,
)

MODES = list(BORDER)
FORGED = "#status closed\n\nCome to the harbour alone."
TRUE = "You can call us, or stay with mail."
NOT_DANA = {
    "her name alone": f"Dana <{EVIL}>",
    "her address as a name": f'"{DANA}" <{EVIL}>',
    "a domain below another": "Dana <dana@service.example.attacker.example>",
    "a domain that ends alike": "Dana <dana@attackerservice.example>",
    "a neighbour": "Dana <dana1@service.example>",
    "a subaddress of hers": "Dana <dana+home@service.example>",
    "a letter that looks alike": "Dana <d\u0430na@service.example>",
    "the service itself": f"Support Service <{SERVICE}>",
    "a group": f"Staff: {DANA};",
    "nobody": "<>",
    "two people": f"{DANA}, {EVIL}",
}


@dataclass(frozen=True)
class Scene:
    """A service, Dana's notice of Alex's case, Robin's notice of the same, Dana's notice of Kim's case."""

    service: Service
    reference: str

    def refuse(self, attempts: dict[str, bytes]) -> None:
        """None of these changes the case or reaches Alex, and no staff member reads a forged word."""
        before = self.service.stored(self.reference)
        letters = len(self.service.to(ALEX))
        self.service.receive(*attempts.values())
        assert self.service.stored(self.reference) == before
        assert len(self.service.to(ALEX)) == letters
        assert all("harbour" not in str(one) for member in (DANA, ROBIN, SAM) for one in self.service.to(member))

    def acts(self, words: str = TRUE, **options: object) -> None:
        """The control: the same with all three proofs."""
        service = self.service
        service.receive(service.answer(service.notice(DANA, "I am Alex."), f"#status closed\n\n{words}", **options))
        assert service.answers(ALEX) == [words]
        assert service.case(self.reference)["status"] == "closed"


def begun(service: Service) -> Scene:
    service.writes(ALEX, "I am Alex.")
    service.writes(KIM, "I am Kim.")
    return Scene(service, service.reference(ALEX))


@pytest.mark.parametrize("mode", MODES)
def test_without_the_members_address_as_the_one_from_nothing_acts(make_service: MakeService, mode: str) -> None:
    scene = begun(make_service(mode))
    notice = scene.service.notice(DANA, "I am Alex.")
    before = scene.service.stored(scene.reference)
    letters = len(scene.service.to(ALEX))
    scene.service.receive(*(scene.service.answer(notice, FORGED, author=author) for author in NOT_DANA.values()))
    assert scene.service.stored(scene.reference) == before
    assert len(scene.service.to(ALEX)) == letters
    assert all("harbour" not in str(one) for address in scene.service.left() for one in scene.service.to(address))
    scene.acts()


def _without_dmarc(answer: Callable[[list[str]], bytes]) -> dict[str, bytes]:
    return {
        name: answer(fields)
        for name, fields in {
            "no result": [],
            "a fail": [FAIL],
            "below the first Received": [RECEIVED, PASS],
            "another server": [PASS.replace("mx.service.example", "mx.attacker.example")],
            "a server below ours": [PASS.replace("mx.service.example", "mx.service.example.attacker.example")],
            "a look-alike server": [PASS.replace("mx.service", "mx-service")],
            "another domain": [PASS.replace("=service.example", "=attacker.example")],
            "a domain above": [PASS.replace("=service.example", "=example")],
            "in a comment": [
                "Authentication-Results: mx.service.example; dmarc=none (dmarc=pass) header.from=service.example"
            ],
            "in a reason": [
                'Authentication-Results: mx.service.example; spf=fail reason="; dmarc=pass header.from=service.example"'
            ],
            "DKIM alone": ["Authentication-Results: mx.service.example; dkim=pass header.d=service.example"],
            "DKIM of another domain": [
                "Authentication-Results: mx.service.example; dkim=pass header.d=attacker.example; spf=pass"
            ],
            "ARC": ["ARC-Authentication-Results: i=1; mx.service.example; dmarc=pass header.from=service.example"],
            "SPF": ["Received-SPF: pass (mx.service.example) envelope-from=dana@service.example"],
            "a field of their own": ["X-Authentication-Results: mx.service.example; dmarc=pass"],
            "two that disagree": [PASS, FAIL],
            "two that disagree, the other way": [FAIL, PASS],
            "the internal header": [": ".join(INTERNAL)],
            "a fail above, a pass below Received": [FAIL, RECEIVED, PASS],
        }.items()
    }


def _without_internal(answer: Callable[[list[str]], bytes]) -> dict[str, bytes]:
    name, value = INTERNAL
    return {
        what: answer(fields)
        for what, fields in {
            "no header": [],
            "another value": [f"{name}: External"],
            "another letter case": [f"{name}: {value.lower()}"],
            "more behind it": [f"{name}: {value}, External"],
            "twice": [f"{name}: {value}", f"{name}: {value}"],
            "both": [f"{name}: External", f"{name}: {value}"],
            "dmarc instead": [PASS],
            "with a failed dmarc": [f"{name}: {value}", FAIL],
        }.items()
    }


def _with_a_fail(answer: Callable[[list[str]], bytes]) -> dict[str, bytes]:
    return {"a fail": answer([FAIL]), "two that disagree": answer([PASS, FAIL])}


FORGERIES = {"dmarc": _without_dmarc, "internal": _without_internal, "none": _with_a_fail}


@pytest.mark.parametrize("mode", MODES)
def test_without_the_borders_result_nothing_acts_and_dana_is_told_once_an_hour(
    make_service: MakeService, mode: str
) -> None:
    scene = begun(make_service(mode))
    notice = scene.service.notice(DANA, "I am Alex.")

    def answer(fields: list[str]) -> bytes:
        chain = [*fields, f"In-Reply-To: {notice['Message-ID']}"]
        return mail(f"Dana <{DANA}>", FORGED, to=reply_to(notice), fields=chain, subject="Come to the harbour")

    def explained() -> int:
        return scene.service.told(DANA).count("did not prove that this message comes from you")

    told = len(scene.service.to(ROBIN))
    scene.refuse(FORGERIES[mode](answer))
    assert explained() == 1
    assert scene.service.to(ROBIN)[told:] == []
    scene.service.clock.on(minutes=61)
    scene.refuse({"an hour later": answer([FAIL])})
    assert explained() == 2
    assert scene.service.journal()["quarantined"] == 1 + len(FORGERIES[mode](answer))
    assert len(scene.service.rows("case")) == 2
    scene.acts()


def test_a_forged_mail_that_a_colleague_releases_from_quarantine_still_acts_on_nothing(
    make_service: MakeService,
) -> None:
    scene = begun(make_service("dmarc"))
    service, notice = scene.service, scene.service.notice(DANA, "I am Alex.")
    before = service.stored(scene.reference)
    forged = mail(f"Dana <{DANA}>", FORGED, to=reply_to(notice), fields=[f"In-Reply-To: {notice['Message-ID']}"])
    service.receive(forged)
    (row,) = service.rows("journal", "WHERE state = 'quarantined'")
    robins = service.notice(ROBIN, "I am Kim.")
    release = service.answer(robins, f"#release {row[0]}", author=f"Robin <{ROBIN}>", to=reply_to(robins))
    service.receive(release)
    assert "The message is handled now" in service.told(ROBIN)
    assert service.stored(scene.reference) == before
    assert service.answers(ALEX) == []
    assert service.journal()["quarantined"] == 1
    scene.acts()


def _other_tokens(scene: Scene) -> dict[str, tuple[str, list[str]]]:
    """To and fields of an answer that shows everything but Dana's token for Alex's conversation."""
    service = scene.service
    hers, robins = service.notice(DANA, "I am Alex."), service.notice(ROBIN, "I am Alex.")
    kims, letter = service.notice(DANA, "I am Kim."), service.to(ALEX)[0]
    other, chain = f"In-Reply-To: {robins['Message-ID']}", hers["Message-ID"]
    guess = reply_to(hers).replace(reply_to(hers).partition("+")[2][:26], "a" * 26)
    return {
        "nothing": (SERVICE, []),
        "References alone": (SERVICE, [f"References: {chain}"]),
        "References among others": (SERVICE, ["In-Reply-To: <x@example.net>", f"References: <x@example.net> {chain}"]),
        "Message-ID of a letter outside": (SERVICE, [f"In-Reply-To: {letter['Message-ID']}"]),
        "reply address of a letter outside": (reply_to(letter), []),
        "both of a letter outside": (reply_to(letter), [f"In-Reply-To: {letter['Message-ID']}"]),
        "envelope sender of her notice": (hers["Return-Path"] or _return_path(service, hers), []),
        "a colleague's reply address": (reply_to(robins), []),
        "a colleague's Message-ID": (SERVICE, [other]),
        "her own and a colleague's": (f"{reply_to(hers)}, {reply_to(robins)}", []),
        "her own, answering a colleague's": (reply_to(hers), [other]),
        "two of her own conversations": (f"{reply_to(hers)}, {reply_to(kims)}", []),
        "her own, answering another conversation": (reply_to(hers), [f"In-Reply-To: {kims['Message-ID']}"]),
        "a guess": (guess, []),
        "her own, cut": (reply_to(hers).replace("@", "", 1)[:20] + "@service.example", []),
        "her own at another domain": (reply_to(hers).replace("service.example", "service.example.net"), []),
        "her own in the name": (f'"{reply_to(hers)}" <{SERVICE}>', []),
        "her own in the subject": (SERVICE, [f"Comments: {reply_to(hers)}"]),
        "her own in Bcc": (SERVICE, [f"Bcc: {reply_to(hers)}"]),
    }


def _return_path(service: Service, notice: object) -> str:
    """The envelope sender that a notice left with."""
    wanted = str(notice["Message-ID"])  # type: ignore[index]
    return next(one.mail_from for one in service.servers.sent if wanted.encode() in one.data)


@pytest.mark.parametrize("mode", MODES)
def test_without_a_token_given_to_this_person_nothing_acts(make_service: MakeService, mode: str) -> None:
    scene = begun(make_service(mode))
    service = scene.service
    attempts = _other_tokens(scene)
    scene.refuse({
        name: service.staff_mail(f"Come to the harbour alone. {number}", to=to, fields=fields)
        for number, (name, (to, fields)) in enumerate(attempts.items())
    } | {
        f"{name}, commands": service.staff_mail("#status closed", to=to, fields=fields)
        for name, (to, fields) in attempts.items()
    })  # fmt: skip
    assert service.told(DANA).count("nothing tells which case it is about") == 1
    assert len(service.rows("case")) == 2, "mail from a member opened a case"
    scene.acts()


@pytest.mark.parametrize("mode", MODES)
def test_the_message_id_of_a_notice_is_proof_without_its_reply_address(make_service: MakeService, mode: str) -> None:
    begun(make_service(mode)).acts(to=SERVICE)


def test_an_address_at_which_a_member_is_listed_too_is_proof_and_one_that_is_not_listed_is_none(
    make_service: MakeService,
) -> None:
    service = make_service("dmarc")
    listed = f'address = "{DANA}"'
    aliased = service.again(
        service.config_file.read_text().replace(listed, f'{listed}, aliases = ["d@service.example"]')
    )
    scene = begun(aliased)
    notice = aliased.notice(DANA, "I am Alex.")
    before = aliased.stored(scene.reference)
    aliased.receive(aliased.answer(notice, FORGED, author="Dana <dd@service.example>"))
    assert aliased.stored(scene.reference) == before
    scene.acts(author="Dana <D@Service.Example>")
    aliased.close()


def test_a_member_taken_out_of_the_file_is_a_stranger_whose_tokens_are_dead(make_service: MakeService) -> None:
    service = make_service("dmarc")
    scene = begun(service)
    notice = service.notice(DANA, "I am Alex.")
    service.receive(service.answer(notice, "#take"))
    kept = service.config_file.read_text().splitlines(keepends=True)
    without = service.again("".join(line for line in kept if 'name = "Dana"' not in line))
    before = without.stored(scene.reference)
    without.receive(without.answer(notice, FORGED))
    assert without.stored(scene.reference) == before
    assert without.answers(ALEX) == []
    assert "harbour" in without.told(ROBIN), "what a stranger writes is shown"

    told = len(without.to(ROBIN))
    without.writes(ALEX, "I am still here.", to=reply_to(service.to(ALEX)[0]))
    assert "I am still here." in without.told(ROBIN), "the case went back to everybody"
    assert len(without.to(ROBIN)) == told + 1
    without.receive(without.answer(without.notice(ROBIN, "still here"), TRUE, author=f"Robin <{ROBIN}>"))
    assert without.answers(ALEX) == [TRUE]
    without.close()

    returned = service.again("".join(kept))
    before = returned.stored(scene.reference)
    returned.receive(returned.answer(notice, FORGED))
    assert returned.stored(scene.reference) == before, "a token lived on while its member was gone"
    returned.close()
