-- One step of a limiter, atomically. All times are those of the server, in milliseconds.
--
-- KEYS: 1 held permits (id -> end of its lease), 2 the queue (id -> rank), 3 who waits (id -> end of its lease),
--       4 the prefix of mailboxes, 5 what the last step left: the server, its time, and the end of the pause
-- ARGV: process, limit, lease, pause, this server, the server before it ('' for none), whether the process says
--       what it holds, then three lists, each behind its length: ids to release, ids held, pairs of an id that
--       waits and its rank ('' if it is new: then a class and the server's time make one)
local held, queue, waiting, mailbox, state = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local process, limit, lease, pause = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local server, before, holds = ARGV[5], ARGV[6], ARGV[7] ~= '0'
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)
local ends = now + lease
local at = 8

local function each(size, visit)
  local count = tonumber(ARGV[at])
  at = at + 1
  for index = 1, count do
    visit(index, ARGV[at], ARGV[at + 1], ARGV[at + 2])
    at = at + size
  end
end

local function forget(id)
  redis.call('ZREM', queue, id)
  redis.call('ZREM', waiting, id)
end

-- A server that knows less than all: it is another one, it was emptied, or no process could renew a lease. Then
-- nothing is granted until every process has said what it holds.
local known = redis.call('HMGET', state, 'server', 'last', 'resumes')
local resumes = tonumber(known[3] or '0')
local replaced, emptied
if known[1] then
  replaced = server ~= '' and known[1] ~= server
else
  emptied = holds or (before ~= '' and before ~= server)
end
local unheard = known[2] and now - tonumber(known[2]) > lease * 2 / 3 and redis.call('ZCARD', held) > 0
if replaced or emptied or unheard then
  resumes = now + pause
end
redis.call('HSET', state, 'server', server, 'last', now, 'resumes', resumes)

-- Leases of processes that died.
redis.call('ZREMRANGEBYSCORE', held, '-inf', now)
for _, id in ipairs(redis.call('ZRANGEBYSCORE', waiting, '-inf', now)) do
  forget(id)
end

each(1, function(_, id)
  redis.call('ZREM', held, id)
  forget(id)
end)

-- Also those that this server does not know (any more): they are in use, limit or not.
each(1, function(_, id)
  redis.call('ZADD', held, ends, id)
  forget(id)
end)

local granted, ranks = {}, {}
each(3, function(index, id, rank, class)
  if redis.call('ZSCORE', held, id) then
    -- Granted before, and the message was lost.
    redis.call('ZADD', held, ends, id)
    granted[#granted + 1] = id
  else
    if rank == '' then
      rank = string.format('%.0f', tonumber(class) + micros + index)
    end
    redis.call('ZADD', queue, 'NX', rank, id)
    redis.call('ZADD', waiting, ends, id)
  end
  ranks[#ranks + 1] = rank
end)

while resumes <= now and redis.call('ZCARD', held) < limit do
  local first = redis.call('ZPOPMIN', queue)[1]
  if not first then
    break
  end
  local lasts = redis.call('ZSCORE', waiting, first)
  redis.call('ZREM', waiting, first)
  local owner = string.match(first, '^[^:]*')
  if owner == process then
    redis.call('ZADD', held, ends, first)
    granted[#granted + 1] = first
  else
    -- Its process may be dead: then the permit is free when the lease of its place in the queue would have ended.
    redis.call('ZADD', held, lasts or ends, first)
    local box = mailbox .. owner
    redis.call('RPUSH', box, first)
    redis.call('PEXPIRE', box, lease)
  end
end

-- Nothing is left behind by an account that is no longer used.
for _, key in ipairs({ held, queue, waiting, state }) do
  redis.call('PEXPIRE', key, lease * 10)
end

-- While anyone waits: how long until the first lease ends, unless it is renewed. Leases of the queue count as well,
-- since places in it become permits that end at the same time.
local looks = 0
if redis.call('ZCARD', queue) > 0 then
  for _, key in ipairs({ held, waiting }) do
    local first = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]
    local left = first and math.max(1, tonumber(first) - now)
    if left and (looks == 0 or left < looks) then
      looks = left
    end
  end
end
return { granted, ranks, math.max(0, resumes - now), looks }
