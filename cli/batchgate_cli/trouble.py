"""What a person has to put right, told in words instead of a traceback."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
)

from batchgate import aws
from batchgate.errors import Busy, DataLost

FAILED, USAGE, UNFINISHED = 1, 2, 3
"""Exit codes: something failed, a wrong call, and work that is not all done."""

CREDENTIALS = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})


class Trouble(Exception):
    """What has to be put right: `what` is wrong, `help` how to go on; `code` is the exit code."""

    def __init__(self, what: str, help_: str = "", *, code: int = FAILED) -> None:
        super().__init__(what)
        self.what = what
        self.help = help_
        self.code = code

    @property
    def told(self) -> Mapping[str, str]:
        """The trouble for machines."""
        return {"error": self.what} | ({"help": self.help} if self.help else {})


@contextmanager
def explained() -> Iterator[None]:
    """Turn what AWS and the gateway's code raise into `Trouble`; all else is a bug of ours."""
    try:
        yield
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise Trouble(
            "No AWS credentials were found.",
            "Sign in (aws sso login), choose --profile, or set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY. For the stack of this machine: --local.",
        ) from error
    except ProfileNotFound as error:
        raise Trouble(f"{error}.", "aws configure list-profiles names those there are.") from error
    except NoRegionError as error:
        raise Trouble("No AWS region was given.", "Say --region, or set AWS_REGION.") from error
    except ClientError as error:
        raise _refused(error) from error
    except Busy as error:
        raise Trouble(
            f"AWS was busy or out of reach ({error}).", "The same command again does no harm."
        ) from error
    except DataLost as error:
        raise Trouble(
            f"Stored data is missing or can't be read: {error}.",
            "See docs/runbooks/worker-errors.md.",
        ) from error
    except EndpointConnectionError as error:
        raise Trouble(f"{error}", "Does the stack run? See --endpoint-url.") from error
    except BotoCoreError as error:
        raise Trouble(f"AWS can't be called: {error}") from error


def _refused(error: ClientError) -> Trouble:
    code = aws.code(error)
    message = str(error.response.get("Error", {}).get("Message", ""))
    if code in CREDENTIALS:
        return Trouble(f"AWS does not take these credentials ({code}).", "Sign in again.")
    if code in DENIED:
        return Trouble(
            f"These credentials may not do that: {message}",
            "docs/cli.md lists what each command needs.",
        )
    return Trouble(f"AWS refused {error.operation_name}: {code}: {message}")
