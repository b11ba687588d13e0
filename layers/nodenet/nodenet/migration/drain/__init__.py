"""Drains nodes: one by one `node`, `drain_node`; in batches `batches`, `next_batch`, `settle_batch`, `exchange`."""
