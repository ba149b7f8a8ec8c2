#!/usr/bin/env python3
"""Signed return paths for bouncedb. Python 3, standard library only.

    sign.py KEYFILE BASE RECIPIENT [NOW]

KEYFILE was made by "bouncedb verp keygen". NOW is in Unix seconds; tests set it.
"""
import base64
import hashlib
import hmac
import re
import sys
import time


def return_path(key, base, recipient, now=None):
    """The envelope sender for a message to recipient, or None if it does not fit."""
    days = int(time.time() if now is None else now) // 86400 % 32768
    day = "".join("abcdefghijklmnopqrstuvwxyz234567"[days >> shift & 31] for shift in (10, 5, 0))
    local, domain = recipient.rsplit("@", 1)
    base_local, base_domain = base.rsplit("@", 1)
    signed = "\0".join(["bouncedb-verp-v1", base, day, local, domain]).lower().encode("ascii")
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    tag = base64.b32encode(digest[:10]).decode("ascii").lower()
    result = f"{base_local}+1{day}{tag}-{local}={domain}"
    return f"{result}@{base_domain}" if len(result) <= 64 else None


def fits(recipient):
    """Whether the recipient is plain enough. Others need bouncedb verp make --opaque."""
    return re.fullmatch(r"[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+", recipient) and ".." not in recipient


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        secret = bytes.fromhex(file.read().strip())
    address = sys.argv[3]
    path = fits(address) and return_path(secret, sys.argv[2], address, *sys.argv[4:5])
    sys.exit(print(path) if path else f"{address} does not fit")
