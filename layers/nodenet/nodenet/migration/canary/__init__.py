"""Tries a network out before anybody depends on it: `canary` the gate before nodes are drained, `probe` the connections
that network policies allow and deny; `manifest` the pods, `probing` what runs in them."""
