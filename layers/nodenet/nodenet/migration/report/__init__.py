"""What a run was, did, took and cost: for people and machines."""
