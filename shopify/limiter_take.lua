-- Spends points of one shop's bucket, if they are there.
-- KEYS[1]: hash {points, max, rate, at}: points left at the time "at" (ms), and how they are restored (points a second).
-- ARGV: cost; share of max that this call must leave; max and rate of a new bucket; time to live (ms).
-- Returns 0 when the points are spent, else how long to wait (ms, at least 1); then nothing is changed.
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local b = redis.call('HMGET', KEYS[1], 'points', 'max', 'rate', 'at')
local max, rate = tonumber(b[2] or ARGV[3]), tonumber(b[3] or ARGV[4])
local points, at = tonumber(b[1] or max), tonumber(b[4] or now)
points = math.min(max, points + math.max(0, now - at) * rate / 1000)
local cost = tonumber(ARGV[1])
local need = math.min(max, cost + max * tonumber(ARGV[2]))
if points < need then
  return math.max(1, math.ceil((need - points) / rate * 1000))
end
redis.call('HSET', KEYS[1], 'points', string.format('%.3f', points - cost), 'max', string.format('%.3f', max),
  'rate', string.format('%.3f', rate), 'at', string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 0
