"""What the users' guides do today: `transformers` on the CPU, in a process of its own. Prints one line of JSON.

The same shapes as `random_model`, filled with a small number instead of trained weights. A prompt is read whole each turn, as `generate` does
when it is called with the conversation so far. Where the extra `bench` is not installed, or memory is too short, it says so as
{"missing": …}.
"""

import argparse
import json
import resource
import time
from typing import Any

from benchmarks.random_model import (
    FEED_FORWARD,
    HEAD,
    HEADS,
    KV_HEADS,
    LAYERS,
    NORM_EPSILON,
    ROPE_BASE,
    TRAINED_CONTEXT,
    WIDTH,
    WORDS,
)

BYTES = {"bfloat16": 2, "float32": 4}
SPARE = 1.25
"""Weights and what else is needed while they are used."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.with_transformers", description=__doc__)
    parser.add_argument("--dtype", choices=sorted(BYTES), default="bfloat16")
    parser.add_argument("--first", type=int, default=600, help="tokens of the first prompt")
    parser.add_argument("--second", type=int, default=660, help="tokens of the second turn's prompt, the first one in it")
    parser.add_argument("--write", type=int, default=6, help="tokens written")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--layers", type=int, default=LAYERS)
    args = parser.parse_args()
    try:
        print(json.dumps(_measure(args)), flush=True)
    except ModuleNotFoundError as error:
        print(json.dumps({"missing": f"{error.name} is not installed: pip install -e .[bench]"}), flush=True)


def _measure(args: argparse.Namespace) -> dict[str, Any]:
    import psutil
    import torch

    weights = (
        WORDS * WIDTH + args.layers * (2 * HEADS * HEAD * WIDTH + 2 * KV_HEADS * HEAD * WIDTH + 3 * WIDTH * FEED_FORWARD)
    ) * BYTES[args.dtype]
    if weights * SPARE > psutil.virtual_memory().available:
        return {"missing": f"{weights * SPARE / 1e9:.0f} GB of memory are not free"}
    torch.set_num_threads(args.threads)
    model = _model(torch, args)
    ids = torch.arange(1000, 1000 + args.second).unsqueeze(0)
    first_s, _ = _generate(torch, model, ids[:, : args.first], 1)
    second_s, _ = _generate(torch, model, ids, 1)
    whole_s, tokens = _generate(torch, model, ids[:, :16], args.write + 1)
    short_s, _ = _generate(torch, model, ids[:, :16], 1)
    return {
        "first_s": first_s,
        "second_s": second_s,
        "read_per_second": args.first / first_s,
        "written_per_second": (tokens - 1) / (whole_s - short_s),
        "resident_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


def _model(torch: Any, args: argparse.Namespace) -> Any:
    from transformers import Qwen3Config, Qwen3ForCausalLM

    config = Qwen3Config(
        vocab_size=WORDS,
        hidden_size=WIDTH,
        intermediate_size=FEED_FORWARD,
        num_hidden_layers=args.layers,
        num_attention_heads=HEADS,
        num_key_value_heads=KV_HEADS,
        head_dim=HEAD,
        max_position_embeddings=TRAINED_CONTEXT,
        rms_norm_eps=NORM_EPSILON,
        rope_theta=ROPE_BASE,
        tie_word_embeddings=True,
        eos_token_id=None,
        pad_token_id=0,
    )
    with torch.device("meta"):
        model = Qwen3ForCausalLM(config)
    model = model.to(getattr(torch, args.dtype)).to_empty(device="cpu")
    model.tie_weights()
    with torch.no_grad():
        for weight in model.parameters():
            weight.fill_(0.01)
    # The angles of the positions are no weights: emptied with them, they are made anew.
    model.model.rotary_emb = type(model.model.rotary_emb)(config=config)
    return model.eval()


def _generate(torch: Any, model: Any, ids: Any, count: int) -> tuple[float, int]:
    """Seconds, and tokens written."""
    began = time.perf_counter()
    with torch.inference_mode():
        out = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=count, min_new_tokens=count, do_sample=False)
    return time.perf_counter() - began, int(out.shape[1] - ids.shape[1])


if __name__ == "__main__":
    main()
