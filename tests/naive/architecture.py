"""Slow and obvious twin of the ledger: every layer, every token, every pair, from the configuration's keys.

Only decoders with plain keys: attention (grouped or latent), MLP or experts, windows by layer. Nothing is shared
with the package: the point is to be wrong differently.
"""

from __future__ import annotations


def sees(query, key, kind, size):
    """Return whether a query at one position sees a key at another."""
    if key > query:
        return False
    if kind == "window":
        return query - key < size
    if kind == "chunk":
        return query // size == key // size
    return True


def visible_pairs(length, kind="causal", size=0):
    return sum(sees(query, key, kind, size) for query in range(length) for key in range(length))


def matmul(rows, inner, columns):
    """Return the FLOP of a product, one multiply and one add at a time."""
    return sum(2 for _ in range(rows)) * inner * columns


def projections(config):
    """Return (inputs, outputs) of every attention matrix of one layer."""
    hidden, heads = config["hidden_size"], config["num_attention_heads"]
    if "kv_lora_rank" in config:
        nope, rope, value = config["qk_nope_head_dim"], config["qk_rope_head_dim"], config["v_head_dim"]
        rank, queries = config["kv_lora_rank"], config["q_lora_rank"]
        first = [(hidden, heads * (nope + rope))] if queries is None else []
        first += [(hidden, queries), (queries, heads * (nope + rope))] if queries is not None else []
        rest = [(hidden, rank + rope), (rank, heads * (nope + value)), (heads * value, hidden)]
        return first + rest, nope + rope, value
    groups, size = config["num_key_value_heads"], config["head_dim"]
    shapes = [(hidden, heads * size), (hidden, groups * size), (hidden, groups * size), (heads * size, hidden)]
    return shapes, size, size


def feed_forward(config, layer):
    """Return (inputs, outputs) of every matrix that one token passes after attention."""
    hidden = config["hidden_size"]
    gated = [("hidden", "inner"), ("hidden", "inner"), ("inner", "hidden")]

    def mlp(inner):
        sizes = {"hidden": hidden, "inner": inner}
        return [(sizes[one], sizes[other]) for one, other in gated]

    experts = config.get("n_routed_experts") or config.get("num_local_experts") or config.get("num_experts")
    if experts is None or layer < config.get("first_k_dense_replace", 0):
        return mlp(config["intermediate_size"])
    width = config.get("moe_intermediate_size", config["intermediate_size"])
    shapes = [(hidden, experts)]
    for _ in range(config["num_experts_per_tok"]):
        shapes += mlp(width)
    if config.get("n_shared_experts"):
        shapes += mlp(width * config["n_shared_experts"])
    return shapes


def forward(config, length, *, masked):
    """Return the forward FLOP of one sequence."""
    flop = 0
    for layer in range(config["num_hidden_layers"]):
        shapes, width, value = projections(config)
        for inputs, outputs in shapes + feed_forward(config, layer):
            flop += matmul(length, inputs, outputs)
        kinds = config.get("layer_types")
        slides = kinds is not None and kinds[layer] == "sliding_attention"
        kind, size = ("window", config["sliding_window"]) if slides else ("causal", 0)
        pairs = visible_pairs(length, kind, size) if masked else length * length
        for _ in range(config["num_attention_heads"]):
            flop += 2 * pairs * width + 2 * pairs * value
    return flop + matmul(length, config["hidden_size"], config["vocab_size"])
