"""How a supplier calls the gateway, in sessions: from the contract alone, as in `client`."""

import hashlib
import hmac
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from typing import Any

import httpx
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from local.client import POLL_SECONDS, Client

PROPOSALS = "/api/spa/v1/proposal/batch"


class ProposalClient(Client):
    """A supplier that schedules changes of its listings.

    Args:
        base_url: the API's stage, without a slash at its end.
        credentials: `supplier_id`, `key_version`, `key`, `iv`, `salt`.
    """

    def __init__(self, base_url: str, credentials: Mapping[str, str]) -> None:
        super().__init__(base_url)
        self._credentials = credentials
        self.cookie = self.word = ""

    def signed_sign_in(self) -> tuple[dict[str, str], bytes]:
        """The headers and the body of a sign-in at this moment."""
        return signed_sign_in(self._credentials, now_s=int(time.time()))

    def sign_in(self) -> httpx.Response:
        """Begin a session, used from here on: its cookie and the word that goes with it."""
        headers, body = self.signed_sign_in()
        answer = self._http.post("/api/spa/v1/signIn", headers=headers, content=body)
        answer.raise_for_status()
        # By hand: a cookie's path and `Secure` fit neither a stage nor a local address.
        self.cookie = answer.headers["Set-Cookie"].partition(";")[0]
        self._http.headers["Cookie"] = self.cookie
        self.word = self._http.get("/api/spa/v1/token").raise_for_status().json()["wssid"]
        self._http.headers["X-YahooWSSID-Authorization"] = self.word
        return answer

    def create(self, proposal: Mapping[str, Any]) -> httpx.Response:
        """Create a proposal: `proposalType`, `batchSource`, `executeTs`, `revertTs`."""
        return self._http.post(PROPOSALS, json=proposal)

    def get(self, number: int, **parameters: str) -> httpx.Response:
        """Look one proposal up; with its details by `fields="+details"`."""
        return self._http.get(f"{PROPOSALS}/{number}", params=parameters)

    def list(self, **parameters: str) -> httpx.Response:
        """Look up the proposals that match."""
        return self._http.get(PROPOSALS, params=parameters)

    def change(self, number: int, changes: Mapping[str, Any]) -> httpx.Response:
        """Change a proposal: times, `details`, or a status to `canceled`."""
        return self._http.patch(f"{PROPOSALS}/{number}", json=changes)

    def until(
        self,
        number: int,
        ended: Callable[[Mapping[str, Any]], bool],
        seconds: float = 60,
        each: Callable[[Mapping[str, Any]], None] = lambda _: None,
    ) -> Mapping[str, Any]:
        """A proposal once it is so; `TimeoutError` if that takes too long.

        Args:
            number: the proposal's id.
            ended: tells whether it is as waited for.
            seconds: how long to wait.
            each: is shown every state on the way.
        """
        deadline = time.monotonic() + seconds
        while True:
            answer = self.get(number)
            if answer.is_success:
                proposal: Mapping[str, Any] = answer.json()
                each(proposal)
                if ended(proposal):
                    return proposal
            if time.monotonic() > deadline:
                raise TimeoutError(answer.text)
            time.sleep(POLL_SECONDS)


def signed_sign_in(credentials: Mapping[str, str], *, now_s: int) -> tuple[dict[str, str], bytes]:
    """The headers and the body of a sign-in: an encrypted supplier's number, signed."""
    padding = PKCS7(AES.block_size).padder()
    plain = f'{{"supplierId":{credentials["supplier_id"]}}}'.encode()
    padded = padding.update(plain) + padding.finalize()
    key, iv = b64decode(credentials["key"]), b64decode(credentials["iv"])
    cipher = Cipher(AES(key), CBC(iv)).encryptor()
    body = b64encode(cipher.update(padded) + cipher.finalize())
    token = f"Supplier_{credentials['supplier_id']}"
    text = f"{now_s}{token}{credentials['salt']}".encode() + body
    signature = hmac.new(credentials["key"].encode(), text, hashlib.sha512).hexdigest()
    return {
        "api-token": token,
        "api-keyversion": credentials["key_version"],
        "api-timestamp": str(now_s),
        "api-signature": signature,
    }, body
