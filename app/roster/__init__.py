"""Who works where and when: shift types, shifts with their business date, breaks, absences, crew rotations.

The roster says when a worker is paid to be at a work center. It must not become a scheduling product: shifts are
imported or built from a rotation, and nothing here decides who should work.
"""
