-- What php-zd's HAProxy does with a request while the request's site is held or in maintenance (php-zd(8)). Only then the web
-- server comes to the socket whose requests are looked at, each by the two files that say so: what an operator does counts from the
-- next request on, whatever becomes of HAProxy's process, and nothing is reloaded for it. A frontend has the name of its site.

-- How often a waiting request asks whether its site is still held, and for how long what one has seen counts for all that ask: the
-- end of a hold is known after 100 ms. All requests of all sites wait for a look, since HAProxy has one thread (facts.md N104).
local ASK_MS, SEEN_MS = 80, 20
-- Near the end of a buffer (tune.bufsize less tune.maxrewrite, 15360 bytes): a full one receives no more either, which is no
-- sign that the client is gone.
local FULL = 15000

-- More than any file has that php-zd writes: whoever reads without end keeps all sites waiting. What the kernel makes as it is
-- read, such as /proc/uptime, does not say how long it is.
local MOST_BYTES, SOME_BYTES = 8 * 1024 * 1024, 4096

-- At a pipe HAProxy would wait for ever: php-zd leads no request here before it has seen that none lies there.
local function read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local size = file:seek("end") or 0
  local text, failure = ""
  if size <= MOST_BYTES then
    file:seek("set")
    text, failure = file:read(size > 0 and size or SOME_BYTES)
  end
  file:close()
  -- Neither a text nor a failure: the file is empty.
  return text or (not failure and "" or nil)
end

local function hold_file(site) return "/run/php-zd/" .. site .. "/hold" end
local function maintenance_file(site) return "/var/lib/php-zd/" .. site .. "/maintenance" end

-- Compared with the time since the host booted, which nobody can set. HAProxy's own clock falls behind while HAProxy waits for the
-- processor (clock_update_date in its src/clock.c).
local function look_for_hold(site)
  local text = read(hold_file(site))
  if not text then return false end
  local ends_at = tonumber(text:match('"untilUptimeMs":(%d+)')) or 0
  local uptime = tonumber((read("/proc/uptime") or ""):match("^[%d.]+")) or math.huge
  return ends_at > uptime * 1000
end

-- When each held site was seen held last, by HAProxy's clock, which somebody may set.
local seen_held = {}

-- That a site is not held counts for nobody but who has looked: a hold is for each request that comes after it began.
local function is_held(site)
  local now = core.now()
  local now_ms = now.sec * 1000 + now.usec // 1000
  local ago_ms = now_ms - (seen_held[site] or math.huge)
  if ago_ms >= 0 and ago_ms < SEEN_MS then return true end
  seen_held[site] = look_for_hold(site) and now_ms or nil
  return seen_held[site] ~= nil
end

-- The last page of each site that was or is in maintenance: a request that began in a maintenance is answered with its page,
-- though the maintenance may end before the request's last byte is here. All threads have one state of Lua (lua-load), and
-- a file per site is what it costs.
local pages = {}

-- What becomes of a request while its site is held; nil when it is not. The action yields, and HAProxy calls it again for the
-- waiting request. It does not sleep by core.msleep, by which HAProxy 2.6 left one request in some thousands asleep.
local function hold(txn, site)
  if not is_held(site) then return nil end
  -- The client is gone, and nobody waits for the answer any more.
  if not txn.req:may_recv() and txn.req:input() < FULL then return act.DENY end
  txn:set_var("txn.held", true)
  act.wake_time(ASK_MS)
  return act.YIELD
end

-- Where the file has no whole answer, somebody else has written it or cut it.
local NO_PAGE = table.concat({
  "Status: 503 Service Unavailable", "Content-Type: text/plain", "Retry-After: 60", "Cache-Control: no-store", "", "Maintenance.\n",
}, "\r\n")

local function look_for_maintenance(txn, site)
  local text = read(maintenance_file(site))
  if text then
    -- The first line of the file is for php-zd, the rest is the answer.
    local page = text:gsub("^[^\n]*\n", "", 1)
    pages[site] = page:find("^Status: ") and page:find("\r\n\r\n", 1, true) and page or NO_PAGE
    txn:set_var("txn.maintenance", true)
  end
  -- Without this the YIELD of the call before would count once more.
  return act.CONTINUE
end

core.register_action("php-zd-front", { "tcp-req" }, function(txn)
  local site = txn.f:fe_name()
  return hold(txn, site) or look_for_maintenance(txn, site)
end, 0)

-- Where the replicas have web servers, a request waits before it comes to one of these, and a maintenance is for what goes on
-- to PHP.
core.register_action("php-zd-web", { "tcp-req" }, function(txn)
  local site = txn.f:fe_name():gsub(":web$", "")
  local held = hold(txn, site)
  if held then return held end
  -- Meanwhile nothing is counted as the replicas' answer: which of them are PHP's is not seen.
  if read(maintenance_file(site)) then txn:set_var("txn.maintenance", true) end
  return act.CONTINUE
end, 0)
core.register_action("php-zd-own", { "tcp-req" }, function(txn)
  return look_for_maintenance(txn, txn.f:fe_name())
end, 0)

-- Record types of FastCGI (the FastCGI specification, chapters 3, 5 and 8).
local BEGIN_REQUEST, ABORT_REQUEST, END_REQUEST, STDIN, STDOUT, STDERR = 1, 2, 3, 5, 6, 7
local KEEP_CONN = 1
local HEADER = ">BBI2I2BB"

local function record_of(kind, id, content, padding)
  return string.pack(HEADER, 1, kind, id, #content, padding or 0, 0) .. content
end

local function end_of_answer(id)
  return record_of(STDOUT, id, "") .. record_of(END_REQUEST, id, string.pack(">I4BBBB", 0, 0, 0, 0, 0))
end

-- The next record of FastCGI; nil when the web server is gone.
local function receive_record(applet)
  local header = applet:receive(8)
  if #header < 8 then return nil end
  local _, kind, id, length, padding = string.unpack(">BBI2I2B", header)
  local content = length > 0 and applet:receive(length) or ""
  if padding > 0 then applet:receive(padding) end
  if #content < length then return nil end
  return { kind = kind, id = id, content = content }
end

local function answer(applet, id, text)
  for from = 1, #text, 32768 do applet:send(record_of(STDOUT, id, text:sub(from, from + 32767))) end
  applet:send(end_of_answer(id))
end

-- Answers a site's requests in maintenance. A request is read to its end before it is answered: a web server that still sends a
-- body would see the connection break.
core.register_service("php-zd-maintenance", "tcp", function(applet)
  local site = applet.f:fe_name()
  local keep = false
  while true do
    local record = receive_record(applet)
    if not record or record.kind == ABORT_REQUEST then return end
    if record.kind == BEGIN_REQUEST then
      keep = record.content:byte(3) & KEEP_CONN ~= 0
    elseif record.kind == STDIN and record.content == "" then
      answer(applet, record.id, pages[site])
      -- A connection that the web server keeps would be in maintenance for ever.
      if not keep or not read(maintenance_file(site)) then return end
    end
  end
end)

-- The pieces of an answer's records as they come. Each byte is looked at once, however a site cuts what it answers: all sites wait
-- meanwhile. A piece has its record's type and id, how much content and padding of its record is still to come, and where the
-- bytes behind it begin. There is no more where the buffer is full, or PHP has ended.
local function pieces(channel)
  local offset, bytes, at = 0, "", 1
  local kind, id
  local left, padding = 0, 0

  -- This waits for so many bytes, and takes all that are there.
  local function has(least)
    if #bytes - at + 1 >= least then return true end
    offset, bytes, at = offset + at - 1, "", 1
    if #(channel:data(offset, least) or "") < least then return false end
    bytes = channel:data(offset)
    return true
  end

  return function()
    if left == 0 then
      if not has(padding + 8) then return nil end
      local header = at + padding
      kind, id, left, padding = select(2, string.unpack(HEADER, bytes, header))
      at = header + 8
    end
    if left > 0 and not has(1) then return nil end
    local from = at
    at = math.min(from + left, #bytes + 1)
    left = left - (at - from)
    local content = bytes:sub(from, at - 1)
    return kind, { id = id, content = content, left = left, padding = padding, bytes = bytes, behind = at }
  end
end

local END_OF_HEADERS = "\r\n\r\n"
local TOO_LONG = table.concat({
  "Status: 502 Bad Gateway", "Content-Type: text/plain", "", "The headers of the answer have more than 15 KB.\n",
}, "\r\n")

-- The bytes of an answer with one record in the place of all until the headers end; nil where they do not. What PHP has logged
-- before is left out, as HAProxy would. What is still to come of the last record gets a header of its own.
local function in_one_record(channel)
  local texts, last = {}, ""
  for kind, piece in pieces(channel) do
    if kind == STDOUT and piece.content ~= "" then
      texts[#texts + 1] = piece.content
      last = last:sub(-3) .. piece.content
      if last:find(END_OF_HEADERS, 1, true) then
        local text, rest = table.concat(texts), piece.bytes:sub(piece.behind)
        if piece.left == 0 then return record_of(STDOUT, piece.id, text, piece.padding) .. rest end
        return record_of(STDOUT, piece.id, text) .. string.pack(HEADER, 1, STDOUT, piece.id, piece.left, piece.padding, 0)
      end
    elseif kind ~= STDERR then
      return nil
    end
  end
  return nil
end

-- Of an answer whose headers come in several records a HAProxy before 2.6.14 dies, where it makes HTTP of them (facts.md N136).
core.register_action("php-zd-one-record", { "tcp-res" }, function(txn)
  txn.res:set(in_one_record(txn.res) or record_of(STDOUT, 1, TOO_LONG) .. end_of_answer(1))
  return act.CONTINUE
end, 0)

-- The first digit of the status of an answer that begins with what PHP has logged.
core.register_action("php-zd-status", { "tcp-res" }, function(txn)
  local head = ""
  for kind, piece in pieces(txn.res) do
    if kind == STDOUT and piece.content ~= "" then
      head = head .. piece.content
    elseif kind ~= STDERR then
      break
    end
    if #head > #"Status: " then break end
  end
  local class = head:match("^Status: (%d)")
  if class then txn:set_var("txn.class", class) end
  return act.CONTINUE
end, 0)
