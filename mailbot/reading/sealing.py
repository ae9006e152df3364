"""What counts as picture, film or archive: by label, by name, by first bytes (promise 12, A41, A42). Any one of the
three seals.

Everything here looks at no more than the first 4 kB, but for Office files: those are ZIPs, and are left open only if
the label and the ZIP's own directory agree. Nothing is unpacked. A list that misses a format harms; one that seals
too much costs a staff member a question to the operator.
"""

from __future__ import annotations

import re
import struct

_PICTURES = (
    "jpg jpeg jpe jfif jif pjpeg pjp png apng gif bmp dib webp heic heif heics avif tif tiff svg svgz ico cur psd"
    " psb xcf ai eps raw cr2 cr3"
    " crw nef nrw arw dng orf raf rw2 pef srw jxl jp2 j2k jpf jpx jpm hdr exr tga pcx emf wmf wmz emz jxr wdp dcm"
    " kra procreate insp"
)
_FILMS = (
    "mp4 m4v mov qt avi mkv webm wmv asf flv f4v mpg mpeg mpe m1v m2v mp2v 3gp 3g2 3gpp ogv ogm ts mts m2ts vob rm rmvb"
    " divx mxf insv gifv swf"
)
_ARCHIVES = (
    "zip zipx rar 7z tar gz tgz bz2 tbz tbz2 xz txz zst lz lzma z lzh lha arj ace cab iso img dmg vhd vhdx vmdk jar"
    " war ear apk ipa xpi deb rpm"
    " cpio ar pkg msi wim sit sitx hqx bin uue uu yenc b64 mim winmail pst ost mbox cbz cbr epub rev par2 001 r00"
    " z01 crx"
)
_EXTENSIONS = frozenset(f"{_PICTURES} {_FILMS} {_ARCHIVES}".split())
_LABEL = re.compile(
    r"(?:image|video)/|application/(?:.*(?:zip|compress|archive|-rar|7z|-tar|gzip|bzip|cab|tnef|-arj|-lzh|-lha|-ace"
    r"|-xz|zstd|iso9660|diskimage)"
    r"|x-iso|java-archive|vnd\.android|(?:x-)?photoshop|postscript|x-shockwave|mac-binhex|macbinary|applefile|x-sit"
    r"|stuffit|dicom|mp4|mxf|ogg"
    r"|vnd\.rn-real|vnd\.ms-asf|x-apple-diskimage|x-msmetafile|x-silverlight)|multipart/(?:appledouble|x-zip)",
)
_OFFICE_LABEL = re.compile(
    r"application/(?:vnd\.openxmlformats-officedocument\.|vnd\.oasis\.opendocument\.(?:text|spreadsheet|presentation)$)"
)
_OFFICE_ENTRY = re.compile(
    rb"\[Content_Types\]\.xml$|(?:_rels|docProps|word|xl|ppt|customXml|META-INF|Configurations2|Thumbnails|settings"
    rb"|Pictures|Object \d+)/"
    rb"|mimetype$|(?:content|styles|meta|settings|manifest)\.(?:xml|rdf)$"
)
_MAGIC = re.compile(
    rb"\xff\xd8\xff|\x89PNG|\x8bMNG|GIF8|RIFF....(?:WEBP|AVI |RMID|CDXA)|.{4}ftyp|\x00.{3}(?:moov|mdat|wide|free|skip)"
    rb"|II\*\x00|MM\x00\*|II\+\x00|MM\x00\+|IIRO|IIU\x00|FUJIFILM|8BPS|\x00\x00[\x01\x02]\x00[\x01-\xff]\x00|\xff\x0a"
    rb"|\x00\x00\x00\x0cJXL |\x00\x00\x00\x0cjP  |\xff\x4f\xff\x51|\xd7\xcd\xc6\x9a|\x01\x00\x00\x00.{36} EMF"
    rb"|\x76\x2f\x31\x01"
    rb"|\x1a\x45\xdf\xa3|FLV\x01|\x00\x00\x01[\xba\xb3]|\x30\x26\xb2\x75\x8e\x66\xcf\x11|OggS|\.RMF|[FCZ]WS[\x03-\x30]"
    rb"|G.{187}G.{187}G|.{4}G.{191}G.{191}G|PK(?:\x03\x04|\x05\x06|\x07\x08|00PK)|Rar!|7z\xbc\xaf\x27\x1c"
    rb"|\x1f[\x8b\x9d\xa0]"
    rb"|BZh[1-9]|\xfd7zXZ|\x28\xb5\x2f\xfd|\x5d\x00\x00.{2}\xff|LZIP|MSCF|ISc\(|\x60\xea|.{2}-l[hz][0-9ds]-"
    rb"|.{7}\*\*ACE\*\*"
    rb"|\x78\x9f\x3e\x22|!BDN|.{257}ustar|!<arch>|\xed\xab\xee\xdb|07070[17]|\xc7\x71|MSWIM|xar!|SIT!|StuffIt"
    rb"|%!PS-Adobe"
    rb"|\xc5\xd0\xd3\xc6|AT&TFORM",
    re.DOTALL,
)
_WRITTEN_OUT = re.compile(
    rb"<svg[\s>]|^begin [0-7]{3,4} |^=ybegin |\(This file must be converted with BinHex"
    rb"|data:(?:image|video|application)/",
    re.IGNORECASE | re.MULTILINE,
)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_ZIP_END = struct.Struct("<4s4H2LH")
_ZIP_ENTRY = struct.Struct("<4s6H3L5H2L")
_MOST_ENTRIES = 5000


def sealed_by_label(content_type: str) -> bool:
    """Whether a media type names a picture, a film or an archive."""
    return _LABEL.match(content_type) is not None and not _OFFICE_LABEL.match(content_type)


def sealed_by_name(filename: str) -> bool:
    """Whether any of a name's last extensions does: "a.jpg", "a.jpg.txt" and "a.jpg. " alike, since programs differ
    in what they open.
    """
    name = filename.lower().strip(" .\t\0\u200b\u202e\ufffd")
    return name == "winmail.dat" or any(piece.strip() in _EXTENSIONS for piece in name.split(".")[1:][-3:])


def sealed_by_bytes(head: bytes, is_text: bool) -> bool:
    """Whether the first bytes do; blanks and a byte order mark before them are passed over, as viewers do.

    A text that has no control characters is a text, even if somebody begins it with "FUJIFILM".
    """
    if is_text and not _CONTROL.search(head):
        return False
    bare = head.lstrip(b"\xef\xbb\xbf \t\r\n\0")
    bitmap = head[:2] == b"BM" and head[6:10] == b"\0\0\0\0"
    return bool(bitmap or _MAGIC.match(head) or _MAGIC.match(bare))


def holds_written_out(data: bytes) -> bool:
    """Whether a file of text holds a picture or an archive written out in letters."""
    return _WRITTEN_OUT.search(data) is not None


def is_office(content_type: str, data: bytes) -> bool:
    """Whether label and ZIP directory both say Office (RULES 11). The directory is read; nothing is unpacked."""
    return _OFFICE_LABEL.match(content_type) is not None and data.startswith(b"PK\3\4") and _is_office_directory(data)


def _is_office_directory(data: bytes) -> bool:
    end = data.rfind(b"PK\5\6", max(0, len(data) - 66_000))
    if end < 0 or len(data) < end + _ZIP_END.size:
        return False
    *_, count, size, offset, comment = _ZIP_END.unpack_from(data, end)
    # The directory must end where its end record begins: a second archive in front or behind is another reading.
    if not 0 < count <= _MOST_ENTRIES or offset + size != end or end + _ZIP_END.size + comment != len(data):
        return False
    position = offset
    for _ in range(count):
        if position + _ZIP_ENTRY.size > end or data[position : position + 4] != b"PK\1\2":
            return False
        lengths: tuple[int, ...] = struct.unpack_from("<3H", data, position + 28)
        name = data[position + _ZIP_ENTRY.size : position + _ZIP_ENTRY.size + lengths[0]]
        if not _OFFICE_ENTRY.match(name):
            return False
        position += _ZIP_ENTRY.size + sum(lengths)
    return bool(position == end)
