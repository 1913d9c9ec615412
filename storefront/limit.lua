-- One request against a bucket that drains at a steady rate (GCRA: the key holds the instant at which it is empty).
-- in:  KEYS[1] the bucket; ARGV[1] microseconds between two requests; ARGV[2] requests at once
-- out: 0 when the request may go on, else the microseconds to wait. A refused request changes nothing.
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local every, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local empty = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local wait = empty + every - burst * every - now
if wait > 0 then
  return wait
end
redis.call('SET', KEYS[1], string.format('%.0f', empty + every), 'PX', math.ceil((empty + every - now) / 1000))
return 0
