"""When a line gives people time: window patterns, windows expanded from them, and stoppages read from a line's own log.

It says how many learners a window may take and how many must stay. It must not become a plan: who learns what in a
window is decided higher up.
"""
