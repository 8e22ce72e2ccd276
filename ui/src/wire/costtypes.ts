// The wire of what a prompt costs before it is sent.

/** Counts are null while no model is ready, seconds until the machine was measured. `seconds_to_end` is for `words`, where a length is known. */
export interface Cost {
  tokens: number | null;
  cached_tokens: number | null;
  seconds_to_first_token: number | null;
  seconds_per_100_words?: number | null;
  words?: number | null;
  seconds_to_end?: number | null;
}
