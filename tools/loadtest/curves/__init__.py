"""How costs grow: of ingest with the number of learners, of pages with the years behind them."""
