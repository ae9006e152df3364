"""The command line: the table of commands and the way in.

`mailbot --help` is answered from the table here, before click or any command is imported: people type it while they
think. Everything else goes through `frame`, which imports the one command that was called.
"""

from __future__ import annotations

import os
import sys
from typing import NamedTuple, NoReturn


class Entry(NamedTuple):
    """Where a command lives ("module:attribute") and the line that `--help` shows."""

    target: str
    help: str


COMMANDS: dict[str, Entry] = {
    "init": Entry("mailbot.cli.init:init", "Make a folder with configuration, key and database."),
    "upgrade": Entry("mailbot.cli.upgrade:upgrade", "Create the database's schema, or migrate an older one."),
    "check": Entry("mailbot.cli.check:check", "Try everything that mailbot needs, and say what fails."),
    "config": Entry("mailbot.cli.config:config", "Show the effective configuration, secrets masked."),
    "test-mail": Entry("mailbot.cli.test_mail:test_mail", "Send one harmless mail, and say what the server answered."),
    "run": Entry("mailbot.cli.run:run", "Run the daemon, or one pass with --once."),
    "demo": Entry("mailbot.cli.demo:demo", "Tell the whole story on embedded servers."),
    "inspect": Entry("mailbot.cli.inspect:inspect", "Say what mailbot understands of a message."),
    "status": Entry("mailbot.cli.status:status", "Say whether all is well, and what is not."),
    "cases": Entry("mailbot.cli.cases:cases", "List the cases."),
    "case": Entry("mailbot.cli.case:case", "Show one case."),
    "outbox": Entry("mailbot.cli.outbox:outbox", "List what waits to be sent."),
    "quarantine": Entry("mailbot.cli.quarantine:quarantine", "List, show, retry or discard quarantined messages."),
    "letters": Entry("mailbot.cli.letters:letters", "Check every letter, or preview one."),
    "erase": Entry("mailbot.cli.erase:erase", "Destroy a case for ever."),
    "import": Entry("mailbot.cli.import_:import_", "Make closed cases of mail from before inbox.since."),
    "export": Entry("mailbot.cli.export:export", "Write what is held about a person into a ZIP."),
    "attachment": Entry("mailbot.cli.attachment:attachment", "List what a case's messages carry, or open one."),
    "backup": Entry("mailbot.cli.backup:backup", "Copy the database to a file, proved, while mailbot works."),
    "restore": Entry("mailbot.cli.restore:restore", "Put a backup in place of an empty database."),
    "rekey": Entry("mailbot.cli.rekey:rekey", "Make a new master key for the database."),
    "audit": Entry("mailbot.cli.audit:audit", "Verify the chain of the audit log."),
}

HELP = """\
Usage: mailbot [OPTIONS] COMMAND [ARGS]...

  mailbot answers a support service's mail by day and night, and hands it to
  people. `mailbot COMMAND --help` says more about one command.

Options:
  --version   Show the version and exit.
  -h, --help  Show this message and exit.

Commands:
"""


def help_text() -> str:
    """What `mailbot --help` prints."""
    width = max(map(len, COMMANDS))
    return HELP + "".join(f"  {name:<{width}}  {entry.help}\n" for name, entry in COMMANDS.items())


def main() -> NoReturn:
    """Runs the program and ends it: 0 fine, 1 found a problem, 2 wrong usage or configuration, 130 interrupted."""
    try:
        if sys.argv[1:] in (["--help"], ["-h"]):
            sys.stdout.write(help_text())
            code = 0
        else:
            from mailbot.cli.frame import run

            code = run()
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        # The reader left (`mailbot outbox | head`). Else Python complains once more when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.exit(code)
