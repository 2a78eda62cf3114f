"""What the papers compare with, and what every table must: all with scikit-learn's contract.

Windows come as one array X (N, T, F): T steps of F features, the modalities side by side in the
order of their names, NaN where a feature was not seen (`feature_columns.together` makes it of a
Batch). Pictures come as (N, side, side), facial points as (N, 68, 2), and what knows only a video,
a time or a last label as codes (N, 1). `paper_estimators` lists the estimators of each paper.
"""
