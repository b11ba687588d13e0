#!/bin/sh
# Calls between the pods of a sample application over each of its extra networks and address families: a ping as any
# program would send it, a ping from the network's own address, and a call whose receiver says from where it came.
# A ping alone proves nothing about a network: it may have gone out by eth0.
#
#   sh ping.sh nodenet-sample-n3 [namespace]
#
# Ends with 1 where a call failed, or came from another address than the network's own.
set -eu
app=${1:?the name of the sample}
namespace=${2:-default}
failed=0

in_pod() {
  pod=$1
  shift
  kubectl --namespace "$namespace" exec "$pod" -- "$@" </dev/null
}

# The first address of a family (inet, inet6) that a pod has on a link.
address() {
  in_pod "$1" ip -o addr show dev "$2" scope global | awk -v family="$3" '$3 == family { sub("/.*", "", $4); print $4; exit }'
}

call() {
  from=$(address "$1" "$3" "$4")
  to=$(address "$2" "$3" "$4")
  [ -n "$from" ] && [ -n "$to" ] || return 0
  ping=failed bound=failed
  in_pod "$1" ping -c 1 -W 2 "$to" >/dev/null 2>&1 && ping=ok
  in_pod "$1" ping -c 1 -W 2 -I "$from" "$to" >/dev/null 2>&1 && bound=ok
  seen=$(in_pod "$1" nc -w 3 "$to" 7000 2>/dev/null | sed -e 's/:[0-9]*$//' -e 's/^\[//' -e 's/\]$//' -e 's/^::ffff://') || true
  [ "$ping$bound$seen" = "okok$from" ] || failed=1
  echo "$3 $1 $from -> $2 $to: ping $ping, bound ping $bound, seen from ${seen:-nobody}"
}

pods=$(kubectl --namespace "$namespace" get pods --selector "app.kubernetes.io/name=$app" \
  --field-selector status.phase=Running --output 'jsonpath={.items[*].metadata.name}')
# shellcheck disable=SC2086 # one word for each pod
set -- $pods
[ $# -ge 2 ] || { echo "$app has ${#} running pods in $namespace, two are needed: kubectl describe pods says why" >&2; exit 1; }
links=$(in_pod "$1" ls /sys/class/net | grep '^net') || { echo "$1 has no extra interface" >&2; exit 1; }
for one in "$@"; do
  for other in "$@"; do
    [ "$one" = "$other" ] && continue
    for link in $links; do
      call "$one" "$other" "$link" inet
      call "$one" "$other" "$link" inet6
    done
  done
done
exit $failed
