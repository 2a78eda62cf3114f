"""How hard or boring each part of a lesson was for a class, from published cells alone.

Three steps, each a pure function: `evidence` turns one learner's lesson into bounded contrasts
against their own usual; `cells` publishes noisy means of them; `pooling` estimates the parts from
the published means, so nothing after `cells` costs privacy. No module reads a clock or draws
randomness that was not passed in.
"""
