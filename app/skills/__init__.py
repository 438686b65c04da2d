"""Skills: who is qualified for what, and how many qualified people a work center needs at every moment.

Levels, evidence and the forward gap stand on this; coverage asks it who must stay.
"""
