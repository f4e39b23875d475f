"""How every term of the ledger is counted, and who says so; the order in which terms are shown."""

from __future__ import annotations

from typing import Final

from flopline.architecture import operations as named

_KAPLAN: Final = "Kaplan et al. 2020, arXiv:2001.08361, table 1"
FORMULAS: Final = {
    named.PATCHES: ("2n C_out C_in K^2 per strided convolution", "Dosovitskiy et al. 2020, arXiv:2010.11929"),
    named.MAPS: ("2S(h w + w h), w the width of the embedding", "Zhang et al. 2022, arXiv:2205.01068"),
    named.MODULATION: ("2 in out, once per conditioning vector", "Peebles and Xie 2022, arXiv:2212.09748, section 3"),
    named.PROJECTIONS: ("2S(h H d + 2 h KV d + H d h)", "Ainslie et al. 2023, arXiv:2305.13245; " + _KAPLAN),
    named.SCORES: ("2A H(d + d_v), A visible pairs: ", _KAPLAN + "; pairs as the mask leaves them"),
    named.CROSS_SCORES: ("2A H(d + d_v), A pairs of both streams: ", "Vaswani et al. 2017, arXiv:1706.03762"),
    named.RELATIVE: ("products with the table of relative positions: ", "He et al. 2020, arXiv:2006.03654, section 3"),
    named.COMPRESSION: ("2S h (2 D or 4 D) per compressor: ", "DeepSeek V4 as transformers 5.23 runs it"),
    named.INDEXER: ("products of the indexer that selects keys: ", "DeepSeek-AI 2025, arXiv:2512.02556, section 2.1"),
    named.MIXER: (
        "2S in out per matrix into or out of a scan or a short convolution",
        "Gu and Dao 2023, arXiv:2312.00752, section 3.4",
    ),
    named.CONVOLUTION: ("2 K C_out C_in / groups at each position: ", "Gu and Dao 2023, arXiv:2312.00752, section 3.4"),
    named.SCAN: (
        "products of the state-space scan: ",
        "Gu and Dao 2023, arXiv:2312.00752; Dao and Gu 2024, arXiv:2405.21060, section 6; as transformers 5.23 runs it",
    ),
    named.DELTA: (
        "products of the chunked delta rule: ",
        "Yang et al. 2024, arXiv:2412.06464, section 3.3; as transformers 5.23 runs it",
    ),
    named.LINEAR_ATTENTION: ("products within blocks and with the state: ", "Qin et al. 2024, arXiv:2401.04658"),
    named.RECURRENCE: ("2S H (w/H)^2 per block-diagonal gate", "De et al. 2024, arXiv:2402.19427, section 2.4"),
    named.STREAMS: ("products that mix parallel residual streams: ", "Zhu et al. 2024, arXiv:2409.19606, section 2"),
    named.MLP: ("2S h f x 3 if gated, else x 2", "Shazeer 2020, arXiv:2002.05202; " + _KAPLAN),
    named.ROUTER: ("2S h E", "Fedus et al. 2021, arXiv:2101.03961, section 2"),
    named.EXPERTS: ("2S k h f_e x 3 if gated, else x 2", "Fedus et al. 2021, arXiv:2101.03961, section 2"),
    named.SHARED: (
        "2S h f_s x 3 if gated, else x 2 (+ 2S h for a shared gate)",
        "Dai et al. 2024, arXiv:2401.06066, section 3.2",
    ),
    named.ADAPTERS: ("2S r(in + out) per adapted matrix", "Hu et al. 2021, arXiv:2106.09685, section 4.1"),
    named.BOTTLENECKS: ("2S(h m + m h) after each block", "Houlsby et al. 2019, arXiv:1902.00751, section 2.1"),
    named.MERGING: ("2 in out at each merged or pooled position: ", "Liu et al. 2021, arXiv:2103.14030, section 3.1"),
    named.HEAD: ("2S h V, tied or not, on every position", _KAPLAN),
    named.TASK: ("2 in out at each position that it reads: ", "Devlin et al. 2018, arXiv:1810.04805, section 4"),
}
"""Formula and reference of each term; a formula that ends in a colon is followed by how often it runs."""

LATENT: Final = (
    "2S(h r_q + r_q H(d_n + d_r) + h(r_kv + d_r) + r_kv H(d_n + d_v) + H d_v h), expanded",
    "DeepSeek-AI 2024, arXiv:2405.04434, section 2.1",
)
"""What stands for the projections of latent attention."""
