"""The `nodenet` command: what nodenet knows, on the terminal.

`main` the commands, `ending` how they end · `max_pods`, `plan`, `simulate` one command each · `instance_types`,
`settings`, `source` what they are given · `writing` JSON, CSV and tables · `page/` a plan as an HTML page.
"""
