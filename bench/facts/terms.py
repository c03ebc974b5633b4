"""Names that facts are made of, in the order of their numbers. `invalidated` is not among them: nobody marks generated views."""

RULES = [
    "duplicate",
    "self_view",
    "too_short",
    "surface",
    "paid",
    "data_centre",
    "declared_bot",
    "velocity",
    "replay_loop",
    "negative_feedback",
    "impossible_time",
    "already_counted",
]

KINDS = ["like", "comment", "share", "save", "follow", "not_interested"]
