"""How PostgreSQL is reached: a server elsewhere proves itself, one that does not answer is given up."""

from __future__ import annotations

import pytest
from sqlalchemy.engine import make_url

from mailbot.errors import DatabaseDown
from storage import postgresql
from storage.database import Database
from storage.sealing import new_key

FAR = "postgresql+psycopg://mailbot@db.example.net/help"


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        (FAR, {"sslmode": "verify-full", "sslrootcert": "system"}),
        (f"{FAR}?sslmode=require", {}),
        ("postgresql+psycopg://mailbot@127.0.0.1/help", {}),
        ("postgresql+psycopg://mailbot@/help?host=/run/postgresql", {}),
        ("postgresql+psycopg://mailbot@/help?host=db.example.net", {"sslmode": "verify-full", "sslrootcert": "system"}),
    ],
)
def test_a_server_on_another_machine_must_prove_its_name(url: str, asked: dict[str, str]) -> None:
    assert postgresql._tls(make_url(url)) == asked


def test_a_server_that_is_not_there_is_one_sentence_without_the_password() -> None:
    with pytest.raises(DatabaseDown, match="cannot be used now") as caught:
        Database.open("postgresql+psycopg://mailbot:hunter2@127.0.0.1:1/help", new_key())
    assert "hunter2" not in str(caught.value)
    assert "port 1 failed" in str(caught.value)
