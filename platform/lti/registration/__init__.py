"""Registration of learning platforms by a Steward."""
