/**
 * What Redis does by itself, each script at once and whole. A channel has a hash (epoch, offsets), a stream whose ids are
 * the offsets, and the keys of repeats, in a hash by key and a sorted set by age. Every script first compares the
 * generation of all data with the one its caller knows: after a restart, a flush or a time without Redis it is another
 * one, the caller is told, and no channel's epoch goes on.
 */
import { hash } from "node:crypto"

export interface Script {
  readonly text: string
  readonly sha1: string
}

const script = (text: string): Script => ({ text, sha1: hash("sha1", text) })

/**
 * KEYS: generation, run. ARGV: the server's run id, a new generation, 1 to begin it in any case. The generation. It writes
 * in any case: a server that refuses to is not one to come back to.
 */
export const enter = script(`
local gen = redis.call('GET', KEYS[1])
if not gen or ARGV[3] == '1' or redis.call('GET', KEYS[2]) ~= ARGV[1] then
  gen = ARGV[2]
  redis.call('SET', KEYS[1], gen)
end
redis.call('SET', KEYS[2], ARGV[1])
return gen
`)

/** KEYS: generation, channel, stream, repeats, their ages. ARGV 1 to 4: generation, a new epoch, now, the channel's life. */
const begin = `
local now, life = tonumber(ARGV[3]), tonumber(ARGV[4])
local say = function(n) return string.format('%.0f', n) end
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return { 'stale' } end
local known = redis.call('HMGET', KEYS[2], 'gen', 'epoch', 'top', 'first', 'millis')
local epoch, top, first, millis = known[2], tonumber(known[3] or 0), tonumber(known[4] or 1), tonumber(known[5] or -1)
if not known[1] then
  epoch = ARGV[2]
  redis.call('HSET', KEYS[2], 'gen', ARGV[1], 'epoch', epoch, 'top', 0, 'first', 1)
  redis.call('DEL', KEYS[3], KEYS[4], KEYS[5])
elseif known[1] ~= ARGV[1] then
  epoch = ARGV[2]
  redis.call('HSET', KEYS[2], 'gen', ARGV[1], 'epoch', epoch)
end
local function drop(offset)
  if offset < first then return end
  first = math.min(offset, top) + 1
  if first > top then redis.call('DEL', KEYS[3]) else redis.call('XTRIM', KEYS[3], 'MINID', say(first)) end
  redis.call('HSET', KEYS[2], 'first', say(first))
end
local function expire(rounds)
  if millis < 0 then return end
  local old = first - 1
  for round = 1, rounds do
    -- mostly the oldest is young enough, and nothing more is looked at
    local count = round == 1 and 1 or 64
    local some = redis.call('XRANGE', KEYS[3], say(old + 1), '+', 'COUNT', count)
    for _, entry in ipairs(some) do
      if tonumber(entry[2][2]) > now - millis then return drop(old) end
      old = tonumber(string.match(entry[1], '^%d+'))
    end
    if #some < count then break end
  end
  drop(old)
end
`

/**
 * ARGV from 5: messages and milliseconds that are kept (-1: for ever), whether there is a key (1 or 0), the key, the
 * window in milliseconds and keys, then the stream's fields.
 */
export const append = script(`${begin}
local keep, window = tonumber(ARGV[5]), tonumber(ARGV[9])
-- a server without room refuses this, if it is the first write, and nothing is done by halves
redis.call('HSET', KEYS[2], 'gen', ARGV[1])
redis.call('PEXPIRE', KEYS[2], life)
expire(2)
if ARGV[7] == '1' then
  local old = redis.call('ZRANGEBYSCORE', KEYS[5], '-inf', now - window, 'LIMIT', 0, 100)
  if #old > 0 then
    redis.call('ZREM', KEYS[5], unpack(old))
    redis.call('HDEL', KEYS[4], unpack(old))
  end
  local at = redis.call('HGET', KEYS[4], ARGV[8])
  if at and tonumber(redis.call('ZSCORE', KEYS[5], ARGV[8]) or '-inf') > now - window then
    local kept = tonumber(at) >= first and #redis.call('XRANGE', KEYS[3], at, at) or 0
    return { 'ok', epoch, at, 1, kept }
  end
end
top = top + 1
local offset = say(top)
millis = tonumber(ARGV[6])
redis.call('HSET', KEYS[2], 'top', offset, 'millis', say(millis))
if keep > 0 then
  redis.call('XADD', KEYS[3], offset .. '-0', unpack(ARGV, 11))
  redis.call('PEXPIRE', KEYS[3], millis < 0 and life or math.min(life, millis + 60000))
end
drop(top - keep)
expire(2)
if ARGV[7] == '1' then
  redis.call('HSET', KEYS[4], ARGV[8], offset)
  redis.call('ZADD', KEYS[5], now, ARGV[8])
  local over = redis.call('ZCARD', KEYS[5]) - tonumber(ARGV[10])
  if over > 0 then
    local popped = redis.call('ZPOPMIN', KEYS[5], math.min(over, 100))
    for i = 1, #popped, 2 do redis.call('HDEL', KEYS[4], popped[i]) end
  end
  redis.call('PEXPIRE', KEYS[4], window + 60000)
  redis.call('PEXPIRE', KEYS[5], window + 60000)
end
return { 'ok', epoch, offset, 0, top >= first and 1 or 0 }
`)

/** ARGV from 5: epoch and offset to read behind, how many (0: none), from which end. */
export const read = script(`${begin}
redis.call('PEXPIRE', KEYS[2], life)
expire(1000000)
local from, limit = first, tonumber(ARGV[7])
if ARGV[5] == epoch then from = math.max(first, tonumber(ARGV[6]) + 1) end
local entries = {}
if limit > 0 and from <= top then
  if ARGV[8] == 'oldest' then entries = redis.call('XRANGE', KEYS[3], say(from), '+', 'COUNT', limit)
  else entries = redis.call('XREVRANGE', KEYS[3], '+', say(from), 'COUNT', limit) end
end
return { 'ok', epoch, say(top), say(first), entries }
`)

/** ARGV from 5: the offset up to which is dropped. */
export const trim = script(`${begin}
drop(tonumber(ARGV[5]))
return { 'ok' }
`)

export const forget = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return { 'stale' } end
redis.call('DEL', KEYS[2], KEYS[3], KEYS[4], KEYS[5])
return { 'ok' }
`)
