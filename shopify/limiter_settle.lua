-- Corrects one shop's bucket by an answer of Shopify.
-- KEYS[1]: hash {points, max, rate, at}, as in limiter_take.lua.
-- ARGV: points spent beforehand; points it really cost; points left, bucket size and rate as Shopify says; time to live (ms).
-- Other calls may be on their way that Shopify has not counted yet, so its "left" only ever lowers ours; a bucket whose size or
-- rate was wrong (another plan) starts anew from what Shopify says.
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local b = redis.call('HMGET', KEYS[1], 'points', 'max', 'rate', 'at')
local left, max, rate = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local points = left
if b[1] and tonumber(b[2]) == max and tonumber(b[3]) == rate then
  local restored = tonumber(b[1]) + math.max(0, now - tonumber(b[4])) * rate / 1000
  points = math.min(left, max, restored + tonumber(ARGV[1]) - tonumber(ARGV[2]))
end
redis.call('HSET', KEYS[1], 'points', string.format('%.3f', points), 'max', string.format('%.3f', max),
  'rate', string.format('%.3f', rate), 'at', string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], ARGV[6])
return 0
