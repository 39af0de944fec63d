"""How fast set lines are read: distinct texts a second, each distinct text counted once.

`python -m benchmarks.parsing INBOX WORKERS` measures in its own process and prints a line of JSON. One reading
a process, because the grammar remembers parts of lines it has seen.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def main(arguments: list[str]) -> None:
    """Print lines, distinct lines and seconds; WORKERS is a number, or 0 for what the pipeline does."""
    from enrichment_pipeline.tracklists.columns import parse_to_arrow
    from enrichment_pipeline.tracklists.readers import read_file, scan_inbox

    inbox, workers = Path(arguments[0]), int(arguments[1])
    files = [file for file in scan_inbox(inbox) if file.is_to_be_read]
    texts = [play.raw_text for file in files for play in read_file(file.path).plays]
    distinct = sorted(set(texts))
    began = time.perf_counter()
    rows = parse_to_arrow(distinct, workers=workers or None).num_rows
    seconds = time.perf_counter() - began
    if rows != len(distinct):
        raise RuntimeError(f"{len(distinct)} texts gave {rows} rows")
    print(json.dumps({"lines": len(texts), "distinct": len(distinct), "seconds": seconds}))


if __name__ == "__main__":
    main(sys.argv[1:])
