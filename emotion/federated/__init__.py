"""Learning across institutions: what leaves one is how far weights moved, clipped; no Window.

The arithmetic (`fedavg`) is numpy alone, because it runs in two environments: each institution
learns in the site's (`local_training`), and speaks to the others from Flower's own (`flower/`),
whose pins would take the site's packages down a version. Nothing starts this by itself: it is a
recipe that somebody runs, and by default without noise, which is said.
"""
