"""Partners' files, and how tests push them."""

from pathlib import Path

from tests.cli.calling import Cli, Done


def enrolled(cli: Cli, folder: Path, contract: str, *more: str) -> Path:
    """A new partner `acme` of a contract: the file with its credentials."""
    file = folder / f"{contract}.credentials"
    done = cli("partner", "create", "acme", "--contract", contract, *more, "--json")
    assert done.code == 0, done.err
    file.write_text(done.out)
    return file


def push(cli: Cli, file: Path, credentials: Path, *more: str) -> Done:
    """Push a file as acme."""
    contract = credentials.stem
    target = ("--data-set", "odm/master_data", "--method", "PATCH") if contract == "push" else ()
    return cli(
        *("push", str(file), "--contract", contract, "--partner", "acme"),
        *("--credentials", str(credentials), *target, *more, "--json"),
    )


def parts(count: int, quantity: str = "10") -> list[dict[str, str]]:
    """Rows of master data."""
    return [{"LENOVO_PN": f"P{at:04}", "PLANT": "H121", "QTY": quantity} for at in range(count)]


def csv_of(file: Path, rows: list[dict[str, str]]) -> Path:
    """A CSV file of these rows."""
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    file.write_text("\n".join(lines) + "\n")
    return file
