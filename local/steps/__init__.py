"""AWS Step Functions: executions of Amazon States Language, their history, map runs, task tokens and redrives."""
