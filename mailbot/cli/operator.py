"""Who is at the command line, as the audit names them: for acts that open or destroy what people wrote (promise 15)."""

from __future__ import annotations

import os
import pwd
import re

_UNFIT = re.compile(r"[^A-Za-z0-9._-]")


def name() -> str:
    """ "operator:NAME", the account that called; through sudo, the person behind it. A hint, not a proof: whoever may
    read the key may also write the audit.
    """
    sudo = os.environ.get("SUDO_USER", "")
    return f"operator:{_UNFIT.sub('_', sudo or _account())}"[:40]


def _account() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's numeric user has no name
        return str(os.getuid())
