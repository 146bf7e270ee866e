"""A client as a program: `python -m tests.mutants.clients NAME BASE_URL KEY SOURCE`.

NAME is a provider, for the right client of it, or the name of a wrong one. Exit status 0: it has
the video (in the file --out), 1: it says why not.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from tests.mutants.clients.right import RIGHT, Client, Failed
from tests.mutants.clients.wire import Sockets


def main() -> int:
    parser = argparse.ArgumentParser()
    for name in ("name", "base_url", "key", "source"):
        parser.add_argument(name)
    parser.add_argument(
        "--limit", type=float, default=0.5 * float(os.environ.get("MOCK_TIMEOUT", "30"))
    )
    parser.add_argument("--out", default="")
    args = parser.parse_args()
    client = _named(args.name)(Sockets(), args.base_url, args.key, limit=args.limit)
    try:
        video = client.run(args.source)
    except Failed as why:
        print(why, file=sys.stderr)
        return 1
    if args.out:
        Path(args.out).write_bytes(video)
    return 0


def _named(name: str) -> type[Client]:
    if name in RIGHT:
        return RIGHT[name]
    from tests.mutants.clients.wrong import WRONG

    return next(one.client for one in WRONG if one.client.__name__ == name)


if __name__ == "__main__":
    raise SystemExit(main())
