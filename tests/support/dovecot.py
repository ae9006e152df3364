"""Debian's Dovecot 2.3 as a private IMAP server: Maildir, plaintext on loopback, in a folder of its own.

Any user exists and has the one password; mail lies in `mail/<user>` below the folder, owned by Debian's user `mail`.
It keeps its default separator ".", so that programs that assume "/" are found out.
"""

from __future__ import annotations

import pwd
from pathlib import Path
from types import TracebackType

from support import processes

CONFIG = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{mail}/%u
first_valid_uid = 1
first_valid_gid = 1
mail_max_userip_connections = 100
auth_failure_delay = 0
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={mail}/%u
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  service_count = 0
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""


class Dovecot:
    """The server while the `with` lasts. `mail` is the folder with a Maildir a user; it must belong to the user
    `mail`.
    """

    def __init__(self, folder: Path, mail: Path, password: str) -> None:
        folder.mkdir()
        folder.chmod(0o755)
        self.port = processes.free_port()
        self._folder = folder
        owner = pwd.getpwnam("mail")
        self._config = folder / "dovecot.conf"
        self._config.write_text(
            CONFIG.format(
                folder=folder, mail=mail, password=password, uid=owner.pw_uid, gid=owner.pw_gid, port=self.port
            )
        )

    def __enter__(self) -> Dovecot:
        command = [processes.program("dovecot") or "dovecot", "-F", "-c", str(self._config)]
        self._server = processes.Server(command, self.port, self._folder / "output.log")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.end()
