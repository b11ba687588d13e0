"""What would go wrong with a migration, told beforehand.

`ports` who is asked · `reading` the asking · `seen` what was read · `case` the request laid on it · `sizes` nodes of
the new groups · `needs` addresses · `families` findings, by their kinds · `estimates` time, pods, history · `facts`
what later steps read · `report` the result, and how it is shown · `look` all of it, pure · `step` the step.
"""
