-- HAProxy of Debian 12 has Lua 5.3. What HAProxy itself gives to a script is read only.
std = "lua53"
read_globals = { "core", "act" }
max_line_length = 132
