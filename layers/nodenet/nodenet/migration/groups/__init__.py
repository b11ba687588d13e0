"""Node groups: cloned, opened to pods once they are proved, and the old ones deleted.

`naming` what new groups are called · `user_data` `node_config` `bottlerocket` what a kubelet is told · `managed`
`self_managed` clones, as requests · `fates` what becomes of each setting · `ports` what is asked of AWS · `cloning`
`making` `making_managed` `making_self_managed` clones, made · `furnishing` what groups get before their first node ·
`replacing` groups of an owner's own · `readiness` whether their nodes can be proved · `removal` groups, deleted ·
`waves` old and new groups, exchanged · `new_group` `admit` `old_group` the steps.
"""
