"""AES, as the sign-in of proposals uses it.

It needs `cryptography`, which is in that one function's own requirements: nothing else
that runs in the cloud may import this module.
"""

from base64 import b64decode, b64encode
from binascii import Error

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7


def decrypt(key: str, iv: str, ciphertext: bytes) -> bytes | None:
    """What was encrypted with AES-CBC and PKCS#7 padding; all in base64. `None` if nothing was."""
    try:
        cipher = Cipher(AES(b64decode(key)), CBC(b64decode(iv))).decryptor()
        padded = cipher.update(b64decode(ciphertext, validate=True)) + cipher.finalize()
        padding = PKCS7(AES.block_size).unpadder()
        return padding.update(padded) + padding.finalize()
    except (Error, ValueError):
        return None


def encrypt(key: str, iv: str, plaintext: bytes) -> bytes:
    """The base64 of a text encrypted with AES-CBC and PKCS#7 padding."""
    padding = PKCS7(AES.block_size).padder()
    padded = padding.update(plaintext) + padding.finalize()
    cipher = Cipher(AES(b64decode(key)), CBC(b64decode(iv))).encryptor()
    return b64encode(cipher.update(padded) + cipher.finalize())
