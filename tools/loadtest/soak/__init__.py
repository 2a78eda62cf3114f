"""Hours of ordinary use: does memory grow, do answers slow down, is anything lost?"""
