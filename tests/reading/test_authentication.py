"""What the border proved of the From domain (A14–A16)."""

from __future__ import annotations

import pytest
from reading.build import PASS, mail, read

from mailbot.model import Dmarc
from mailbot.reading import Limits, read_message

RECEIVED = "Received: from mail.example.net by mx.service.example; Tue, 24 Nov 2026 10:00:00 +0000"
OURS = "Authentication-Results: mx.service.example;"


@pytest.mark.parametrize(
    "results",
    [
        "dmarc=pass header.from=example.net",
        "spf=pass smtp.mailfrom=kim@example.net; dkim=pass header.d=example.net;"
        " dmarc=pass (p=REJECT) header.from=EXAMPLE.net",
        "iprev=pass smtp.remote-ip=2001:db8::1;"
        "\r\n dmarc=pass policy.published-domain-policy=reject header.from=example.net",
        "dmarc=pass header.from=kim@example.net",
    ],
)
def test_a_pass_of_our_border_for_the_domain_we_parsed_counts(results: str) -> None:
    assert read(mail(f"{OURS} {results}", RECEIVED)).dmarc is Dmarc.PASS


def test_without_a_result_there_is_none() -> None:
    assert read(mail(RECEIVED)).dmarc is Dmarc.NONE


@pytest.mark.parametrize(
    "server", ["mx.service.example.evil.example", "mx-service.example", "service.example", "MX.service.exampl"]
)
def test_a_server_that_is_not_ours_proves_nothing(server: str) -> None:
    assert read(mail(PASS.replace("mx.service.example", server))).dmarc is Dmarc.NONE
    assert read(mail(PASS.replace("mx.service.example", "MX.Service.Example"))).dmarc is Dmarc.PASS


def test_a_result_below_the_first_received_proves_nothing() -> None:
    assert read(mail(RECEIVED, PASS)).dmarc is Dmarc.NONE
    assert read(mail(PASS, RECEIVED)).dmarc is Dmarc.PASS


def test_two_results_that_disagree_are_a_fail() -> None:
    failed = PASS.replace("pass", "fail")
    assert read(mail(failed, PASS)).dmarc is Dmarc.FAIL
    assert read(mail(PASS, failed)).dmarc is Dmarc.FAIL
    assert (
        read(mail(f"{OURS} dmarc=pass header.from=example.net; dmarc=fail header.from=example.net")).dmarc is Dmarc.FAIL
    )
    assert read(mail(PASS, PASS)).dmarc is Dmarc.PASS


@pytest.mark.parametrize(
    "results",
    [
        "spf=fail (dmarc=pass header.from=example.net) smtp.mailfrom=evil.example",
        'spf=fail reason="; dmarc=pass header.from=example.net; x=" smtp.mailfrom=evil.example',
        'spf=pass smtp.mailfrom="; dmarc=pass header.from=example.net"@evil.example',
        'spf=pass smtp.mailfrom="\u00e9; dmarc=pass header.from=example.net; a="@evil.example',
        'spf=pass smtp.mailfrom=a"; dmarc=pass header.from=example.net',
        "spf=pass (; dmarc=pass header.from=example.net",
        "dkim=pass header.d=example.net",
        "spf=pass smtp.mailfrom=example.net; dkim=pass header.d=evil.example",
        "dmarc=pass",
        "dmarc=none header.from=example.net",
        "xdmarc=pass header.from=example.net",
        "arc=pass; none",
    ],
)
def test_a_verdict_in_the_wrong_place_is_no_pass(results: str) -> None:
    assert read(mail(f"{OURS} {results}")).dmarc is Dmarc.NONE


@pytest.mark.parametrize(
    "field", ["ARC-Authentication-Results: i=1; ", "X-Authentication-Results: ", "Received-SPF: pass "]
)
def test_other_proofs_are_worth_nothing(field: str) -> None:
    assert read(mail(field + "mx.service.example; dmarc=pass header.from=example.net")).dmarc is Dmarc.NONE


def test_a_pass_for_another_domain_means_that_the_border_read_another_author() -> None:
    assert read(mail(PASS.replace("example.net", "evil.example"))).dmarc is Dmarc.FAIL


def test_a_pass_for_the_organisation_is_no_pass_for_a_host_below_it() -> None:
    assert read(mail(PASS, sender="kim@sub.example.net")).dmarc is Dmarc.NONE


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ("dmarc=fail header.from=example.net", Dmarc.FAIL),
        ("dmarc=fail (p=REJECT sp=NONE dis=NONE) header.from=example.net", Dmarc.FAIL),
        ("dmarc=fail policy.dmarc=reject header.from=example.net", Dmarc.FAIL),
        ("dmarc=fail (p=NONE sp=QUARANTINE dis=NONE) header.from=example.net", Dmarc.NONE),
        ("dmarc=fail policy.dmarc=none header.from=example.net", Dmarc.NONE),
        ("dmarc=fail (p=none) policy.dmarc=reject header.from=example.net", Dmarc.FAIL),
        ("dmarc=temperror header.from=example.net", Dmarc.NONE),
    ],
)
def test_a_fail_is_milder_only_where_the_result_states_that_the_policy_is_none(results: str, expected: Dmarc) -> None:
    assert read(mail(f"{OURS} {results}")).dmarc is expected


def test_a_fail_stays_one_in_a_field_broken_by_the_senders_words() -> None:
    assert read(mail(f'{OURS} spf=pass smtp.mailfrom=a"b; dmarc=fail header.from=example.net')).dmarc is Dmarc.FAIL


def test_the_hosts_own_header_counts_once_and_with_its_exact_value() -> None:
    def internal(*fields: str) -> bool:
        header = ("X-Host-AuthAs", "Internal")
        return read_message(mail(*fields), trusted_ids=(), limits=Limits(), internal_header=header).internal

    assert internal("X-Host-AuthAs: Internal")
    assert not internal("X-Host-AuthAs: internal")
    assert not internal("X-Host-AuthAs: Internal", "X-Host-AuthAs: Internal")
    assert not internal()
    assert not read(mail("X-Host-AuthAs: Internal")).internal


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        ("mx.service.example 1", Dmarc.PASS),
        ("mx.service.example (the border) 1 (of two)", Dmarc.PASS),
        ('"mx.service.example"', Dmarc.PASS),
        ('"mx.service.example" 1', Dmarc.PASS),
        ("mx.service.example 2", Dmarc.NONE),
        ('"mx.service.example', Dmarc.NONE),
        ('"mx.service.example" x', Dmarc.NONE),
        ('evil.example "mx.service.example"', Dmarc.NONE),
        ("(mx.service.example) evil.example", Dmarc.NONE),
        ("mx.service.example evil.example", Dmarc.NONE),
        ("", Dmarc.NONE),
    ],
)
def test_a_server_is_named_by_the_whole_of_its_id(server: str, expected: Dmarc) -> None:
    assert read(mail(f"Authentication-Results: {server}; dmarc=pass header.from=example.net")).dmarc is expected


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ("dmarc=pass header.from=evil.example header.from=example.net", Dmarc.FAIL),
        ("dmarc=pass header.from=example.net header.from=evil.example", Dmarc.FAIL),
        ("dmarc=pass header.from=example.net header.from=example.net", Dmarc.PASS),
        ("dmarc=pass header.from=example.net.", Dmarc.PASS),
        ("dmarc=pass header.from=sub.example.net", Dmarc.FAIL),
        ("dmarc=pass header.from=net", Dmarc.NONE),
        ("dmarc=pass header.from=\uff45xample.net", Dmarc.NONE),
        ("DMARC = PASS header.from=Example.NET", Dmarc.PASS),
        ("dmarc/1=pass header.from=example.net", Dmarc.PASS),
        ("dmarc=bestguesspass header.from=example.net", Dmarc.NONE),
        ("dmarc=pass (dmarc=fail) header.from=example.net", Dmarc.PASS),
        ("dmarc=fail (dmarc=pass header.from=example.net) header.from=example.net", Dmarc.FAIL),
        ('dmarc=fail reason="dmarc=pass header.from=example.net" header.from=example.net', Dmarc.FAIL),
        ("dmarc=pass\r\n\theader.from=example.net", Dmarc.PASS),
        ("spf=none; dmarc=pass header.from=example.net; arc=fail; spf=fail smtp.mailfrom=evil.example", Dmarc.PASS),
        ("dmarc=pass header.from=example.net" + "; dmarc=pass header.from=example.net" * 9, Dmarc.FAIL),
    ],
)
def test_only_one_result_for_exactly_the_parsed_domain_is_a_pass(results: str, expected: Dmarc) -> None:
    assert read(mail(f"{OURS} {results}", RECEIVED)).dmarc is expected


def test_a_domain_in_punycode_is_compared_as_it_is_written() -> None:
    passed = f"{OURS} dmarc=pass header.from=xn--exmple-cua.net"
    assert read(mail(passed, sender="kim@XN--exmple-cua.net")).dmarc is Dmarc.PASS
    assert read(mail(passed, sender="kim@exmple.net")).dmarc is Dmarc.FAIL
    assert (
        read(mail(f"{OURS} dmarc=pass header.from=ex\u00e4mple.net", sender="kim@xn--exmple-cua.net")).dmarc
        is Dmarc.NONE
    )


def test_a_strangers_results_neither_prove_nor_hide_ours() -> None:
    strangers = PASS.replace("mx.service.example", "evil.example")
    failed = PASS.replace("pass", "fail")
    assert read(mail(strangers, failed, RECEIVED)).dmarc is Dmarc.FAIL
    assert read(mail(strangers, PASS, RECEIVED)).dmarc is Dmarc.PASS
    assert read(mail(strangers, RECEIVED, PASS)).dmarc is Dmarc.NONE
    assert read(mail(PASS, RECEIVED, failed)).dmarc is Dmarc.PASS
    assert (
        read(
            mail(
                "ARC-Authentication-Results: i=1; mx.service.example; dmarc=fail header.from=example.net",
                PASS,
                RECEIVED,
            )
        ).dmarc
        is Dmarc.PASS
    )


def test_a_result_for_nobody_is_no_pass() -> None:
    assert read(mail(PASS, sender="kim@example.net, evil@example.org")).dmarc is Dmarc.NONE
    assert read(mail(PASS, sender=None)).dmarc is Dmarc.NONE
