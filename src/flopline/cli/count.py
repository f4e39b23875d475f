"""`flopline count`: exact FLOP of an architecture."""

from typing import Annotated

import typer

from flopline.cli.options import Color, Debug, Json


def _families(asked: bool) -> None:
    """Print the families that can be counted, and leave."""
    if not asked:
        return
    from flopline.architecture import SUPPORTED
    from flopline.cli.talk import print_answer

    print_answer("\n".join(SUPPORTED))
    raise typer.Exit


def count(
    config: Annotated[str, typer.Argument(metavar="CONFIG", help="A config.json, or a folder that holds one.")],
    *,
    seq_len: Annotated[
        str, typer.Option("--seq-len", metavar="N", help="Tokens of one sequence (or the side of an image, samples).")
    ],
    batch: Annotated[str, typer.Option("--batch", metavar="N", help="Sequences.")] = "1",
    lora: Annotated[
        str | None, typer.Option("--lora", metavar="RANK[:TARGETS]", help="LoRA, such as 16:q_proj,v_proj.")
    ] = None,
    adapter: Annotated[
        str | None, typer.Option("--adapter", metavar="N", help="Width of bottleneck adapters on a frozen base.")
    ] = None,
    trainable: Annotated[str | None, typer.Option("--trainable", metavar="WHAT", help="What is trained (all).")] = None,
    recompute: Annotated[
        str | None, typer.Option("--recompute", metavar="WHAT", help="none, flash, selective, full or full+flash.")
    ] = None,
    mtp: Annotated[bool, typer.Option("--mtp", help="Add multi-token-prediction modules to the totals.")] = False,
    documents: Annotated[
        str | None, typer.Option("--documents", metavar="N,N", help="Packed documents that do not see each other.")
    ] = None,
    decoder_len: Annotated[str | None, typer.Option("--decoder-len", metavar="N", help="Decoder positions.")] = None,
    text_len: Annotated[str | None, typer.Option("--text-len", metavar="N", help="Tokens of a text prompt.")] = None,
    frames: Annotated[str | None, typer.Option("--frames", metavar="N", help="Frames of a video.")] = None,
    images: Annotated[str | None, typer.Option("--images", metavar="N", help="Images beside the text.")] = None,
    image_side: Annotated[str | None, typer.Option("--image-side", metavar="N", help="Side of an image.")] = None,
    patches: Annotated[str | None, typer.Option("--patches", metavar="N", help="Patches of images.")] = None,
    audios: Annotated[str | None, typer.Option("--audios", metavar="N", help="Windows of sound.")] = None,
    families: Annotated[
        bool,
        typer.Option("--families", is_eager=True, callback=_families, help="List all families that can be counted."),
    ] = False,
    json_: Json = False,
    color: Color = "auto",
    debug: Debug = False,
) -> int:
    """Count parameters and FLOP of a model exactly, term by term."""
    from flopline.architecture import count as run
    from flopline.cli.counting import lengths_of, lora_of, whole
    from flopline.cli.talk import print_answer, print_json

    lengths = {
        "decoder_len": decoder_len, "text_len": text_len, "frames": frames, "images": images,
        "image_side": image_side, "patches": patches, "audios": audios,
    }  # fmt: skip
    answer = run(
        config,
        seq_len=whole(seq_len, "--seq-len"),
        batch=whole(batch, "--batch"),
        lora=lora_of(lora),
        adapter=None if adapter is None else whole(adapter, "--adapter"),
        trainable=trainable,
        recompute=recompute,
        mtp=mtp,
        documents=lengths_of(documents, "--documents"),
        lengths={
            name: whole(text, "--" + name.replace("_", "-"), least=0 if name in ("images", "patches", "audios") else 1)
            for name, text in lengths.items()
            if text is not None
        },
    )
    if json_:
        from flopline.report.envelope import count_envelope

        print_json(count_envelope(answer))
    else:
        from flopline.report.count_text import count_text

        print_answer(count_text(answer))
    return 0
