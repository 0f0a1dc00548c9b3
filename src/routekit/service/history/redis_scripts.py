"""What Redis does in one step: scripts over the keys of one customer; and what it may have lost.

``order`` has the ids of touches by their time, ``touch`` and ``outcome`` what is known of each, ``happened``
its events, a line each, ``shown`` the offers (``offer id``) by their time, ``incident`` and ``closed``
incidents and their ends.

``epoch``, one key of the whole store, or one in each slot of a cluster, says what is not lost: an
``id`` made when it was empty, how many claims ``n`` were counted since, when it was found ``lost`` or
``set_back``, and which epochs it ``was:``.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from routekit.service.history.store import StoreLostError

__all__ = [
    "ACCEPT",
    "CLAIM",
    "CLOSE",
    "CONCLUDE",
    "EPOCH",
    "ERASE",
    "EXPIRE",
    "HAPPENED",
    "IDS",
    "KEYS",
    "OPEN",
    "PAST",
    "PIPED",
    "RECORD",
    "Epoch",
    "settings_troubles",
]

KEYS = ("order", "touch", "outcome", "shown", "incident", "closed", "happened")

_HEAD = """
local order, touch, outcome, shown, incident, closed, happened, epoch = unpack(KEYS)
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end
local function whole(number) return string.format('%.0f', number) end
local function keep(milliseconds, keys)
  for _, key in ipairs(keys) do
    local left = redis.call('PTTL', key)
    if left ~= -2 and left < tonumber(milliseconds) then redis.call('PEXPIRE', key, milliseconds) end
  end
end
local function drop_touches(before)
  local old = redis.call('ZRANGEBYSCORE', order, '-inf', '(' .. before)
  for _, id in ipairs(old) do
    redis.call('ZREM', order, id)
    redis.call('HDEL', touch, id)
    redis.call('HDEL', outcome, id)
    redis.call('HDEL', happened, id)
  end
  return old
end
"""

_LOOK = """
local function look(epoch, expected, seen, new)
  local time = redis.call('TIME')[1]
  local id, n, lost, set_back = unpack(redis.call('HMGET', epoch, 'id', 'n', 'lost', 'set_back'))
  local is_news = expected ~= '' and redis.call('HEXISTS', epoch, 'was:' .. expected) == 0
  if not id then
    id, n = new, '0'
    redis.call('HSET', epoch, 'id', id, 'n', n)
  end
  if is_news and id ~= expected then
    lost = time
    redis.call('HSET', epoch, 'lost', lost, 'was:' .. expected, time)
  elseif id == expected and tonumber(n) < tonumber(seen) then
    n, set_back = seen, time
    redis.call('HSET', epoch, 'n', n, 'set_back', set_back)
  end
  return {id, n, lost or '', set_back or ''}
end
"""

EPOCH = _LOOK + "return look(KEYS[1], ARGV[1], ARGV[2], ARGV[3])"

ACCEPT = "return redis.call('HDEL', KEYS[1], 'lost', 'set_back')"

PAST = (
    _HEAD
    + """
local touches, incidents, since = {}, {}, '(' .. ARGV[1]
local ids = redis.call('ZREVRANGEBYSCORE', order, '+inf', since, 'WITHSCORES', 'LIMIT', 0, ARGV[2])
for i = 1, #ids, 2 do
  local told = redis.call('HGET', outcome, ids[i]) or ''
  local events = redis.call('HGET', happened, ids[i]) or ''
  for _, part in ipairs({ids[i], whole(ids[i + 1]), redis.call('HGET', touch, ids[i]), told, events}) do
    touches[#touches + 1] = part
  end
end
local offers = redis.call('ZREVRANGEBYSCORE', shown, '+inf', since, 'WITHSCORES', 'LIMIT', 0, ARGV[3])
local known = redis.call('HGETALL', incident)
for i = 1, #known, 2 do
  local parts = {known[i], known[i + 1], redis.call('HGET', closed, known[i]) or ''}
  for _, part in ipairs(parts) do incidents[#incidents + 1] = part end
end
return {touches, offers, incidents}
"""
)

RECORD = (
    _HEAD
    + """
local moment, i = now(), 2
while i <= #ARGV do
  local id, at, data, capped = ARGV[i], ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 3])
  if redis.call('HSETNX', touch, id, data) == 1 then redis.call('ZADD', order, at, id) end
  for n = 1, capped do
    redis.call('ZADD', shown, 'NX', whole(math.min(at, moment)), ARGV[i + 3 + n] .. ' ' .. id)
  end
  i = i + 4 + capped
end
keep(ARGV[1], KEYS)
return 1
"""
)

CLAIM = (
    _HEAD
    + _LOOK
    + """
local found = look(epoch, ARGV[1], ARGV[2], ARGV[3])
if found[3] ~= '' then return {found, {}} end
found[2] = redis.call('HINCRBY', epoch, 'n', 1)
local moment, id, granted = now(), ARGV[5], {}
local before, mine, newest = {}, {}, moment
local known = redis.call('ZRANGE', shown, 0, -1, 'WITHSCORES')
for i = 1, #known, 2 do
  local space = string.find(known[i], ' ', 1, true)
  local offer, at = string.sub(known[i], 1, space - 1), tonumber(known[i + 1])
  if string.sub(known[i], space + 1) == id then mine[offer] = true end
  table.insert(before, {offer, at})
  newest = math.max(newest, at)
end
local i = 6
while i <= #ARGV do
  local offer, caps, free = ARGV[i], tonumber(ARGV[i + 1]), true
  i = i + 2
  for _ = 1, caps do
    local most, per, several, times = tonumber(ARGV[i]), tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2]), 0
    local over = {[offer] = several == 0}
    for n = 1, several do over[ARGV[i + 2 + n]] = true end
    for _, showing in ipairs(before) do
      if (several < 0 or over[showing[1]]) and moment - showing[2] < per then times = times + 1 end
    end
    free = free and times < most
    i = i + 3 + math.max(several, 0)
  end
  if free or mine[offer] then
    if not mine[offer] then table.insert(before, {offer, moment}) end
    redis.call('ZADD', shown, 'NX', whole(newest), offer .. ' ' .. id)
    granted[#granted + 1] = offer
  end
end
keep(ARGV[4], {shown})
return {found, granted}
"""
)

CONCLUDE = (
    _HEAD
    + """
if redis.call('HEXISTS', touch, ARGV[1]) == 0 then return 0 end
redis.call('HSET', outcome, ARGV[1], ARGV[2])
local left = redis.call('PTTL', touch)
if left > 0 then redis.call('PEXPIRE', outcome, left) end
return 1
"""
)

HAPPENED = (
    _HEAD
    + """
if redis.call('HEXISTS', touch, ARGV[1]) == 0 then return 0 end
local told = redis.call('HGET', happened, ARGV[1])
for i = 2, #ARGV, 2 do
  if not told then
    told = ARGV[i + 1]
  elseif not string.find('\\n' .. told, '\\n' .. ARGV[i], 1, true) then
    told = told .. '\\n' .. ARGV[i + 1]
  end
end
redis.call('HSET', happened, ARGV[1], told)
local left = redis.call('PTTL', touch)
if left > 0 then redis.call('PEXPIRE', happened, left) end
return 1
"""
)

OPEN = (
    _HEAD
    + """
if redis.call('HSETNX', incident, ARGV[2], ARGV[3]) == 1 and ARGV[4] ~= '' then
  redis.call('HSET', closed, ARGV[2], ARGV[4])
end
keep(ARGV[1], KEYS)
return 1
"""
)

CLOSE = (
    _HEAD
    + """
if redis.call('HEXISTS', incident, ARGV[1]) == 0 then return 0 end
local ends = redis.call('HSETNX', closed, ARGV[1], ARGV[2])
local left = redis.call('PTTL', incident)
if left > 0 then redis.call('PEXPIRE', closed, left) end
return ends
"""
)

IDS = _HEAD + "return {redis.call('HKEYS', touch), redis.call('HKEYS', incident)}"

ERASE = (
    _HEAD
    + """
local found = {
  redis.call('HKEYS', touch), redis.call('HKEYS', incident), redis.call('ZCARD', shown),
  redis.call('HVALS', happened)
}
redis.call('DEL', unpack(KEYS))
return found
"""
)

EXPIRE = (
    _HEAD
    + """
local touches, incidents = drop_touches(ARGV[1]), {}
local ends = redis.call('HGETALL', closed)
for i = 1, #ends, 2 do
  if tonumber(ends[i + 1]) < tonumber(ARGV[1]) then
    redis.call('HDEL', incident, ends[i])
    redis.call('HDEL', closed, ends[i])
    incidents[#incidents + 1] = ends[i]
  end
end
return {touches, incidents, redis.call('ZREMRANGEBYSCORE', shown, '-inf', '(' .. ARGV[1])}
"""
)

PIPED = (RECORD, CONCLUDE, HAPPENED, OPEN, CLOSE)
"""What is written behind, many at a time."""


class Epoch:
    """The epoch that this process knows: its id, and how many claims were counted in it at least."""

    def __init__(self, prefix: str) -> None:
        self.key = f"{prefix}:epoch"
        self._id, self._counted = "", 0

    @property
    def known(self) -> tuple[object, ...]:
        """What a script compares with the server's: the id, the count, and an id for one that has none."""
        return self._id, self._counted, uuid4().hex

    def look(self, client: Any) -> str:
        """Tells since when some claims are forgotten; raises :class:`StoreLostError` where all are."""
        return self.learn(client.register_script(EPOCH)([self.key], self.known))

    def learn(self, found: Sequence[bytes]) -> str:
        """Takes over what a script found; raises :class:`StoreLostError` where the server has lost all."""
        id, counted, lost, set_back = found
        self._id, self._counted = id.decode(), int(counted)
        if lost:
            raise StoreLostError(
                f"the server has lost what it held, noticed at {_time(lost)}; caps cannot be kept by it "
                "until `routekit history accept-loss`"
            )
        return _time(set_back) if set_back else ""

    def before_claim(self, client: Any) -> None:
        """Looks for what a claim does not see of itself: here, nothing."""

    def at(self, tag: str) -> str:  # noqa: ARG002 - a cluster has one in each slot
        """The epoch that stands for a customer's keys, which begin with ``tag``."""
        return self.key

    def known_at(self, key: str) -> tuple[object, ...]:  # noqa: ARG002
        """What a claim compares with what it finds there."""
        return self.known

    def learn_at(self, client: Any, key: str, found: Sequence[bytes]) -> None:  # noqa: ARG002
        """Takes over what a claim found there; raises :class:`StoreLostError` where all is lost."""
        self.learn(found)

    def accept(self, client: Any) -> None:
        """Has the server forget that it has lost something."""
        client.register_script(ACCEPT)([self.key], [])

    def troubles(self, client: Any) -> Iterator[str]:
        """Tells what the server has lost, in words."""
        try:
            since = self.look(client)
        except StoreLostError as error:
            yield error.reason
            return
        if since:
            yield f"the server went back to an earlier state, noticed at {since}: some claims are forgotten"


def settings_troubles(info: dict[str, object]) -> Iterator[str]:
    """Tells by which settings a server may forget, by what it says of itself."""
    if not info.get("aof_enabled"):
        yield "the server's `appendonly` is off: what was counted may be gone when it restarts"
    policy = info.get("maxmemory_policy", "noeviction")
    if info.get("maxmemory") and policy != "noeviction":
        yield f"the server's `maxmemory-policy` is {policy}: where it is full it drops what was counted"


def _time(seconds: bytes) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).isoformat()
