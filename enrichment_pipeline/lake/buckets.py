"""Which hash bucket a track lies in: the cut of everything that asks outside or predicts.

The function and its SQL twin stand side by side so that they cannot drift apart; a test holds them
equal. The Dagster partitions made of them stand in `orchestration/partitions.py`.
"""

from __future__ import annotations

import hashlib

# 32 is even work for 2 to 32 workers and some 2,000 tracks a bucket at the size of the sample. Another
# number moves every track to another bucket: all bucket tables must then be made anew.
BUCKET_COUNT = 32
BUCKET_KEYS: tuple[str, ...] = tuple(f"{n:02d}" for n in range(BUCKET_COUNT))


def bucket_of(track_key: str) -> str:
    """The bucket of a track key, "00".."31"; the same on every machine and in every run."""
    head = hashlib.md5(track_key.encode()).hexdigest()[:8]
    return BUCKET_KEYS[int(head, 16) % BUCKET_COUNT]


def bucket_sql(expression: str) -> str:
    """The DuckDB expression that gives `bucket_of` of a VARCHAR expression."""
    return f"printf('%02d', cast('0x' || md5({expression})[1:8] as ubigint) % {BUCKET_COUNT})"
