"""Let the judge be judged, and print the score: `python -m tests.mutants [PART OF A NAME]`."""

from __future__ import annotations

import asyncio
import sys

from conformance.dialects import NAMES
from conformance.listener import listening
from tests import tables
from tests.mutants import rows
from tests.mutants.model import fired, results
from tests.mutants.score import MUTANTS, table


async def main(part: str) -> int:
    """The mutants that were not found out by exactly the cases that they name."""
    wrong = 0
    async with listening(lambda: 0.0) as listener:
        for mutant in MUTANTS:
            if part not in mutant.id:
                continue
            found = fired(await results(mutant, listener))
            if found != mutant.fires:
                wrong += 1
                print(f"{mutant.id}:")
                for told, ids in (
                    ("also failed", found - mutant.fires),
                    ("did not fail", mutant.fires - found),
                ):
                    print("".join(f"    {told}: {id}\n" for id in sorted(ids)), end="")
        for name in NAMES if not part else ():
            for id, verdict in (await rows.survivors(name, listener)).items():
                wrong += 1
                print(f"{id} is ignored: {verdict}")
    return wrong


if __name__ == "__main__":
    left = asyncio.run(main("".join(sys.argv[1:])))
    print(table())
    if left:
        sys.exit(f"{left} not found out as they should be")
    tables.main()
