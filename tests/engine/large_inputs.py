"""Plans for questions about their inputs: one product of two lognormals, and one of three stages."""

LINE = "eu-ai-act/systemic-risk"
ONE = """
schema = 1
day = 2026-11-22
none = ["post-training", "synthetic-data", "later-updates"]
[model]
params = { dist = "lognormal", median = "70B", sigma = 0.2 }
[[stage]]
name = "pretrain"
kind = "pretraining"
tokens = { dist = "lognormal", median = "20T", sigma = 0.3 }
"""
SEVERAL = (
    ONE.replace("20T", "8T")
    + """
[[stage]]
name = "machine"
kind = "continued-pretraining"
hardware = "h100-sxm"
chips = 2000
days = "10..20"
utilization = "35%..45%"
[[stage]]
name = "textbooks"
kind = "synthetic-data"
generator = { params = "100B..200B" }
tokens_generated = "1T..3T"
public = "no"
"""
)
