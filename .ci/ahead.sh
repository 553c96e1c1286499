# What is done ahead of its step: `made` is the folder where what it said is kept.

# ahead NAME COMMAND...: carry it out; keep what it says, and then its exit code, for `told NAME`.
ahead() {
  local code=0
  "${@:2}" >"$made/$1" 2>&1 </dev/null || code=$?
  echo "$code" >"$made/$1.code"
}

# told NAME: wait for it, say what it said, and give its exit code.
told() {
  while [ ! -e "$made/$1.code" ]; do sleep 0.2; done
  cat "$made/$1"
  return "$(cat "$made/$1.code")"
}
