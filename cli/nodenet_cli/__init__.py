"""The `nodenet` command: what nodenet knows, on the terminal.

`main` the commands, `ending` how they end · `max_pods`, `plan`, `simulate` one command each · `instance_types`,
`settings`, `source`, `access` what they are given · `planned`, `runs` what they work out · `verdict` the answer in
words · `tables`, `formats` how it is written · `page/` a plan as an HTML page.
"""
