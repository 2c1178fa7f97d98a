-- Which release a visitor stays with (php-zd.ini(5), sticky). A site's own HAProxy chooses the release, by a cookie, and the
-- balancer chooses the replica: for each generation that serves the balancer has a side, with a socket of its own. Which side
-- has which is looked up for each request, in a file for each replica that visitors may be sent to: nothing is reloaded in a
-- roll, and a HAProxy that is killed has forgotten nothing. A frontend has the name of its site.

local function read(site, name)
  local file = io.open("/run/php-zd/" .. site .. "/offered/" .. name, "rb")
  if not file then return "" end
  -- A side and a generation.
  local text = file:read(256) or ""
  file:close()
  return text
end

local function offers(site, last_slot)
  local found = {}
  for slot = 1, last_slot do
    local side, release = read(site, slot):match("^([ab]) (%x+)\n")
    if side then found[#found + 1] = { side = side, release = release } end
  end
  return found
end

-- Whether a browser shows the answer as a page of its own, and not in a page that it has.
local function is_page(txn)
  local destination = txn.sf:req_fhdr("sec-fetch-dest")
  if destination ~= "" then return destination == "document" end
  -- All of it: req_hdr gives the last part (facts.md N52).
  return txn.sf:req_fhdr("accept"):find("text/html", 1, true) ~= nil
end

-- A replica at random: a release has visitors as it has replicas.
local function any(among) return among[math.random(#among)] end

core.register_action("php-zd-release", { "http-req" }, function(txn, last_slot)
  local site = txn.f:fe_name()
  local offered = offers(site, tonumber(last_slot))
  -- The balancer takes any replica.
  if #offered == 0 then return end
  local kept = txn.sf:req_cook("php-zd-" .. site)
  local leaving = read(site, "leaving"):match("^%x+")
  local own, staying = nil, {}
  for _, offer in ipairs(offered) do
    if offer.release == kept then own = offer end
    if offer.release ~= leaving then staying[#staying + 1] = offer end
  end
  local chosen = own
  if not own then chosen = any(#staying > 0 and staying or offered) end
  -- Its last pages still get their own files. A new page is another release's already.
  if own and own.release == leaving and #staying > 0 and is_page(txn) then chosen = any(staying) end
  txn:set_var("txn.side", chosen.side)
  if chosen.release ~= kept then txn:set_var("txn.release", chosen.release) end
end, 1)
