"""Dovecot and Postfix that let in who brings an access token: Dovecot asks the token endpoint whose it is, Postfix asks
Dovecot (SASL). The same servers as in `support.live`, with a few more lines of configuration.
"""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from mailbot.demo.servers import EmbeddedServers
from support.dovecot import Dovecot
from support.postfix import Postfix

DOVECOT = """
auth_mechanisms = plain xoauth2
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth2.conf
}}
service auth {{
  unix_listener {folder}/postfix-auth {{
    mode = 0666
  }}
}}
"""

OAUTH = """
tokeninfo_url = {tokeninfo}
username_attribute = username
active_attribute = active
active_value = true
"""

POSTFIX = """
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {folder}/postfix-auth
"""


class OAuthServers:
    """Both servers while the `with` lasts; `tokeninfo` is where Dovecot asks. `sent` is what went outside."""

    def __init__(self, tokeninfo: str, addresses: dict[str, str], domain: str) -> None:
        self._tokeninfo = tokeninfo
        self._addresses = addresses
        self._domain = domain

    def __enter__(self) -> OAuthServers:
        with ExitStack() as stack:
            folder = Path(tempfile.mkdtemp(prefix="mailbot-live-"))
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            folder.chmod(0o755)
            owner = pwd.getpwnam("mail")
            mail = folder / "mail"
            mail.mkdir()
            os.chown(mail, owner.pw_uid, owner.pw_gid)
            self._outside = stack.enter_context(EmbeddedServers({}, {}))
            self.imap_port = stack.enter_context(self._dovecot(folder / "dovecot", mail)).port
            self.smtp_port = stack.enter_context(self._postfix(folder, mail)).port
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()

    def sent(self, count: int) -> list[bytes]:
        """What went to addresses outside, once there are `count`."""
        return [one.data for one in self._outside.wait_sent(count)]

    def _dovecot(self, folder: Path, mail: Path) -> Dovecot:
        server = Dovecot(folder, mail, "secret")
        (folder / "oauth2.conf").write_text(OAUTH.format(tokeninfo=self._tokeninfo))
        with (folder / "dovecot.conf").open("a") as more:
            more.write(DOVECOT.format(folder=folder))
        return server

    def _postfix(self, folder: Path, mail: Path) -> Postfix:
        server = Postfix(folder / "postfix", mail, self._addresses, self._domain, self._outside.smtp_port)
        main = folder / "postfix" / "etc" / "main.cf"
        # Nobody is trusted for where he comes from.
        signed_in = main.read_text().replace("permit_mynetworks", "permit_sasl_authenticated")
        main.write_text(signed_in + POSTFIX.format(folder=folder / "dovecot"))
        return server
