"""What a block does to its input: matrix products, attention scores, and the parameters in between.

An operation reads the results of others by name ("x" is the block's input, "@encoder" the result of another
stream of that name), so that a backward pass can be followed through frozen and trained weights. FLOP are
counted at two per multiply-add, per token or other position for matrix products and per visible query-key pair
for attention scores; normalizations, biases, activations and look-ups count zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from flopline.architecture.extents import TOKENS, Extent

if TYPE_CHECKING:
    from flopline.architecture.masks import Mask

INPUT: Final = ("x",)
"""What an operation reads when it reads the block's own input."""

PROJECTIONS: Final = "attention projections"
SCORES: Final = "attention scores"
CROSS_SCORES: Final = "cross-attention scores"
INDEXER: Final = "sparse indexer"
COMPRESSION: Final = "compressed keys"
MIXER: Final = "mixer projections"
CONVOLUTION: Final = "convolutions"
SCAN: Final = "state-space scan"
DELTA: Final = "delta-rule scan"
LINEAR_ATTENTION: Final = "linear attention"
RECURRENCE: Final = "recurrence gates"
RELATIVE: Final = "relative positions"
STREAMS: Final = "residual streams"
PATCHES: Final = "patches and features"
MODULATION: Final = "conditioning"
MERGING: Final = "merging and pooling"
MLP: Final = "MLP"
ROUTER: Final = "router"
EXPERTS: Final = "experts"
SHARED: Final = "shared experts"
HEAD: Final = "LM head"
TASK: Final = "task head"
MAPS: Final = "embedding maps"
ADAPTERS: Final = "LoRA adapters"
BOTTLENECKS: Final = "bottleneck adapters"


class Linear(NamedTuple):
    """A matrix product, or a convolution written as one, applied to every token or other position.

    Attributes
    ----------
    name : str
        Its name in the reference implementation, which adapters are addressed by.
    width, outputs : int
        Size of what it reads and writes.
    term : str
        The line of the ledger that it belongs to.
    reads : tuple of str
        Names of the operations it reads; one that needs a gradient is enough.
    bias : bool
        Whether it has a bias (a parameter, no FLOP).
    active, stored : int
        How many such matrices a token passes, and how many there are (experts).
    tied : bool
        Whether the matrix belongs to the embedding, so that it adds no parameters.
    groups : int
        Blocks on the diagonal: grouped convolutions and block-diagonal maps; a depthwise convolution of kernel
        K has `width` K times `outputs` and as many groups as outputs.
    on : Extent
        How often it runs.
    detached : bool
        Whether no gradient passes through it (an indexer under `no_grad`).
    shared : bool
        Whether its parameters were counted where the same weights ran before.
    """

    name: str
    width: int
    outputs: int
    term: str
    reads: tuple[str, ...] = INPUT
    bias: bool = False
    active: int = 1
    stored: int = 1
    tied: bool = False
    groups: int = 1
    on: Extent = TOKENS
    detached: bool = False
    shared: bool = False

    @property
    def forward(self) -> int:
        """FLOP each time it runs."""
        return 2 * self.width * self.outputs // self.groups * self.active

    @property
    def parameters(self) -> int:
        """Parameters that it adds to the model."""
        if self.shared:
            return 0
        return (self.outputs * self.bias if self.tied else self._each) * self.stored

    @property
    def active_parameters(self) -> int:
        """Parameters that one token passes."""
        return 0 if self.shared else self._each * self.active

    @property
    def _each(self) -> int:
        return self.width * self.outputs // self.groups + self.outputs * self.bias


class Scores(NamedTuple):
    """The attention core: queries times keys, and probabilities times values.

    Attributes
    ----------
    name : str
        Its name.
    heads : int
        Query heads.
    width, value_width : int
        Size of a head's query and key, and of its value.
    mask : Mask or Extent
        Which pairs are visible.
    query, key, value : str
        The operations that it reads.
    absorbed : tuple of int, optional
        Both widths where a decoder computes in the latent space instead (latent attention).
    """

    name: str
    heads: int
    width: int
    value_width: int
    mask: Mask | Extent
    query: str
    key: str
    value: str
    absorbed: tuple[int, int] | None = None
    term: str = SCORES
    detached: bool = False

    @property
    def reads(self) -> tuple[str, ...]:
        """What it reads."""
        return (self.query, self.key, self.value)

    @property
    def forward(self) -> int:
        """FLOP per visible pair."""
        return 2 * self.heads * (self.width + self.value_width)

    @property
    def product(self) -> int:
        """FLOP per visible pair of queries times keys alone, which flash attention repeats backward."""
        return 2 * self.heads * self.width

    @property
    def forward_absorbed(self) -> int:
        """FLOP per visible pair in the latent space, or `forward` where there is none."""
        return self.forward if self.absorbed is None else 2 * self.heads * sum(self.absorbed)

    def backward(self, query: bool, key: bool, value: bool) -> int:
        """Return the FLOP of its backward pass per visible pair.

        Parameters
        ----------
        query, key, value : bool
            Which of the three need a gradient. The gradient of the probabilities is needed for both of the
            first two.
        """
        width = self.width * (query + key) + self.value_width * ((query or key) + value)
        return 2 * self.heads * width


class Product(NamedTuple):
    """A product of two activations that is not attention over pairs: one step of a scan, scores of an indexer.

    Attributes
    ----------
    name : str
        Its name.
    forward : int
        FLOP each time it runs.
    term : str
        The line of the ledger that it belongs to.
    left, right : str
        The operations whose results it multiplies; empty for a constant. Each costs its forward FLOP again if
        it needs a gradient.
    on : Extent or Mask
        How often it runs.
    detached : bool
        Whether no gradient passes through it.
    gradients : tuple of int, optional
        FLOP of the gradients of left and right where they are not the forward FLOP: solving a triangular system
        runs no product, the gradient of its matrix does.
    """

    name: str
    forward: int
    term: str
    left: str
    right: str
    on: Extent | Mask = TOKENS
    detached: bool = False
    gradients: tuple[int, int] | None = None

    @property
    def reads(self) -> tuple[str, ...]:
        """What it reads."""
        return tuple(name for name in (self.left, self.right) if name)


class Alternative(NamedTuple):
    """What another way to run the same scan costs forward.

    Attributes
    ----------
    name : str
        The way: `recurrent`, `chunked kernel`, `selective scan`.
    forward : int
        FLOP each time it runs, elementwise products included where the kernel's authors count them.
    on : Extent
        How often it runs.
    reference : str
        Who counts it so.
    """

    name: str
    forward: int
    on: Extent
    reference: str


class Kernels(NamedTuple):
    """The other costs of a scan whose matrix products stand beside it: no FLOP of its own.

    Attributes
    ----------
    name : str
        The scan.
    alternatives : tuple of Alternative
        Its costs under other conventions; the products of `terms` are what they replace.
    terms : tuple of str
        Lines of the ledger that hold the scan as it is counted.
    """

    name: str
    alternatives: tuple[Alternative, ...]
    terms: tuple[str, ...]

    @property
    def reads(self) -> tuple[str, ...]:
        """What it reads: nothing."""
        return ()

    @property
    def parameters(self) -> int:
        """Parameters: none."""
        return 0

    @property
    def active_parameters(self) -> int:
        """Parameters that one token passes: none."""
        return 0


class Weights(NamedTuple):
    """Parameters that no matrix product reads: normalizations, sinks, learned coefficients.

    Attributes
    ----------
    name : str
        Their name.
    parameters : int
        How many.
    reads : tuple of str
        What they are applied to.
    frozen : bool
        Whether no gradient trains them (corrections of a router, which follow its load).
    """

    name: str
    parameters: int
    reads: tuple[str, ...] = INPUT
    frozen: bool = False

    @property
    def active_parameters(self) -> int:
        """Parameters that one token passes: all of them."""
        return self.parameters


class Lookup(NamedTuple):
    """A table of vectors, of which every token reads one: parameters, no FLOP.

    Attributes
    ----------
    name : str
        Its name.
    parameters : int
        Rows times width.
    frozen : bool
        Whether no gradient trains it (fixed sinusoids that are held as parameters).
    """

    name: str
    parameters: int
    reads: tuple[str, ...] = ()
    frozen: bool = False

    @property
    def active_parameters(self) -> int:
        """Parameters that enter a matrix product: none."""
        return 0


Operation = Linear | Scores | Product | Kernels | Weights | Lookup
