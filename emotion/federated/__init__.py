"""Federated learning across institutions: only clipped weight updates leave one, never Windows.

The arithmetic (`fedavg`) is numpy only, because it runs in two environments. Each institution
learns in the site's (`local_training`) and talks to the others from Flower's own (`flower/`), whose
pins would downgrade the site's packages. Nothing starts this automatically. By default it adds no
noise, and says so.
"""
