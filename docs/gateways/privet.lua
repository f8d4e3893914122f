-- Privet in nginx's own workers, through LuaJIT's FFI: nginx-ffi.conf shows how it is used.
--
-- The service is asked in a subrequest, whose whole answer is enforced before a first byte goes to
-- the client. A body filter would come too late: by then nginx has sent the status and the headers,
-- and a body that cannot be enforced must be a 502, as through every other gateway.
--
-- Fail closed: without a library, a configuration or an answer of it there is a 503 and no body.

local ffi = require "ffi"

-- The part of privet.h that is used here. Pointer and length apart, so that calls are compiled.
ffi.cdef [[
typedef struct { const char *data; size_t length; } privet_text;
typedef struct privet_error privet_error;
typedef struct privet_buffer privet_buffer;
typedef struct privet_gateway privet_gateway;
typedef struct privet_exchange privet_exchange;
const char *privet_error_text(const privet_error *error);
void privet_error_free(privet_error *error);
const char *privet_buffer_data(const privet_buffer *buffer, size_t *length);
void privet_buffer_free(privet_buffer *buffer);
int privet_gateway_open(privet_text path, privet_gateway **out, privet_error **error);
int privet_gateway_reload(const privet_gateway *gateway, privet_error **error);
int privet_gateway_revision(const privet_gateway *gateway, privet_buffer **out, privet_error **error);
int privet_gateway_metrics(const privet_gateway *gateway, privet_buffer **out, privet_error **error);
int privet_exchange_new(const privet_gateway *gateway, privet_exchange **out, privet_error **error);
void privet_exchange_free(privet_exchange *exchange);
void privet_exchange_peer(privet_exchange *exchange, const char *address, size_t length);
void privet_exchange_header(privet_exchange *exchange, const char *name, size_t name_length,
                            const char *value, size_t value_length);
int privet_exchange_request(privet_exchange *exchange, const char *method, size_t method_length,
                            const char *target, size_t target_length, int has_body);
int privet_exchange_response(privet_exchange *exchange, uint16_t status, int has_body);
int privet_exchange_body(privet_exchange *exchange, const char *body, size_t length);
int privet_exchange_fail(privet_exchange *exchange, uint16_t status);
size_t privet_exchange_body_limit(const privet_exchange *exchange);
uint16_t privet_exchange_status(const privet_exchange *exchange);
const char *privet_exchange_target(const privet_exchange *exchange, size_t *length);
bool privet_exchange_set_header(const privet_exchange *exchange, size_t place, const char **name,
                                size_t *name_length, const char **value, size_t *value_length);
const char *privet_exchange_removed_header(const privet_exchange *exchange, size_t place, size_t *length);
const char *privet_exchange_output(const privet_exchange *exchange, size_t *length);
]]

local ANSWER, FORWARD, PASS = 0, 1, 2

local privet = {}
local lib, gateway

local function raised(error)
  local text = "no reason"
  if error[0] ~= nil then
    text = ffi.string(lib.privet_error_text(error[0]))
    lib.privet_error_free(error[0])
  end
  return text
end

-- Loads the library and the configuration. In init_worker_by_lua, since threads and mappings are of
-- one process and do not outlive the fork.
function privet.init_worker(library, config)
  local loaded, problem = pcall(ffi.load, library)
  if not loaded then
    ngx.log(ngx.ERR, "privet: ", problem)
    return
  end
  lib = problem
  local out, error = ffi.new "privet_gateway *[1]", ffi.new "privet_error *[1]"
  local path = ffi.new("privet_text", { config, #config })
  if lib.privet_gateway_open(path, out, error) == 0 then
    gateway = out[0]
  else
    ngx.log(ngx.ERR, "privet: ", raised(error))
  end
end

-- Loads the configuration again in this worker; `watch_seconds` in privet.toml does it in all.
function privet.reload()
  local error = ffi.new "privet_error *[1]"
  if lib == nil or gateway == nil then
    return nil, "not loaded"
  elseif lib.privet_gateway_reload(gateway, error) ~= 0 then
    return nil, raised(error)
  end
  return true
end

local function buffer(read)
  local out, error = ffi.new "privet_buffer *[1]", ffi.new "privet_error *[1]"
  if lib == nil or gateway == nil or read(gateway, out, error) ~= 0 then
    return nil
  end
  local length = ffi.new "size_t[1]"
  local text = ffi.string(lib.privet_buffer_data(out[0], length), length[0])
  lib.privet_buffer_free(out[0])
  return text
end

-- What this worker counted, as Prometheus reads it.
function privet.metrics()
  return lib and buffer(lib.privet_gateway_metrics)
end

-- The revision that is live in this worker.
function privet.revision()
  return lib and buffer(lib.privet_gateway_revision)
end

local function headers(exchange, all)
  for name, value in pairs(all) do
    if type(value) ~= "table" then
      value = { value }
    end
    for _, one in ipairs(value) do
      one = tostring(one)
      lib.privet_exchange_header(exchange, name, #name, one, #one)
    end
  end
end

local names, name_lengths = ffi.new "const char *[1]", ffi.new "size_t[1]"
local values, value_lengths = ffi.new "const char *[1]", ffi.new "size_t[1]"

local function set_headers(exchange, set)
  local place = 0
  while lib.privet_exchange_set_header(exchange, place, names, name_lengths, values, value_lengths) do
    set(ffi.string(names[0], name_lengths[0]), ffi.string(values[0], value_lengths[0]))
    place = place + 1
  end
end

local function answer_header(name, value)
  ngx.header[name] = value
end

-- Sends what is in the exchange. A HEAD tells no length, which would tell something of the body.
local function send(exchange, status)
  local length = ffi.new "size_t[1]"
  local data = lib.privet_exchange_output(exchange, length)
  ngx.status = status
  set_headers(exchange, answer_header)
  if ngx.req.get_method() == "HEAD" then
    return
  end
  ngx.header["Content-Length"] = tonumber(length[0])
  ngx.print(ffi.string(data, length[0]))
end

local function has_body()
  local length = tonumber(ngx.var.http_content_length or "0")
  return ngx.var.http_transfer_encoding ~= nil or length ~= 0
end

-- Why a request cannot be enforced here, if it cannot. Of HTTP/2 and later this module of nginx makes
-- no subrequests; and in a subrequest of somebody else's nginx still says what the client asked, not
-- what is asked for, so the decision would be about something else.
local function unsupported()
  if ngx.is_subrequest then
    return 500, "asked in a subrequest (auth_request, SSI, mirror, another handler)"
  elseif ngx.req.http_version() > 1.1 then
    return 505, "asked by HTTP/2 or later: put a server before this one, as nginx-ffi.md shows"
  end
end

-- Decides, asks the service at `location` with the target in `$privet_target`, and sends what may
-- leave. A path that passes goes to the named location `pass`.
function privet.content(location, pass)
  local status, why = unsupported()
  if status then
    ngx.log(ngx.ERR, "privet: ", why)
    return ngx.exit(status)
  end
  local out = ffi.new "privet_exchange *[1]"
  if lib == nil or gateway == nil or lib.privet_exchange_new(gateway, out, nil) ~= 0 then
    return ngx.exit(503)
  end
  local exchange = ffi.gc(out[0], lib.privet_exchange_free)

  -- The connection's own address, whatever `real_ip` made of it.
  local peer = ngx.var.realip_remote_addr or ngx.var.remote_addr
  if peer == "unix:" then
    peer = "unix"
  end
  lib.privet_exchange_peer(exchange, peer, #peer)
  headers(exchange, ngx.req.get_headers(0, true))
  local method, uri = ngx.req.get_method(), ngx.var.request_uri
  local verdict = tonumber(lib.privet_exchange_request(exchange, method, #method, uri, #uri, has_body() and 1 or 0))
  if verdict ~= FORWARD and verdict ~= PASS then
    return send(exchange, lib.privet_exchange_status(exchange))
  end

  local length, place = ffi.new "size_t[1]", 0
  local removed = lib.privet_exchange_removed_header(exchange, place, length)
  while removed ~= nil do
    ngx.req.clear_header(ffi.string(removed, length[0]))
    place = place + 1
    removed = lib.privet_exchange_removed_header(exchange, place, length)
  end
  if verdict == PASS then
    return ngx.exec(pass)
  end
  set_headers(exchange, ngx.req.set_header)
  local target = ffi.string(lib.privet_exchange_target(exchange, length), length[0])
  local answer = ngx.location.capture(location, {
    method = method == "HEAD" and ngx.HTTP_HEAD or ngx.HTTP_GET,
    vars = { privet_target = target },
  })

  headers(exchange, answer.header)
  local is_head = method == "HEAD"
  -- nginx misses the body of every HEAD.
  if answer.truncated and not is_head then
    -- Broken off, or with nginx's own 504 late.
    verdict = lib.privet_exchange_fail(exchange, answer.status == 504 and 504 or 502)
  else
    verdict = lib.privet_exchange_response(exchange, answer.status, is_head and 0 or 1)
  end
  if tonumber(verdict) ~= FORWARD then
    return send(exchange, lib.privet_exchange_status(exchange))
  elseif is_head then
    return send(exchange, 200)
  end
  if tonumber(lib.privet_exchange_body(exchange, answer.body, #answer.body)) ~= FORWARD then
    return send(exchange, lib.privet_exchange_status(exchange))
  end
  return send(exchange, 200)
end

return privet
