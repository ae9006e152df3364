"""The two doors to the world: `Mailbox` (IMAP, where mail comes from) and `Submission` (SMTP, where letters leave)."""

from mailbot.transport.account import Account, Security
from mailbot.transport.filing import DONE_FLAG
from mailbot.transport.imap import Mailbox
from mailbot.transport.imap_values import Filed, FolderView, How, Summary
from mailbot.transport.smtp import Submission
from mailbot.transport.smtp_answers import Answer, Outcome, Stage
from mailbot.transport.smtp_letter import Dsn

__all__ = [
    "DONE_FLAG",
    "Account",
    "Answer",
    "Dsn",
    "Filed",
    "FolderView",
    "How",
    "Mailbox",
    "Outcome",
    "Security",
    "Stage",
    "Submission",
    "Summary",
]
