-- Does the milter speak the protocol as OpenDKIM's miltertest understands it?
local failed = function(what) error(what .. ": " .. tostring(mt.getreply(conn))) end

conn = mt.connect("inet:" .. port .. "@127.0.0.1")
if conn == nil then error("no connection") end
-- The filter wants to know neither who connects nor what they call themselves, and says so.
mt.negotiate(conn, nil, nil, nil)

local message = function(recipient)
  if mt.mailfrom(conn, "<phisher@elsewhere.example>") ~= nil then error("MAIL FROM") end
  if mt.getreply(conn) ~= SMFIR_CONTINUE then failed("MAIL FROM") end
  if mt.rcptto(conn, "<" .. recipient .. ">") ~= nil then error("RCPT TO") end
  if mt.getreply(conn) ~= SMFIR_CONTINUE then failed("RCPT TO") end
  mt.header(conn, "Subject", "A prize")
  mt.header(conn, "MIME-Version", "1.0")
  mt.header(conn, "Content-Type", "image/png")
  mt.header(conn, "Content-Transfer-Encoding", "base64")
  if mt.eoh(conn) ~= nil then error("end of headers") end
  if mt.bodyfile(conn, picture) ~= nil then error("body") end
  if mt.eom(conn) ~= nil then error("end of message") end
end

message("one@example.com")
if mt.getreply(conn) ~= SMFIR_ACCEPT and mt.getreply(conn) ~= SMFIR_CONTINUE then failed("one person") end
if not mt.eom_check(conn, MT_HDRADD, "X-Tandem-Content-Filter") and not mt.eom_check(conn, MT_HDRINSERT, "X-Tandem-Content-Filter") then
  failed("a mark")
end

message("two@example.com")
message("three@example.com")
if not mt.eom_check(conn, MT_QUARANTINE) then failed("held") end

message("four@example.com")
message("five@example.com")
if mt.getreply(conn) ~= SMFIR_REPLYCODE then failed("refused") end

mt.disconnect(conn)
mt.echo("all is well")
