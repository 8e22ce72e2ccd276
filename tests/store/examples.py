"""Texts and values that the store's tests share."""

from hanmo.core.values import EngineIdentity, Sampling, Timings

IDENTITY = EngineIdentity(model_id="qwen", model_sha256="ab" * 32, build="b7000", n_ctx=8192)
SAMPLING = Sampling(temperature=0.3, seed=7)
TIMINGS = Timings(prompt_tokens=5, cached_tokens=2, generated_tokens=3, queue_ms=0.5, ttft_ms=140.0, tokens_per_second=9.25)

TEXTS = [
    "",
    "plain",
    "第一句。第二句！",
    "😀 👨‍👩‍👧‍👦 🇨🇳",
    "e\u0301 combining",
    "before\x00after",
    "\r\n\t \u2028\ufeff",
    "𠮷野家 \U0010ffff",
    "'; DROP TABLE messages; --",
]
