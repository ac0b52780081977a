#!/usr/bin/env python3
"""Check a sealed evidence bundle. Needs Python 3.8 or later and nothing else; asks nothing of the network.

    python3 verify.py                     the unpacked folder this file lies in
    python3 verify.py FOLDER_OR_ZIP       another folder, or the zip itself
    python3 verify.py ... --key HEX       the key must have this fingerprint, as the ministry publishes it

It checks that every file is there and as it was, that none was added, and that the seal is by the key it names.
Whether that key is the ministry's you check by its fingerprint. A verifier that came with a bundle may have been
exchanged with it: for a serious check take this file from a place you trust.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sys
import zipfile
from typing import Any

FORMAT = "borderwatch-bundle/1"
OUTSIDE = ("manifest.json", "SHA256SUMS", "seal.json")


class Faults(Exception):
    """The bundle cannot even be read."""


def canonical(value: Any) -> bytes:
    """JSON in the one form a bundle is written in."""
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def sha256(content: bytes) -> str:
    """In hexadecimal."""
    return hashlib.sha256(content).hexdigest()


# --- reading ------------------------------------------------------------------------------------------------------


class Folder:
    """An unpacked bundle."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.names: list[str] = []
        for here, folders, files in os.walk(root):
            folders.sort()
            for name in sorted(files):
                path = os.path.join(here, name)
                self.names.append(os.path.relpath(path, root).replace(os.sep, "/"))

    def read(self, name: str) -> bytes:
        """The bytes of a file; a link is none."""
        path = os.path.join(self.root, *name.split("/"))
        if os.path.islink(path):
            raise Faults(name + " is a link")
        with open(path, "rb") as file:
            return file.read()


class Zip:
    """A bundle as it was handed over."""

    def __init__(self, path: str) -> None:
        self.packed = zipfile.ZipFile(path)
        self.names = [entry.filename for entry in self.packed.infolist()]

    def read(self, name: str) -> bytes:
        """The bytes of a file."""
        return self.packed.read(name)


def bundle_at(path: str) -> Folder | Zip:
    """The folder or zip at a path; raises Faults when it is neither."""
    if os.path.isdir(path):
        return Folder(path)
    if zipfile.is_zipfile(path):
        return Zip(path)
    raise Faults(path + " is neither a folder nor a zip")


def parsed(bundle: Folder | Zip, name: str, faults: list[str]) -> tuple[dict[str, Any], bytes]:
    """A file of JSON, and its bytes."""
    content = bundle.read(name)
    value = json.loads(content.decode("utf-8"))
    if canonical(value) != content:
        faults.append(name + " is not in the form it was written in")
    return value, content


# --- checking -----------------------------------------------------------------------------------------------------


def check(bundle: Folder | Zip, wanted_key: str = "") -> tuple[list[str], dict[str, Any]]:
    """(faults, facts); no fault: the bundle is as it was sealed."""
    faults: list[str] = []
    for name in OUTSIDE:
        if name not in bundle.names:
            faults.append(name + " is missing")
    if faults:
        return faults, {}
    if len(set(bundle.names)) != len(bundle.names):
        faults.append("a name appears twice")
    seal, _ = parsed(bundle, "seal.json", faults)
    manifest, manifest_bytes = parsed(bundle, "manifest.json", faults)
    sums = bundle.read("SHA256SUMS")
    if seal.get("format") != FORMAT or manifest.get("format") != FORMAT:
        faults.append("this is no bundle of the form " + FORMAT)
    if seal.get("manifest_sha256") != sha256(manifest_bytes):
        faults.append("the seal is not of this manifest")
    if seal.get("sums_sha256") != sha256(sums):
        faults.append("the seal is not of this SHA256SUMS")
    lines = check_files(bundle, manifest, faults)
    lines["manifest.json"] = sha256(manifest_bytes)
    if "".join(f"{lines[name]}  {name}\n" for name in sorted(lines)).encode() != sums:
        faults.append("SHA256SUMS does not say what the manifest says")
    fingerprint = check_seal(seal, wanted_key, faults)
    facts: dict[str, Any] = {"about": manifest.get("about"), "files": len(lines), "manifest": sha256(manifest_bytes)}
    facts["key"] = fingerprint
    return faults, facts


def check_files(bundle: Folder | Zip, manifest: dict[str, Any], faults: list[str]) -> dict[str, str]:
    """Every file the manifest names is there as it was, and no other; returns the hashes by name."""
    lines: dict[str, str] = {}
    for row in manifest["files"]:
        name = row["path"]
        if name in lines or name in OUTSIDE or name.startswith("/") or ".." in name.split("/") or "\\" in name:
            faults.append("the manifest names a file in a wrong way: " + repr(name))
            continue
        lines[name] = row["sha256"]
        if name not in bundle.names:
            faults.append(name + " is missing")
            continue
        content = bundle.read(name)
        if len(content) != row["size"] or sha256(content) != row["sha256"]:
            faults.append(name + " is not what it was")
    for name in bundle.names:
        if name not in lines and name not in OUTSIDE:
            faults.append(name + " does not belong to the bundle")
    return lines


def unbase64(words: str) -> bytes:
    """The bytes; ValueError for words that are not the one way to write them (the last letter has bits to spare)."""
    content = base64.b64decode(words, validate=True)
    if base64.b64encode(content).decode() != words:
        raise ValueError("not the one way to write it")
    return content


def check_seal(seal: dict[str, Any], wanted_key: str, faults: list[str]) -> str:
    """The signature is by the key the seal names; returns the fingerprint of that key."""
    try:
        key = unbase64(seal["public_key"])
        signature = unbase64(seal["signature"])
    except (KeyError, ValueError, TypeError):
        faults.append("the seal cannot be read")
        return ""
    message = "{}\n{}\n{}\n".format(FORMAT, seal.get("manifest_sha256"), seal.get("sums_sha256"))
    if seal.get("algorithm") != "Ed25519" or not signed(key, message.encode(), signature):
        faults.append("the signature is not by the key the seal names")
    fingerprint = sha256(key)
    if wanted_key and wanted_key.lower().replace(":", "").replace(" ", "") != fingerprint:
        faults.append("the key is not the one you named; its fingerprint is " + fingerprint)
    return fingerprint


# --- Ed25519 as RFC 8032 gives it, so that no library is needed ---------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def signed(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature over the message is by the key; both in bytes."""
    if len(key) != 32 or len(signature) != 64:
        return False
    a, r = point(key), point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + key + message).digest()
    h = int.from_bytes(digest, "little") % ORDER
    return same(times(s, BASE), plus(r, times(h, a)))


def plus(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """The sum of two points."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(number: int, one: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """A point so many times."""
    found = (0, 1, 1, 0)
    while number > 0:
        if number & 1:
            found = plus(found, one)
        one = plus(one, one)
        number >>= 1
    return found


def same(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    """Whether two points are the same."""
    return (one[0] * other[2] - other[0] * one[2]) % P == 0 and (one[1] * other[2] - other[1] * one[2]) % P == 0


def point(content: bytes) -> tuple[int, int, int, int] | None:
    """The point 32 bytes stand for, None when they stand for none."""
    y = int.from_bytes(content, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    x = beside(y, sign) if y < P else None
    return None if x is None else (x, y, 1, x * y % P)


def beside(y: int, sign: int) -> int | None:
    """The x that belongs to a y, None when there is none."""
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if square == 0:
        return None if sign else 0
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P != 0:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P != 0:
        return None
    return P - x if x & 1 != sign else x


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = beside(BASE_Y, 0) or 0
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


# --- saying it ----------------------------------------------------------------------------------------------------


def main(arguments: list[str]) -> int:
    """Check and say; 0 when the bundle is as it was sealed, else 1."""
    key = ""
    if "--key" in arguments:
        at = arguments.index("--key")
        key = "".join(arguments[at + 1 : at + 2])
        arguments = arguments[:at] + arguments[at + 2 :]
    path = arguments[0] if arguments else os.path.dirname(os.path.abspath(__file__))
    try:
        faults, facts = check(bundle_at(path), key)
    except Exception as error:  # whatever it is, such a bundle is not as it was sealed
        faults, facts = [f"it cannot be read: {error}"], {}
    for fault in faults:
        print("FAULT  " + fault)
    if faults:
        print(f"NOT AS SEALED: {len(faults)} fault(s)")
        return 1
    print("about        {kind} {ref}".format(**facts["about"]))
    print(f"files        {facts['files']}, every one as it was, none added")
    print("manifest     SHA-256 {}".format(facts["manifest"]))
    print("key          SHA-256 {}".format(facts["key"]))
    if not key:
        print("             compare it with the fingerprint the ministry publishes, or give it with --key")
    print("AS SEALED")
    return 0


if __name__ == "__main__":
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(main(sys.argv[1:]))
