"""`flopline estimate`: the probability of crossing each line."""

from typing import Annotated, Any

import typer

from flopline.cli.options import (
    Catalogue,
    Color,
    Day,
    Debug,
    Json,
    Level,
    Observed,
    Quiet,
    Regimes,
    Seed,
    Threads,
    Tolerance,
    Verbose,
)


def _key(flag: str, metavar: str, text: str) -> Any:  # Typer's own type is not exported
    return typer.Option(flag, metavar=metavar, help=text, show_default=False)


def estimate(  # one parameter for each key of a stage: the command line is the plan
    plans: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PLAN]...", help="Plan files (TOML or JSON), or names of examples."),
    ] = None,
    *,
    kind: Annotated[str | None, _key("--kind", "KIND", "Kind of stage (pretraining).")] = None,
    name: Annotated[str | None, _key("--name", "NAME", "Name of the stage.")] = None,
    config: Annotated[str | None, _key("--config", "PATH", "config.json of the model.")] = None,
    params: Annotated[str | None, _key("--params", "COUNT", "Total parameters, such as 70B.")] = None,
    active: Annotated[str | None, _key("--active", "COUNT", "Active parameters of a mixture of experts.")] = None,
    tokens: Annotated[str | None, _key("--tokens", "AMOUNT", "Training tokens, such as 15T or 15T..17T.")] = None,
    samples: Annotated[
        str | None, _key("--samples", "AMOUNT", "Samples of --seq-len tokens, instead of --tokens.")
    ] = None,
    seq_len: Annotated[
        str | None, _key("--seq-len", "N", "Tokens of one sequence: 8192, or 4096=0.9,32768=0.1.")
    ] = None,
    documents: Annotated[
        str | None, _key("--documents", "N,N", "Packed documents that do not see each other, and fill a sequence.")
    ] = None,
    decoder_len: Annotated[str | None, _key("--decoder-len", "N", "Decoder positions beside an encoder's.")] = None,
    text_len: Annotated[str | None, _key("--text-len", "N", "Tokens of the text beside an image or latent.")] = None,
    frames: Annotated[str | None, _key("--frames", "N", "Frames of a video.")] = None,
    images: Annotated[str | None, _key("--images", "N", "Images in a sequence.")] = None,
    image_side: Annotated[str | None, _key("--image-side", "N", "Side of an image in pixels.")] = None,
    patches: Annotated[str | None, _key("--patches", "N", "Patches of images in a sequence.")] = None,
    audios: Annotated[str | None, _key("--audios", "N", "Windows of sound in a sequence.")] = None,
    epochs: Annotated[str | None, _key("--epochs", "FACTOR", "Times that the tokens pass.")] = None,
    overhead: Annotated[str | None, _key("--overhead", "FACTOR", "Factor on the tokens.")] = None,
    padding: Annotated[str | None, _key("--padding", "SHARE", "Share of executed positions that are padding.")] = None,
    capacity: Annotated[
        str | None, _key("--capacity", "FACTOR", "Slots of experts per token that reaches one, such as 1.25.")
    ] = None,
    rework: Annotated[str | None, _key("--rework", "SHARE", "Share of executed steps lost again.")] = None,
    recompute: Annotated[
        str | None, _key("--recompute", "WHAT", "Recomputed activations: none, flash, selective, full, full+flash.")
    ] = None,
    attention: Annotated[
        str | None, _key("--attention", "WHICH", "Attention pairs that count: masked or full.")
    ] = None,
    lora: Annotated[
        str | None, _key("--lora", "RANK", "Rank of LoRA adapters, or { rank = 16, targets = [...] }.")
    ] = None,
    adapter: Annotated[str | None, _key("--adapter", "N", "Width of bottleneck adapters on a frozen base.")] = None,
    trainable: Annotated[str | None, _key("--trainable", "WHAT", "What is trained.")] = None,
    mtp: Annotated[str | None, _key("--mtp", "BOOL", "Count the multi-token-prediction module: true or false.")] = None,
    hardware: Annotated[str | None, _key("--hardware", "CHIP", "Chip, such as h100-sxm.")] = None,
    peak: Annotated[str | None, _key("--peak", "RATE", "Dense peak instead of a chip, such as 989 TFLOP/s.")] = None,
    chips: Annotated[str | None, _key("--chips", "COUNT", "How many chips.")] = None,
    days: Annotated[str | None, _key("--days", "DAYS", "Duration in days, such as 60..80.")] = None,
    hours: Annotated[str | None, _key("--hours", "HOURS", "Duration in hours.")] = None,
    chip_hours: Annotated[str | None, _key("--chip-hours", "HOURS", "Chip-hours, such as 2.79M.")] = None,
    format: Annotated[
        str | None, _key("--format", "FORMAT", "Number format that runs: bf16, or fp8=0.8,bf16=0.2.")
    ] = None,
    utilization: Annotated[
        str | None,
        _key("--utilization", "SHARE", "MFU over executed steps, such as 35%..45%; or a table; or default."),
    ] = None,
    availability: Annotated[
        str | None, _key("--availability", "SHARE", "Share of wall-clock that executes steps.")
    ] = None,
    server_power: Annotated[
        str | None, _key("--server-power", "POWER", "Mean power of a server per chip, such as 1.1 kW .. 1.3 kW.")
    ] = None,
    price: Annotated[str | None, _key("--price", "USD", "Price of a chip-hour, such as 2.10 USD .. 2.50 USD.")] = None,
    pue: Annotated[
        str | None, _key("--pue", "RATIO", "Energy of the site over that of its servers, such as 1.08..1.15.")
    ] = None,
    relation: Annotated[
        str | None, _key("--relation", "WHICH", "tokens-bound or time-bound, when both routes are given.")
    ] = None,
    flop: Annotated[str | None, _key("--flop", "FLOP", "The amount itself, such as 3.8e25.")] = None,
    generator: Annotated[
        str | None, _key("--generator", "MODEL", 'Generator of synthetic data, such as { params = "405B" }.')
    ] = None,
    teacher: Annotated[str | None, _key("--teacher", "MODEL", "Teacher of a distillation.")] = None,
    reward_model: Annotated[str | None, _key("--reward-model", "MODEL", "Reward model.")] = None,
    reference: Annotated[str | None, _key("--reference", "MODEL", "Reference policy: a table, or self.")] = None,
    critic: Annotated[str | None, _key("--critic", "MODEL", "Critic.")] = None,
    base: Annotated[
        str | None,
        _key(
            "--base",
            "MODEL",
            "Model that it starts from: a name of the catalogue, or { name = ..., developer = own|other, flop = ... }.",
        ),
    ] = None,
    merges: Annotated[
        str | None, _key("--merges", "NAME,NAME", "Models of the catalogue whose weights are merged or averaged.")
    ] = None,
    judge: Annotated[str | None, _key("--judge", "MODEL", "Model that judges samples.")] = None,
    judge_tokens: Annotated[str | None, _key("--judge-tokens", "AMOUNT", "Tokens that a judge writes.")] = None,
    speculative: Annotated[
        str | None,
        _key("--speculative", "TABLE", 'Drafting: { draft = { params = "1B" }, tokens = 4, acceptance = "80%" }.'),
    ] = None,
    prompts: Annotated[str | None, _key("--prompts", "COUNT", "Prompts of reinforcement learning.")] = None,
    samples_per_prompt: Annotated[str | None, _key("--samples-per-prompt", "COUNT", "Samples of each prompt.")] = None,
    prompt_tokens: Annotated[str | None, _key("--prompt-tokens", "AMOUNT", "Tokens of a prompt.")] = None,
    tokens_per_sample: Annotated[
        str | None, _key("--tokens-per-sample", "AMOUNT", "Generated tokens of a sample.")
    ] = None,
    tool_tokens: Annotated[
        str | None, _key("--tool-tokens", "AMOUNT", "Tokens of a sample that tools return and the model reads.")
    ] = None,
    turns: Annotated[
        str | None, _key("--turns", "N", "Turns of a sample, between which the cache may be lost.")
    ] = None,
    evicted: Annotated[
        str | None, _key("--evicted", "BOOL", "Each turn reads all before it again: true or false.")
    ] = None,
    length_spread: Annotated[
        str | None,
        _key("--length-spread", "FACTOR", "Coefficient of variation of the lengths inside the run."),
    ] = None,
    kept: Annotated[str | None, _key("--kept", "SHARE", "Share of the samples that updates use.")] = None,
    old_log_probabilities: Annotated[
        str | None,
        _key("--old-log-probabilities", "BOOL", "Count the pass for old log-probabilities: true or false."),
    ] = None,
    prefix_cache: Annotated[
        str | None,
        _key("--prefix-cache", "BOOL", "A prompt is read once for all its samples: true or false."),
    ] = None,
    update_share: Annotated[
        str | None, _key("--update-share", "SHARE", "Share of updates in a reinforcement-learning amount.")
    ] = None,
    tokens_generated: Annotated[
        str | None, _key("--tokens-generated", "AMOUNT", "Synthetic tokens, discarded ones included.")
    ] = None,
    public: Annotated[
        str | None, _key("--public", "ANSWER", "Whether synthetic data are public: yes, no or unknown.")
    ] = None,
    actor: Annotated[str | None, _key("--actor", "WHO", "own, on-behalf, affiliate or other.")] = None,
    phase: Annotated[str | None, _key("--phase", "WHEN", "before or after placement on the market.")] = None,
    note: Annotated[str | None, _key("--note", "TEXT", "A note.")] = None,
    generates: Annotated[
        str | None, _key("--generates", "LIST", "What the model generates: text,audio,image,video.")
    ] = None,
    general: Annotated[
        str | None, _key("--general", "ANSWER", "Whether the model is general: yes, no or unknown.")
    ] = None,
    markets: Annotated[str | None, _key("--markets", "LIST", "Markets: eu=yes,us-ny=unknown.")] = None,
    revenue: Annotated[str | None, _key("--revenue", "LIST", "Gross revenue by year: 2025=620M USD.")] = None,
    start: Annotated[str | None, _key("--start", "DATE", "First day of the run.")] = None,
    approval: Annotated[str | None, _key("--approval", "DATE", "Day that the run is decided on.")] = None,
    starts: Annotated[str | None, _key("--starts", "DATE", "First day of the stage.")] = None,
    after: Annotated[str | None, _key("--after", "NAME,NAME", "Stages that it waits for.")] = None,
    pause: Annotated[str | None, _key("--pause", "DAYS", "Days before it begins, such as 3..10.")] = None,
    duration: Annotated[
        str | None, _key("--duration", "DAYS", "Days that it takes, where no machine and time tell it.")
    ] = None,
    happens: Annotated[
        str | None, _key("--happens", "SHARE", "Probability that the stage runs at all, such as 40%.")
    ] = None,
    observed: Observed = None,
    none: Annotated[
        str | None,
        _key("--none", "LIST", "What will not happen: post-training,synthetic-data,later-updates."),
    ] = None,
    intended: Annotated[
        str | None, _key("--intended", "FLOP", "Computation that the developer declares to intend, such as 1.2e26.")
    ] = None,
    title: Annotated[str | None, _key("--title", "TEXT", "Title of the answer.")] = None,
    fail_above: Annotated[
        str | None,
        typer.Option("--fail-above", metavar="SHARE", help="Exit with 1 if a line is likelier than this."),
    ] = None,
    line: Annotated[
        list[str] | None, typer.Option("--line", metavar="ID", help="Lines that the gate watches (all).")
    ] = None,
    reading: Annotated[
        str, typer.Option("--reading", help="Reading that the gate uses: narrow, expected, broad.")
    ] = "expected",
    day: Day = None,
    level: Level = None,
    tolerance: Tolerance = None,
    seed: Seed = 0,
    threads: Threads = 1,
    catalogue: Catalogue = None,
    regimes: Regimes = None,
    json_: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    color: Color = "auto",
    debug: Debug = False,
) -> int:
    """Tell how likely a training run is to cross each legal compute line.

    A PLAN is a file or the name of an example (`flopline examples`). Without one, the flags describe a run; with one
    they replace keys of its only stage.
    """
    from flopline.cli.answering import Settings, answer_estimates
    from flopline.cli.gate import Gate
    from flopline.settings import pairs_of

    values = {
        "kind": kind,
        "name": name,
        "config": config,
        "params": params,
        "active": active,
        "tokens": tokens,
        "samples": samples,
        "seq_len": seq_len,
        "documents": documents,
        "decoder_len": decoder_len,
        "text_len": text_len,
        "frames": frames,
        "images": images,
        "image_side": image_side,
        "patches": patches,
        "audios": audios,
        "epochs": epochs,
        "overhead": overhead,
        "padding": padding,
        "capacity": capacity,
        "rework": rework,
        "recompute": recompute,
        "attention": attention,
        "lora": lora,
        "adapter": adapter,
        "trainable": trainable,
        "mtp": mtp,
        "hardware": hardware,
        "peak": peak,
        "chips": chips,
        "days": days,
        "hours": hours,
        "chip_hours": chip_hours,
        "format": format,
        "utilization": utilization,
        "availability": availability,
        "server_power": server_power,
        "price": price,
        "pue": pue,
        "relation": relation,
        "flop": flop,
        "generator": generator,
        "teacher": teacher,
        "reward_model": reward_model,
        "reference": reference,
        "critic": critic,
        "base": base,
        "merges": merges,
        "judge": judge,
        "judge_tokens": judge_tokens,
        "speculative": speculative,
        "prompts": prompts,
        "samples_per_prompt": samples_per_prompt,
        "prompt_tokens": prompt_tokens,
        "tokens_per_sample": tokens_per_sample,
        "tool_tokens": tool_tokens,
        "turns": turns,
        "evicted": evicted,
        "length_spread": length_spread,
        "kept": kept,
        "old_log_probabilities": old_log_probabilities,
        "prefix_cache": prefix_cache,
        "update_share": update_share,
        "tokens_generated": tokens_generated,
        "public": public,
        "actor": actor,
        "phase": phase,
        "note": note,
        "generates": generates,
        "general": general,
        "markets": markets,
        "revenue": revenue,
        "start": start,
        "approval": approval,
        "starts": starts,
        "after": after,
        "pause": pause,
        "duration": duration,
        "happens": happens,
        "none": none,
        "intended": intended,
        "title": title,
    }
    gate = Gate.of(fail_above, line or [], reading)
    settings = Settings.of(day, level, tolerance, seed, threads, catalogue or [], color, regimes or [])
    given = {key: value for key, value in values.items() if value is not None}
    seen = pairs_of(observed or (), "--observed", "pretrain.tokens=9T")
    return answer_estimates(plans or [], given, seen, settings, gate, as_json=json_, quiet=quiet, verbose=verbose)
