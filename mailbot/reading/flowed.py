"""Paragraphs of `format=flowed` text (RFC 3676): lines that end with a blank go on in the next one.

Thunderbird and Apple Mail send so. Without it a long command line would break in two, and its second half would be
words for somebody outside.
"""

from __future__ import annotations

_SIGNATURE_MARK = "-- "


def unflowed(text: str, delete_blank: bool) -> str:
    """The text with each paragraph as one line. `delete_blank`: DelSp=yes, the blank at the joint is not a word's."""
    out: list[str] = []
    pieces: list[str] = []
    open_depth = 0
    for line in text.split("\n"):
        depth, content = _depth(line)
        # Programs leave the blank at the end of a paragraph too; the empty line behind it is meant.
        if pieces and (depth != open_depth or content in (_SIGNATURE_MARK, "")):
            out.append(_line(open_depth, pieces))
        flows = content.endswith(" ") and content != _SIGNATURE_MARK
        open_depth = depth
        pieces.append(content[:-1] if flows and delete_blank else content)
        if not flows:
            out.append(_line(depth, pieces))
    if pieces:
        out.append(_line(open_depth, pieces))
    return "\n".join(out)


def _depth(line: str) -> tuple[int, str]:
    """The number of quote marks, and the line without them and without its stuffing (section 4.4, 4.5)."""
    bare = line.lstrip(">")
    return len(line) - len(bare), bare.removeprefix(" ")


def _line(depth: int, pieces: list[str]) -> str:
    line = "".join(pieces)
    pieces.clear()
    return f"{'>' * depth} {line}".rstrip(" ") if depth else line
