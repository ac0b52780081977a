"""A zip with a Shapefile, unpacked by hand: nothing in it decides where anything is written or how much.

Runs in the reading process only.
"""

import stat
import zipfile
from pathlib import Path, PurePosixPath

from units.importing.limits import (
    MEMBERS_MAX,
    PRJ_MAX,
    RATIO_FROM,
    RATIO_MAX,
    UNPACKED_MAX,
    Unreadable,
)

# Without the first three there is nothing to read; the others say the coordinate system and the encoding.
NEEDED = (".shp", ".shx", ".dbf")
WANTED = (*NEEDED, ".prj", ".cpg")
CHUNK = 256 * 1024
# How a text that declares a coordinate system begins; anything else could be a name that is looked up elsewhere.
SYSTEMS = ("PROJCS", "GEOGCS", "PROJCRS", "GEOGCRS", "GEODCRS")


def unpack(path: Path, folder: Path) -> Path:
    """The Shapefile of the zip, written as layer.shp and its companions into `folder`. Raises Unreadable."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(archive)
            left = UNPACKED_MAX
            for suffix, info in members.items():
                left -= _write(archive, info, folder / f"layer{suffix}", left)
    except (Unreadable, MemoryError):
        raise
    except Exception as error:  # each way of packing has errors of its own
        raise Unreadable("zip_broken") from error
    _companions(folder)
    return folder / "layer.shp"


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The parts of the one Shapefile by suffix, once every member has been found harmless."""
    infos = archive.infolist()
    if len(infos) > MEMBERS_MAX:
        raise Unreadable("zip_many", count=len(infos), most=MEMBERS_MAX)
    for info in infos:
        _refuse_tricks(info)
    declared = sum(info.file_size for info in infos)
    if declared > UNPACKED_MAX:
        raise Unreadable("zip_large", most=UNPACKED_MAX // 1024**2)
    # Folders and the litter of some systems' packers are passed over.
    files = [i for i in infos if not i.is_dir() and not PurePosixPath(i.filename).name.startswith((".", "__MACOSX"))]
    files = [i for i in files if "__MACOSX" not in PurePosixPath(i.filename).parts]
    shapes = [i for i in files if i.filename.lower().endswith(".shp")]
    if not shapes:
        raise Unreadable("zip_without_shapefile")
    if len(shapes) > 1:
        raise Unreadable("zip_several", names=", ".join(PurePosixPath(i.filename).name[:60] for i in shapes[:5]))
    stem = shapes[0].filename[:-4].lower()
    found = {suffix: i for i in files for suffix in WANTED if i.filename.lower() == stem + suffix}
    lacking = [suffix for suffix in NEEDED if suffix not in found]
    if lacking:
        raise Unreadable("zip_lacks", suffixes=", ".join(lacking))
    return found


def _refuse_tricks(info: zipfile.ZipInfo) -> None:
    """A name that leads elsewhere, a link, a device, a password, or a member far larger than it pretends."""
    name = info.orig_filename
    path = PurePosixPath(name)
    leads_away = path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name or ":" in name
    kind = stat.S_IFMT(info.external_attr >> 16)
    if leads_away or kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise Unreadable("zip_path", name="".join(c for c in name if c.isprintable())[:80])
    if info.flag_bits & 0x1:
        raise Unreadable("zip_locked")
    if info.file_size > RATIO_FROM and info.file_size > RATIO_MAX * max(info.compress_size, 1):
        raise Unreadable("zip_bomb")


def _write(archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, most: int) -> int:
    """Write one member; returns its bytes, counted as they come and not as declared."""
    written = 0
    with archive.open(info) as source, target.open("xb") as out:
        while chunk := source.read(CHUNK):
            written += len(chunk)
            if written > most or (written > RATIO_FROM and written > RATIO_MAX * max(info.compress_size, 1)):
                raise Unreadable("zip_bomb")
            out.write(chunk)
    return written


def _companions(folder: Path) -> None:
    """A coordinate system must be written out; a table without a word on its encoding is UTF-8 when it can be."""
    prj = folder / "layer.prj"
    if prj.exists():
        text = prj.read_bytes()[: PRJ_MAX + 1]
        words = text.decode("utf-8", errors="replace").lstrip("\ufeff \t\r\n")
        if len(text) > PRJ_MAX or not words.upper().startswith(SYSTEMS):
            raise Unreadable("crs_unknown")
    if not (folder / "layer.cpg").exists():
        table = (folder / "layer.dbf").read_bytes()
        header = int.from_bytes(table[8:10], "little")
        try:
            table[header:].decode("utf-8")
        except UnicodeDecodeError:
            return
        (folder / "layer.cpg").write_text("UTF-8", encoding="ascii")
