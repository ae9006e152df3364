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
    " kra procreate insp x3f mrw kdc dcr mef mos erf 3fr fff iiq gpr srf sr2 rwl ptx hif avifs avci jps mpo jpc j2c jxs"
    " pnm pbm pgm ppm pam xbm xpm pict pct pcd dds fpx djvu djv icns qoi flif bpg ktx cdr cgm sketch afphoto clip"
    " xps oxps thm lrv"
)
_FILMS = (
    "mp4 m4v mov qt avi mkv webm wmv asf flv f4v mpg mpeg mpe m1v m2v mp2v 3gp 3g2 3gpp ogv ogm ts mts m2ts vob rm rmvb"
    " divx mxf insv gifv swf f4p m4p m2v mjpeg mjpg amv bik dav dvr-ms wtv nsv y4m h264 h265 hevc ogx mk3d"
    " camrec lottie"
)
_ARCHIVES = (
    "zip zipx rar 7z tar gz tgz bz2 tbz tbz2 xz txz zst lz lzma z lzh lha arj ace cab iso img dmg vhd vhdx vmdk jar"
    " war ear apk ipa xpi deb rpm"
    " cpio ar pkg msi wim sit sitx hqx bin uue uu yenc b64 mim winmail pst ost mbox cbz cbr epub rev par2 001 r00"
    " z01 crx msg oft eml mht mhtml dbx emlx olm tnef zpaq lzo lz4 br alz egg zoo arc pak sfx appx msix aab whl gem"
    " nupkg vsix xap vdi qcow2 esd swm wim chm one onepkg pages numbers keynote key"
)
_EXTENSIONS = frozenset(f"{_PICTURES} {_FILMS} {_ARCHIVES}".split())
_LABEL = re.compile(
    r"(?:image|video)/|application/(?:.*(?:zip|compress|archive|-rar|7z|-tar|gzip|bzip|cab|tnef|-arj|-lzh|-lha|-ace"
    r"|-xz|zstd|iso9660|diskimage)"
    r"|x-iso|java-archive|vnd\.android|(?:x-)?photoshop|postscript|x-shockwave|mac-binhex|macbinary|applefile|x-sit"
    r"|stuffit|dicom|mp4|mxf|ogg"
    r"|vnd\.rn-real|vnd\.ms-asf|x-apple-diskimage|x-msmetafile|x-silverlight|vnd\.ms-outlook|vnd\.ms-xpsdocument"
    r"|vnd\.apple\.(?:pages|numbers|keynote)|x-webarchive)|multipart/(?:appledouble|x-zip)|text/(?:x-)?svg|font/svg",
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
    rb"|\xc5\xd0\xd3\xc6|AT&TFORM|FOVb|\x00MRM|II\x1a\x00\x00\x00HEAP|MMOR|P[1-7]\s\d|.{128}DICM|icns|qoif"
    rb"|FLIF|BPG\xfb"
    rb"|DDS |gimp xcf|\xabKTX|\x0a[\x00-\x05]\x01[\x01\x02\x04\x08]|\x01\x00\x09\x00\x00\x03"
    rb"|SIMPLE  =|\x00\x00\x00\x01[\x09\x27\x40\x67]"
    rb"|\x06\x0e\x2b\x34|RIFX|\x04\x22\x4d\x18|\x89LZO|ZOO |ALZ\x01|EGGA|QFI\xfb|KDMV"
    rb"|vhdxfile|PAR2\x00PKT|7kSt|ITSF|Cr24"
    rb"|\x00\x05\x16[\x00\x07]",
    re.DOTALL,
)
# The beginnings of pictures that viewers find behind other bytes as well (A41); a PDF or an old Office file may hold
# some.
_WITHIN = re.compile(
    rb"\xff\xd8\xff[\xe0-\xef\xdb]..(?:JFIF|Exif|ICC_|Adobe|\x00)|\x89PNG\r\n\x1a\n|GIF8[79]a"
    rb"|ftyp(?:heic|heix|hevc|mif1|msf1|avif|avis|isom|mp4[12]|M4V |qt  |3gp)|Rar!\x1a\x07|7z\xbc\xaf\x27\x1c"
    rb"|PK\x03\x04",
    re.DOTALL,
)
_MAY_HOLD_PICTURES = (b"%PDF-", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_ZIP_END_MARK = b"PK\x05\x06"
_OVERRIDE = re.compile("[\u202e\u2067]([^\u202c\u2069]*)")
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\xa0\xad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffd]")
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
    in what they open. A name that turns its direction is read as it is shown, too: "a" + RLO + "gpj.txt" is "atxt.jpg".
    """
    shown = _OVERRIDE.sub(lambda match: match[1][::-1], filename)
    return any(_has_sealed_extension(name) for name in {filename, shown})


def _has_sealed_extension(filename: str) -> bool:
    name = _INVISIBLE.sub("", filename.lower()).replace("\uff0e", ".").replace("\u2024", ".").strip(" .\t")
    if name == "winmail.dat":
        return True
    return any(piece.partition(":")[0].strip() in _EXTENSIONS for piece in name.split(".")[1:][-3:])


def sealed_by_bytes(head: bytes, is_text: bool) -> bool:
    """Whether the first bytes do; blanks and a byte order mark before them are passed over, as viewers do.

    A text that has no control characters is a text, even if somebody begins it with "FUJIFILM".
    """
    if is_text and not _CONTROL.search(head):
        return False
    bare = head.lstrip(b"\xef\xbb\xbf \t\r\n\0")
    bitmap = head[:2] == b"BM" and head[6:10] == b"\0\0\0\0"
    if bitmap or _MAGIC.match(head) or _MAGIC.match(bare):
        return True
    return not bare.startswith(_MAY_HOLD_PICTURES) and _WITHIN.search(head) is not None


def holds_archive_at_end(tail: bytes) -> bool:
    """Whether a file ends as a ZIP does: those are read from their end, so a paper in front of one hides it (A42)."""
    return _ZIP_END_MARK in tail


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
