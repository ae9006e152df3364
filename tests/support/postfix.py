"""Debian's Postfix as a private mail exchanger on one loopback port, in a folder of its own, with its own queue.

Mail for known addresses goes into Maildirs through virtual(8), subaddresses included, with the fields a real delivery
writes. Mail for other addresses of the service's domain is refused at RCPT; all other mail goes to one port of ours:
nothing leaves the machine. Needs root, as Postfix does.
"""

from __future__ import annotations

import pwd
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from support import processes

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
myhostname = mx.service.example
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =
disable_dns_lookups = yes
smtpd_peername_lookup = no
local_header_rewrite_clients =
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = permit
smtpd_client_connection_count_limit = 0
recipient_delimiter = +
message_size_limit = 104857600
virtual_mailbox_limit = 0
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {mail}
virtual_mailbox_maps = texthash:{folder}/etc/mailboxes
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
transport_maps = texthash:{folder}/etc/transport
default_transport = smtp:[127.0.0.1]:{outside}
smtp_tls_security_level = none
"""

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """The server while the `with` lasts. `addresses` (address → user) are delivered below `mail`, the rest to port
    `outside`.
    """

    def __init__(self, folder: Path, mail: Path, addresses: Mapping[str, str], domain: str, outside: int) -> None:
        self.port = processes.free_port()
        self._folder = folder
        owner = pwd.getpwnam("mail")
        etc = folder / "etc"
        etc.mkdir(parents=True)
        folder.chmod(0o755)
        main = MAIN.format(
            folder=folder, mail=mail, domain=domain, uid=owner.pw_uid, gid=owner.pw_gid, outside=outside
        )
        (etc / "main.cf").write_text(main)
        (etc / "master.cf").write_text(MASTER.format(port=self.port))
        (etc / "mailboxes").write_text("".join(f"{address} {user}/\n" for address, user in addresses.items()))
        (etc / "transport").write_text("".join(f"{address} virtual:\n" for address in addresses))
        for part in "queue", "data":
            (folder / part).mkdir()
        data = pwd.getpwnam("postfix")
        subprocess.run(["chown", str(data.pw_uid), str(folder / "data")], check=True)

    def __enter__(self) -> Postfix:
        etc = str(self._folder / "etc")
        subprocess.run([processes.program("postfix") or "postfix", "-c", etc, "check"], check=True)  # makes the queue
        asked = [processes.program("postconf") or "postconf", "-h", "-c", etc, "daemon_directory"]
        folder = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
        # Not `postfix start`: the master must be our own child, so that ending it ends exactly this Postfix.
        command = [f"{folder}/master", "-s", "-c", etc]
        self._server = processes.Server(command, self.port, self._folder / "output.log")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.end()
