// The fake's preview, questions and presets: canned, and steered by a test through `prompt`.
const KNOBS = {
  max_new_tokens: [1, 16384, 128, 4096, 64],
  temperature: [0, 2, 0.2, 1, 0.05],
  top_p: [0.01, 1, 0.5, 1, 0.05],
  top_k: [1, 1000, 10, 100, 1],
  min_p: [0, 1, 0, 0.1, 0.01],
  repetition_penalty: [0.5, 2, 1, 1.15, 0.01],
  presence_penalty: [-2, 2, 0, 1.5, 0.1],
  seed: [0, 4294967294, 0, 4294967294, 1],
};
const USUAL = {
  max_new_tokens: 1024,
  temperature: 0.7,
  top_p: 0.8,
  top_k: 20,
  min_p: 0,
  repetition_penalty: 1,
  presence_penalty: 0.5,
  seed: null,
};
const PRESETS = [
  ['chat', '对话', {}],
  ['qa', '问答', { max_new_tokens: 512 }],
  ['creative', '创作', { temperature: 0.85, presence_penalty: 0.8, max_new_tokens: 1536 }],
  ['code', '代码', { temperature: 0.3, presence_penalty: 0, max_new_tokens: 1536 }],
  ['long', '长文', { max_new_tokens: 2048, presence_penalty: 0.8 }],
].map(([id, name, changes]) => ({ id, name, note: `${name}用的参数`, sampling: { ...USUAL, .../** @type {object} */ (changes) } }));

const PRICE = {
  ...{ tokens: 400, cached_tokens: 390, seconds_to_first_token: 1.2, seconds_per_100_words: 9 },
  ...{ words: null, seconds_to_end: null },
};

export function promptRoutes() {
  /** What is answered; a preview is made of `preview` and the text. */
  const prompt = {
    preview: /** @type {Record<string, any>} */ ({}),
    questions: /** @type {any[]} */ ([]),
    /** What a cost differs in from the usual one, by what was asked. */
    price: /** @type {(asked: any) => Record<string, any>} */ (() => ({})),
  };
  const messageOf = (body) => body.text ?? JSON.stringify(body.brief);
  const routes = [
    ['POST', /^prompt\/warm(?:\/article)?$/, () => [202, null]],
    ['POST', /^(?:conversations|articles)\/[^/]+\/open$/, () => [202, null]],
    ['POST', /^costs\/(?:turn|work)$/, (_, body) => [200, { ...PRICE, engine: 'ready', ...prompt.price(body) }]],
    [
      'POST',
      /^prompt\/preview(?:\/article)?$/,
      (_, body) => [
        200,
        {
          messages: [
            { role: 'system', text: '你是翰墨。' },
            { role: 'user', text: messageOf(body) },
          ],
          dropped: [],
          prompt: `<|im_start|>user\n${messageOf(body)}`,
          tokens: 120,
          cached_tokens: 60,
          seconds_to_first_token: 2.4,
          engine: 'ready',
          constraints: [],
          unlisted: '',
          warnings: [],
          preset: null,
          ...prompt.preview,
        },
      ],
    ],
    ['POST', /^prompt\/questions$/, () => [200, { questions: prompt.questions }]],
    [
      'GET',
      /^presets$/,
      () => [
        200,
        {
          default: 'chat',
          presets: PRESETS,
          parameters: Object.entries(KNOBS).map(([name, [low, high, safe_low, safe_high, step]]) => ({
            ...{ name, low, high, safe_low, safe_high, step },
            text: `${name} 是什么`,
            whole: ['max_new_tokens', 'top_k', 'seed'].includes(name),
          })),
        },
      ],
    ],
  ];
  return { prompt, routes };
}
