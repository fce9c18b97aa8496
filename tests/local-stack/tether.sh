#!/bin/sh
# Runs a command that ends when this script's standard input closes: however the process that started it ends,
# even killed, nothing is left behind. It must print nothing, since the command's output is the caller's.
exec 3<&0
"$@" </dev/null 3<&- &
child=$!
# From here on the shell would only say how the command ended.
exec 2>/dev/null
{
  read -r _
  kill "$child"
} <&3 >/dev/null &
watcher=$!
exec 3<&-
wait "$child"
status=$?
kill "$watcher"
wait "$watcher"
exit "$status"
