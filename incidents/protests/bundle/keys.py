"""The site's key by which bundles are signed (Ed25519), made when it is missing and never sent anywhere."""

import base64
import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings


def place() -> Path:
    """Where the private key lies: a file only the site's own account reads."""
    return Path(settings.BUNDLE_KEY)


def ensure() -> Ed25519PrivateKey:
    """The key; a new one when there is none yet. Two processes that make one together end with the same."""
    path = place()
    if not path.exists():
        _make(path)
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{path} holds no Ed25519 key")
    return key


def _make(path: Path) -> None:
    content = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, aside = tempfile.mkstemp(dir=path.parent, prefix=".key-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # A link is made only where nothing is: whoever comes second keeps the first one's key.
        with contextlib.suppress(FileExistsError):
            os.link(aside, path)
    finally:
        Path(aside).unlink()


def public_bytes() -> bytes:
    """The public key, 32 bytes."""
    return ensure().public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def public_text() -> str:
    """The public key in base64, as a seal names it."""
    return base64.b64encode(public_bytes()).decode()


def fingerprint() -> str:
    """The SHA-256 of the public key in hexadecimal: what a reader compares."""
    return hashlib.sha256(public_bytes()).hexdigest()


def sign(message: bytes) -> bytes:
    """The signature, 64 bytes; the same for the same message and key."""
    return ensure().sign(message)
