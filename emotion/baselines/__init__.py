"""Baselines of the papers, and trivial ones for every table; all follow scikit-learn's contract.

Windows come as one array X (N, T, F): T steps of F features. The modalities are concatenated in the
order of their names, NaN where a feature was not seen (`feature_columns.join_modalities` makes it
from a Batch). Pictures come as (N, side, side), facial points as (N, 68, 2). Codes of a video, a
time or a last label come as (N, 1). `paper_estimators` lists the estimators of each paper.
"""
