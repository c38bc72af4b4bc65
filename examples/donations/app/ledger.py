"""What became of each donation and what each cause has, in Redis: a cache that every task of every service sees."""

from itertools import groupby
from typing import Optional

import redis

from .settings import CACHE_HOST, CACHE_PORT

KEEP_SECONDS = 7 * 24 * 3600

# One step, so that a donation that SQS delivers twice, or whose worker dies half-way, is counted once.
_SETTLE = """
if redis.call('HGET', KEYS[1], 'state') == 'settled' then return 0 end
redis.call('HSET', KEYS[1], 'state', 'settled', 'cause', ARGV[1], 'cents', ARGV[2], 'worker', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('HINCRBY', 'causes', ARGV[1], ARGV[2])
return 1
"""


class Ledger:
    def __init__(self) -> None:
        self._redis = redis.Redis(CACHE_HOST, CACHE_PORT, decode_responses=True, socket_timeout=5, socket_connect_timeout=5)
        self._settle = self._redis.register_script(_SETTLE)

    def accept(self, donation: dict) -> None:
        key = f"donation:{donation['id']}"
        self._redis.hset(key, mapping={"state": "accepted", "cause": donation["cause"], "cents": donation["cents"]})
        self._redis.expire(key, KEEP_SECONDS)

    def settle(self, donation: dict, worker: str) -> bool:
        """Whether this was the first time."""
        key = f"donation:{donation['id']}"
        return bool(self._settle(keys=[key], args=[donation["cause"], donation["cents"], worker, KEEP_SECONDS]))

    def donation(self, identifier: str) -> Optional[dict]:
        found = self._redis.hgetall(f"donation:{identifier}")
        return {"id": identifier, **found, "cents": int(found["cents"])} if found else None

    def causes(self) -> dict:
        return {cause: int(cents) for cause, cents in self._redis.hgetall("causes").items()}

    def remind(self, beat: str) -> None:
        self._redis.rpush("reminders", beat)
        self._redis.ltrim("reminders", -1000, -1)

    def reminders(self) -> list:
        """Who asked for the last reminders, the oldest first: one entry for each time another beat took over."""
        return [{"beat": beat, "reminders": len(list(asked))} for beat, asked in groupby(self._redis.lrange("reminders", 0, -1))]
