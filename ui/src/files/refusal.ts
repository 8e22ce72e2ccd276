// Why a file is not taken in. What was there before stays as it was; the words stand in the catalogues as `ui.file.<why>`.
export type Why =
  'kind' | 'old_word' | 'encrypted' | 'broken' | 'not_text' | 'encoding' | 'large' | 'unfolds' | 'too_long' | 'empty' | 'failed';

export class Refusal extends Error {
  constructor(
    readonly why: Why,
    readonly blanks: Record<string, number> = {},
    options?: ErrorOptions,
  ) {
    super(why, options);
  }
}
