-- Counts requests by address, for rate-limit.conf: 0 lets a request go on, 429 answers it.
-- Behind a proxy of your own this needs mod_extforward.

local REQUESTS = 30     -- of one address are let through,
local SECONDS = 60      -- counted from the first
local ADDRESSES = 10000 -- when so many are known, all are forgotten

-- What is in _G outlives the request. Each worker (server.max-worker) counts by itself.
local seen = _G.hookswitch
if not seen or seen.addresses >= ADDRESSES then
    seen = { addresses = 0, counters = {} }
    _G.hookswitch = seen
end

local address = lighty.r.req_attr["request.remote-addr"]
local counter = seen.counters[address]
if not counter then
    counter = { ends = 0 }
    seen.counters[address] = counter
    seen.addresses = seen.addresses + 1
end

local now = os.time()
if now >= counter.ends then
    counter.ends = now + SECONDS
    counter.requests = 0
end
counter.requests = counter.requests + 1
return counter.requests > REQUESTS and 429 or 0
