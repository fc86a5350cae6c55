"""`python -m batchgate_cli` is `batchgate`."""

from batchgate_cli.app import main

if __name__ == "__main__":
    main()
