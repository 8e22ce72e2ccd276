// A machine that is ready to write, as /api/status and /api/models tell of it.
const GB = 1e9;

export function readyStatus() {
  return {
    version: '0.1.0',
    engine: {
      state: 'ready',
      model: 'qwen3-4b-instruct-2507',
      model_name: 'Qwen3-4B-Instruct-2507',
      n_ctx: 8192,
      kv_type: 'f16',
      threads: 4,
      build: 'b0',
      problem: null,
      slot_changes: 0,
    },
    bringup: { step: 'ready', model: 'qwen3-4b-instruct-2507', problem: null },
    memory: { engine_bytes: 3.0 * GB, parent_bytes: 0.11 * GB },
    speeds: { prompt_tokens_per_second: 24.1, tokens_per_second: 7.1, words_per_second: 9.8 },
    queue: { length: 0, limit: 8, running: null },
    notices: [],
    downloads: [],
  };
}

const MODELS = [
  {
    id: 'qwen3-4b-instruct-2507',
    name: 'Qwen3-4B-Instruct-2507',
    size_bytes: 2497281120,
    installed: true,
    active: true,
    starter: false,
    default: true,
    licence: 'Apache-2.0',
  },
  {
    id: 'qwen2.5-coder-1.5b',
    name: 'Qwen2.5-Coder-1.5B-Instruct',
    size_bytes: 1117320768,
    installed: true,
    active: false,
    starter: true,
    default: false,
    licence: 'Apache-2.0',
  },
  {
    id: 'qwen3-1.7b',
    name: 'Qwen3-1.7B',
    size_bytes: 1282439264,
    installed: false,
    active: false,
    starter: false,
    default: false,
    licence: 'Apache-2.0',
  },
];

export const problem = (code, title, detail = '', next_step = '') => ({
  type: `/problems/${code}`,
  code,
  title,
  detail,
  next_step,
  params: {},
});

/** A generation that is long over. */
export const finished = (id, messageId, text, at) => ({
  ...{ id, message_id: messageId, status: 'finished', text, finish_reason: 'stop', problem: null, continues: null },
  ...{ dropped_messages: 0, left_out_messages: 0, created_at: at, model: 'qwen3-4b-instruct-2507' },
  timings: { prompt_tokens: 9, cached_tokens: 0, generated_tokens: 9 },
});

export const MODEL_ROUTES = [
  ['GET', /^models$/, () => [200, { models: MODELS }]],
  [
    'POST',
    /^models\/use-file$/,
    (_, body) =>
      body.path.endsWith('.gguf')
        ? [202]
        : [422, problem('not_a_model', '这不是模型文件', '文件名不以 .gguf 结尾。', '请选一个 .gguf 文件。')],
  ],
  ['POST', /^models\/([^/]+)\/(?:pull|use)$/, () => [202]],
  ['DELETE', /^models\/([^/]+)\/pull$/, () => [204]],
];
